import type {
  AffectedComponent,
  DeploymentAnswer,
  ExposedRelease,
  Exposure,
} from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { chunksOf } from '../chunks.ts';
import { deploymentsOf } from './deployments.ts';
import { componentsOf, releasesHolding } from './releases.ts';
import { believedAt, releaseAnswers, type Scope } from './scope.ts';
import { coveringOf, ratingsOf, vulnerabilityOf, worstOf } from './vulnerabilities.ts';

const VERSIONS_MAX = 20_000;
const DEPLOYMENTS_MAX = 1_000;

/** Which releases hold an affected version, and where they run; a release that runs nowhere is named too. */
export async function exposure(scope: Scope, asked: string): Promise<Exposure> {
  const { names, ids: own } = await vulnerabilityOf(scope, asked);
  const ids = [...new Set([...own, ...(await coveringOf(scope, names))])];
  const affected = await affectedVersions(scope, ids);
  const versions = [...affected.keys()];
  const page = await releasesHolding(scope, versions);
  const answers = await releaseAnswers(scope, page.ids);
  const components = await componentsOf(scope, page.ids, versions);
  const deployed = await deployedReleases(scope, page.ids);
  const rating = worstOf((await ratingsOf(scope, ids)).values());
  const releases = page.ids.flatMap((id): ExposedRelease[] => {
    const answer = answers.get(id);
    if (answer === undefined) return [];
    const found = (components.get(id) ?? []).flatMap(({ purl, image, version }) =>
      (affected.get(version) ?? []).map((fact): AffectedComponent => ({ purl, image, ...fact })),
    );
    const deployments = deployed.byRelease.get(id) ?? [];
    return [{ ...answer, components: found, deployments, deploymentsMore: deployed.more }];
  });
  return { names, advisories: rating.advisories, severity: rating.severity, releases, next: page.next };
}

type AffectedFact = Omit<AffectedComponent, 'purl' | 'image'>;

async function affectedVersions(
  { db, shard, known }: Scope,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly AffectedFact[]>> {
  const rows = await db
    .selectFrom('affected')
    .innerJoin('vulnerability', (on) =>
      on.onRef('vulnerability.shard', '=', 'affected.shard').onRef('vulnerability.id', '=', 'affected.vulnerability'),
    )
    .select(['affected.package_version', 'affected.status', 'affected.rule', 'affected.fixed', 'vulnerability.name'])
    .where('affected.shard', '=', shard)
    .where('affected.vulnerability', 'in', ids)
    .where((row) => believedAt(row, 'affected', known))
    .limit(VERSIONS_MAX + 1)
    .execute();
  if (rows.length > VERSIONS_MAX) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `over ${VERSIONS_MAX} versions are affected`,
      'Ask for one component: waybill ask releases.',
    );
  }
  const affected = new Map<number, AffectedFact[]>();
  for (const row of rows) {
    const facts = affected.get(row.package_version) ?? [];
    const status = row.status === 'affected' ? 'affected' : 'unknown';
    facts.push({ status, rule: row.rule, fixed: fixedOf(row.fixed), advisory: row.name });
    affected.set(row.package_version, facts);
  }
  return affected;
}

/** The fixed versions, as the projection wrote them. */
export function fixedOf(text: string): readonly string[] {
  const fixed: unknown = JSON.parse(text);
  return Array.isArray(fixed) ? fixed.map(String) : [];
}

interface Deployed {
  readonly byRelease: ReadonlyMap<number, readonly DeploymentAnswer[]>;
  /** Some deployments of these releases are not shown. */
  readonly more: boolean;
}

async function deployedReleases(scope: Scope, releases: readonly number[]): Promise<Deployed> {
  const byRelease = new Map<number, DeploymentAnswer[]>();
  if (releases.length === 0) return { byRelease, more: false };
  const images = new Map<number, number[]>();
  for (const some of chunksOf(releases)) {
    const rows = await scope.db
      .selectFrom('release_image')
      .select(['release', 'image'])
      .where('shard', '=', scope.shard)
      .where('release', 'in', some)
      .where('known_from', '<=', scope.known)
      .execute();
    for (const { release, image } of rows) images.set(image, [...(images.get(image) ?? []), release]);
  }
  const rows = await deploymentsOf(scope, [...images.keys()], DEPLOYMENTS_MAX);
  for (const { image, answer } of rows.slice(0, DEPLOYMENTS_MAX)) {
    for (const release of images.get(image) ?? []) byRelease.set(release, [...(byRelease.get(release) ?? []), answer]);
  }
  return { byRelease, more: rows.length > DEPLOYMENTS_MAX };
}

import type {
  AffectedComponent,
  ExposedDeployment,
  ExposedRelease,
  Exposure,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { deploymentsOf } from './deployments.ts';
import { kinOf } from './kin.ts';
import { componentsOf, type HoldingImage, holdingOf, releasesHolding } from './releases.ts';
import { believedAt, releaseAnswers, type Scope } from './scope.ts';
import { coveringOf, ratingsOf, vulnerabilityOf, worstOf } from './vulnerabilities.ts';

/** Which releases hold an affected version, and where they run; a release that runs nowhere is named too. */
export async function exposure(scope: Scope, asked: string): Promise<Exposure> {
  const { names, ids: own } = await vulnerabilityOf(scope, asked);
  const ids = [...new Set([...own, ...(await coveringOf(scope, names))])];
  const affected = await affectedVersions(scope, ids);
  const versions = [...affected.keys()];
  const page = await releasesHolding(scope, versions);
  const answers = await releaseAnswers(scope, page.ids);
  const components = await componentsOf(scope, page.ids, versions);
  const deployed = await deployedReleases(scope, await holdingOf(scope, components, page.ids, versions));
  const rating = worstOf((await ratingsOf(scope, ids)).values());
  const releases = page.ids.flatMap((id): ExposedRelease[] => {
    const answer = answers.get(id);
    if (answer === undefined) return [];
    const held = components.of(id);
    const found = held.components.flatMap(({ purl, image, version }) =>
      (affected.get(version) ?? []).map((fact): AffectedComponent => ({ purl, image, ...fact })),
    );
    const deployments = deployed.byRelease.get(id) ?? [];
    const more = { componentsMore: held.more, deploymentsMore: deployed.more };
    return [{ ...answer, components: found, deployments, ...more }];
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
    .limit(LIMITS.questionVersionsMax + 1)
    .execute();
  if (rows.length > LIMITS.questionVersionsMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `over ${LIMITS.questionVersionsMax} versions are affected`,
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
  readonly byRelease: ReadonlyMap<number, readonly ExposedDeployment[]>;
  /** Some deployments of these releases are not shown. */
  readonly more: boolean;
}

/** What runs may be named by the digest of the affected image, of an index of it or of a member of it. */
async function deployedReleases(scope: Scope, holding: readonly HoldingImage[]): Promise<Deployed> {
  const affected = new Map<number, number[]>();
  const digests = new Map(holding.map(({ image, digest }) => [image, digest]));
  for (const { release, image } of holding) affected.set(image, [...(affected.get(image) ?? []), release]);
  const kin = await kinOf(scope, [...affected.keys()]);
  const sources = new Map<number, Set<number>>();
  for (const image of affected.keys()) {
    for (const near of [image, ...(kin.get(image) ?? [])])
      sources.set(near, (sources.get(near) ?? new Set()).add(image));
  }
  const rows = await deploymentsOf(scope, [...sources.keys()], LIMITS.exposureDeploymentsMax);
  const byRelease = new Map<number, ExposedDeployment[]>();
  for (const { image, answer } of rows.slice(0, LIMITS.exposureDeploymentsMax)) {
    const exposed = new Map<number, Digest[]>();
    for (const source of sources.get(image) ?? []) {
      const digest = digests.get(source);
      if (digest === undefined) continue;
      for (const release of affected.get(source) ?? []) exposed.set(release, [...(exposed.get(release) ?? []), digest]);
    }
    for (const [release, images] of exposed)
      byRelease.set(release, [...(byRelease.get(release) ?? []), { ...answer, affected: images.sort() }]);
  }
  return { byRelease, more: rows.length > LIMITS.exposureDeploymentsMax };
}

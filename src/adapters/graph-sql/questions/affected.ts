import type {
  AffectedComponent,
  ExposedDeployment,
  ExposedRelease,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readDeployments } from './deployments.ts';
import { type HoldingImage, readComponents, readHoldingImages } from './held-components.ts';
import { readKin } from './kin.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { isBelieved, type Scope } from './scope.ts';
import { readAdvisoryEvidence } from './vulnerabilities.ts';

export type AffectedVersions = ReadonlyMap<number, readonly AffectedFact[]>;

/** Versions that an advisory calls affected, or versions that all advisories leave unknown. */
export function selectVersions(
  affected: AffectedVersions,
  status: AffectedFact['status'],
): readonly number[] {
  return [...affected].flatMap(([version, facts]) =>
    facts.some((fact) => fact.status === 'affected') === (status === 'affected') ? [version] : [],
  );
}

/** The releases with their affected components, and where they run. */
export async function readExposedReleases(
  scope: Scope,
  ids: readonly number[],
  affected: AffectedVersions,
): Promise<readonly ExposedRelease[]> {
  const versions = [...affected.keys()];
  const answers = await readReleaseAnswers(scope, ids);
  const components = await readComponents(scope, ids, versions);
  const deployed = await readReleaseDeployments(
    scope,
    await readHoldingImages(scope, components, ids, versions),
  );
  return ids.flatMap((id): ExposedRelease[] => {
    const answer = answers.get(id);
    if (answer === undefined) return [];
    const held = components.find(id);
    const found = held.components.flatMap(({ purl, image, version, evidence }) =>
      (affected.get(version) ?? []).map(
        (fact): AffectedComponent => ({
          purl,
          image,
          ...fact,
          evidence: [...fact.evidence, ...evidence],
        }),
      ),
    );
    const deployments = deployed.byRelease.get(id) ?? [];
    const more = { componentsMore: held.more, deploymentsMore: deployed.more };
    return [{ ...answer, components: found, deployments, ...more }];
  });
}

export type AffectedFact = Omit<AffectedComponent, 'purl' | 'image'>;

export async function readAffectedVersions(
  scope: Scope,
  ids: readonly number[],
): Promise<AffectedVersions> {
  const { db, shard } = scope;
  const rows = await db
    .selectFrom('affected')
    .innerJoin('vulnerability', (on) =>
      on
        .onRef('vulnerability.shard', '=', 'affected.shard')
        .onRef('vulnerability.id', '=', 'affected.vulnerability'),
    )
    .select([
      'affected.vulnerability',
      'affected.package_version',
      'affected.status',
      'affected.rule',
      'affected.fixed',
    ])
    .select('vulnerability.name')
    .where('affected.shard', '=', shard)
    .where('affected.vulnerability', 'in', ids)
    .where((row) => isBelieved(row, 'affected', scope))
    .limit(LIMITS.questionVersionsMax + 1)
    .execute();
  if (rows.length > LIMITS.questionVersionsMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `more than ${LIMITS.questionVersionsMax} versions are affected`,
      'Ask about one component: waybill ask releases.',
    );
  }
  const said = await readAdvisoryEvidence(scope, ids);
  const affected = new Map<number, AffectedFact[]>();
  for (const row of rows) {
    const facts = affected.get(row.package_version) ?? [];
    const status = row.status === 'affected' ? 'affected' : 'unknown';
    const evidence = said.get(row.vulnerability) ?? [];
    facts.push({
      status,
      rule: row.rule,
      fixed: parseFixedVersions(row.fixed),
      advisory: row.name,
      evidence,
    });
    affected.set(row.package_version, facts);
  }
  return affected;
}

/** The fixed versions, as the projection wrote them. */
export function parseFixedVersions(text: string): readonly string[] {
  const fixed: unknown = JSON.parse(text);
  return Array.isArray(fixed) ? fixed.map(String) : [];
}

interface ReleaseDeployments {
  readonly byRelease: ReadonlyMap<number, readonly ExposedDeployment[]>;
  /** Some deployments of these releases are not shown. */
  readonly more: boolean;
}

/**
 * A deployment may be named by the digest of the affected image, of an index that contains it or of
 * one of its members.
 */
async function readReleaseDeployments(
  scope: Scope,
  holding: readonly HoldingImage[],
): Promise<ReleaseDeployments> {
  const affected = new Map<number, number[]>();
  const digests = new Map(holding.map(({ image, digest }) => [image, digest]));
  for (const { release, image } of holding)
    affected.set(image, [...(affected.get(image) ?? []), release]);
  const kin = await readKin(scope, [...affected.keys()]);
  const sources = new Map<number, Set<number>>();
  for (const image of affected.keys()) {
    for (const near of [image, ...(kin.get(image) ?? [])])
      sources.set(near, (sources.get(near) ?? new Set()).add(image));
  }
  const rows = await readDeployments(scope, [...sources.keys()], LIMITS.exposureDeploymentsMax);
  const byRelease = new Map<number, ExposedDeployment[]>();
  for (const { image, answer } of rows.slice(0, LIMITS.exposureDeploymentsMax)) {
    const exposed = new Map<number, Digest[]>();
    for (const source of sources.get(image) ?? []) {
      const digest = digests.get(source);
      if (digest === undefined) continue;
      for (const release of affected.get(source) ?? [])
        exposed.set(release, [...(exposed.get(release) ?? []), digest]);
    }
    for (const [release, images] of exposed)
      byRelease.set(release, [
        ...(byRelease.get(release) ?? []),
        { ...answer, affected: images.sort() },
      ]);
  }
  return { byRelease, more: rows.length > LIMITS.exposureDeploymentsMax };
}

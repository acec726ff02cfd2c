import type {
  ClaimedFinding,
  EvidenceAnswer,
  GraphFinding,
} from '../../../capabilities/graph/index.ts';
import type { VexClaim } from '../../../capabilities/scanning/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readDigests } from './kin.ts';
import type { Scope } from './scope.ts';
import { readExcuses } from './vex.ts';

/** The inventory of an image, by the ids of both. */
interface HeldSet {
  readonly image: number;
  readonly component_set: number;
}

/**
 * The findings with the status that gates and scans give them: one that trusted VEX excludes from
 * each image that holds the component is `not_affected`.
 */
export async function excuseFindings(
  scope: Scope,
  findings: readonly GraphFinding[],
  sets: readonly HeldSet[],
): Promise<readonly GraphFinding[]> {
  if (findings.length === 0) return findings;
  const digests = await readDigests(scope, [...new Set(sets.map(({ image }) => image))]);
  const images = [...digests.values()].flat();
  const findExcuse = await readExcuses(scope, images);
  if (findExcuse === null) return findings;
  const holding = await readHolding(scope, findings, sets);
  return findings.map((finding) => {
    const names = [finding.advisory, ...finding.names];
    const held = [...(holding.get(finding.purl) ?? [])].flatMap((id) => digests.get(id) ?? []);
    const excuses = held.map((image) => findExcuse(names, finding.purl, image));
    const known = excuses.filter((excuse) => excuse !== null);
    if (known.length === 0 || known.length < excuses.length) return finding;
    return { ...finding, status: 'not_affected', evidence: addSources(finding.evidence, known) };
  });
}

/** The same for what scans claim: a claim is about one image. */
export async function excuseClaims<C extends ClaimedFinding>(
  scope: Scope,
  claims: readonly C[],
): Promise<readonly C[]> {
  const images = [...new Set(claims.map(({ image }) => image))];
  const findExcuse = images.length === 0 ? null : await readExcuses(scope, images);
  if (findExcuse === null) return claims;
  return claims.map((claim): C => {
    const excuse = claim.purl === null ? null : findExcuse(claim.names, claim.purl, claim.image);
    if (excuse === null) return claim;
    return { ...claim, status: 'not_affected', evidence: addSources(claim.evidence, [excuse]) };
  });
}

function addSources(
  evidence: readonly EvidenceAnswer[],
  excuses: readonly VexClaim<EvidenceAnswer>[],
): readonly EvidenceAnswer[] {
  const sources = excuses.map(({ source }) => source);
  const once = new Map([...sources, ...evidence].map((one) => [one.document, one]));
  return [...once.values()].slice(0, LIMITS.rowEvidenceMax);
}

/** The images that hold each component, by its package URL. */
async function readHolding(
  { db, shard }: Scope,
  findings: readonly GraphFinding[],
  sets: readonly HeldSet[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const bySet = Map.groupBy(sets, (set) => set.component_set);
  const purls = new Set<string>(findings.map(({ purl }) => purl));
  const holding = new Map<string, Set<number>>();
  for (const some of splitIntoChunks([...bySet.keys()])) {
    const rows = await db
      .selectFrom('set_member')
      .innerJoin('package_version', (on) =>
        on
          .onRef('package_version.shard', '=', 'set_member.shard')
          .onRef('package_version.id', '=', 'set_member.package_version'),
      )
      .select(['set_member.component_set', 'package_version.purl'])
      .where('set_member.shard', '=', shard)
      .where('set_member.component_set', 'in', some)
      .where('package_version.purl', 'in', [...purls])
      .execute();
    for (const { component_set: set, purl } of rows) {
      const images = holding.get(purl) ?? new Set();
      for (const { image } of bySet.get(set) ?? []) images.add(image);
      holding.set(purl, images);
    }
  }
  return holding;
}

import { isCve, sortNames } from '../../../capabilities/advisories/index.ts';
import type {
  EvidenceAnswer,
  Findings,
  GraphFinding,
  Question,
} from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { parseFixedVersions } from './affected.ts';
import type { Family } from './kin.ts';
import { checkRowsMax, formatCursor, isBelieved, parseCursor, type Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';
import { nameImage, resolveSubject } from './subject.ts';
import {
  type NamedVulnerability,
  pickWorst,
  readAdvisoryEvidence,
  readGroups,
  readRatings,
} from './vulnerabilities.ts';

/** Component set × affected: what today's advisories say about an image, without a new scan. */
export async function answerFindings(
  scope: Scope,
  { subject }: Question<'findings'>,
): Promise<Findings> {
  const { families, all } = await resolveSubject(scope, subject);
  const sets = await readImageSets(scope, all);
  const inventory = combineInventories(sets, families);
  if (inventory === null) return { ...nameImage(subject), inventory, findings: [], next: null };
  const limit = checkRowsMax(scope.ask.page) + 1;
  const rows = await queryFindings(
    scope,
    [...new Set(sets.map((set) => set.component_set))],
    limit,
  );
  const shown = rows.slice(0, limit - 1);
  const last = shown.at(-1);
  const next =
    rows.length < limit || last === undefined
      ? null
      : formatCursor([last.package_version, last.vulnerability]);
  return { ...nameImage(subject), inventory, findings: await toFindings(scope, shown), next };
}

export interface ImageSet {
  readonly id: number;
  readonly image: number;
  readonly component_set: number;
  readonly outcome: string;
}

/** The inventories of these images. */
export async function readImageSets(
  scope: Scope,
  images: readonly number[],
): Promise<readonly ImageSet[]> {
  const found: ImageSet[] = [];
  for (const some of splitIntoChunks(images)) {
    const rows = await scope.db
      .selectFrom('image_set')
      .select(['id', 'image', 'component_set', 'outcome'])
      .where('shard', '=', scope.shard)
      .where('image', 'in', some)
      .where('known_from', '<=', scope.known)
      .$if(scope.ask.signedBy !== null, (query) =>
        query.where((row) => isSignedEdge(scope, row, 'image_set')),
      )
      .execute();
    found.push(...rows);
  }
  return found;
}

/**
 * Foundation 2: SBOMs that disagree are united, and one complete SBOM makes the union complete. An
 * SBOM of an index does not say which platform it describes: it can add findings to a member, but
 * can never show that there are no others. An index is complete when it has such an SBOM or when
 * each of its members has one.
 */
function computeCompleteness(
  sets: readonly ImageSet[],
  { self, members }: Family,
): Findings['inventory'] {
  if (sets.length === 0) return null;
  const complete = new Set(
    sets.filter(({ outcome }) => outcome === 'complete').map(({ image }) => image),
  );
  const isWhole =
    complete.has(self) || (members.length > 0 && members.every((member) => complete.has(member)));
  return isWhole ? 'complete' : 'partial';
}

/** If several images are meant, the inventory of each must be complete. */
export function combineInventories(
  sets: readonly ImageSet[],
  families: readonly Family[],
): Findings['inventory'] {
  const each = families.map((family) =>
    computeCompleteness(
      sets.filter(({ image }) => family.all.includes(image)),
      family,
    ),
  );
  if (each.length === 0 || each.every((one) => one === null)) return null;
  return each.every((one) => one === 'complete') ? 'complete' : 'partial';
}

async function queryFindings(scope: Scope, sets: readonly number[], limit: number) {
  const { db, shard, ask } = scope;
  const after = parseCursor(ask.page.after, ['number', 'number']) as
    | readonly [number, number]
    | null;
  return (
    db
      .selectFrom('set_member')
      // in this order: from the members to the facts about them
      .innerJoin('affected', inOrder)
      .innerJoin('package_version', inOrder)
      .innerJoin('vulnerability', inOrder)
      .select([
        'set_member.package_version',
        'affected.vulnerability',
        'affected.status',
        'affected.rule',
        'affected.fixed',
      ])
      .select(['package_version.purl', 'vulnerability.name'])
      .distinct()
      .where('set_member.shard', '=', shard)
      .where('set_member.component_set', 'in', sets)
      .whereRef('affected.shard', '=', 'set_member.shard')
      .whereRef('affected.package_version', '=', 'set_member.package_version')
      .where((row) => isBelieved(row, 'affected', scope))
      .whereRef('package_version.shard', '=', 'set_member.shard')
      .whereRef('package_version.id', '=', 'set_member.package_version')
      .whereRef('vulnerability.shard', '=', 'set_member.shard')
      .whereRef('vulnerability.id', '=', 'affected.vulnerability')
      .$if(after !== null, (query) =>
        query.where(({ eb, refTuple, tuple }) =>
          eb(
            refTuple('set_member.package_version', 'affected.vulnerability'),
            '>',
            tuple(after?.[0] ?? 0, after?.[1] ?? 0),
          ),
        ),
      )
      .orderBy('set_member.package_version')
      .orderBy('affected.vulnerability')
      .limit(limit)
      .execute()
  );
}

type FindingRow = Awaited<ReturnType<typeof queryFindings>>[number];

/**
 * A vulnerability is one finding for a version, however many advisories name it. It is reported at
 * the row of its first advisory, together with what the other advisories say. A group with two CVE
 * ids is not one vulnerability, so its advisories stay apart.
 */
async function toFindings(
  scope: Scope,
  rows: readonly FindingRow[],
): Promise<readonly GraphFinding[]> {
  const own = [...new Set(rows.map((row) => row.vulnerability))];
  const groups = await readGroups(scope, own);
  const ids = [...new Set([...own, ...[...groups.values()].flat().map(({ id }) => id)])];
  const ratings = await readRatings(scope, ids);
  const said = await readAdvisoryEvidence(scope, ids);
  const facts = await readTwins(scope, rows, groups);
  return rows.flatMap((row): GraphFinding[] => {
    const group = groups.get(row.vulnerability) ?? [{ id: row.vulnerability, name: row.name }];
    const names = sortNames(group.map(({ name }) => name));
    const isOne = names.filter(isCve).length < 2;
    const members = group.map(({ id }) => id).sort((one, other) => one - other);
    const twins = isOne
      ? members.flatMap((id) => facts.get(`${row.package_version} ${id}`) ?? [])
      : [];
    const all = twins.length === 0 ? [row] : twins;
    if (all[0]?.vulnerability !== row.vulnerability) return [];
    const first = all.find(({ status }) => status === 'affected') ?? row;
    const rating = pickWorst(group.map(({ id }) => ratings.get(id)));
    return [
      {
        advisory: row.name,
        names: isOne ? names : [row.name, ...names.filter((name) => name !== row.name)],
        severity: rating.severity,
        score: rating.score,
        purl: row.purl as Purl,
        status: first.status === 'affected' ? 'affected' : 'unknown',
        fixed: [...new Set([first, ...all].flatMap(({ fixed }) => parseFixedVersions(fixed)))],
        rule: first.rule,
        evidence: uniteEvidence(all.flatMap(({ vulnerability: id }) => said.get(id) ?? [])),
      },
    ];
  });
}

type AffectedTwin = Pick<
  FindingRow,
  'package_version' | 'vulnerability' | 'status' | 'rule' | 'fixed'
>;

/**
 * What all advisories of the groups say about the versions in the rows, by version and advisory.
 */
async function readTwins(
  scope: Scope,
  rows: readonly FindingRow[],
  groups: ReadonlyMap<number, readonly NamedVulnerability[]>,
): Promise<ReadonlyMap<string, AffectedTwin>> {
  const twins = new Map<string, AffectedTwin>();
  const members = [...new Set([...groups.values()].flat().map(({ id }) => id))];
  const grouped = rows.filter((row) => groups.has(row.vulnerability));
  const versions = [...new Set(grouped.map((row) => row.package_version))];
  for (const some of splitIntoChunks(versions, 250)) {
    for (const ids of splitIntoChunks(members, 250)) {
      const found = await scope.db
        .selectFrom('affected')
        .select(['package_version', 'vulnerability', 'status', 'rule', 'fixed'])
        .where('shard', '=', scope.shard)
        .where('package_version', 'in', some)
        .where('vulnerability', 'in', ids)
        .where((row) => isBelieved(row, 'affected', scope))
        .execute();
      for (const twin of found) twins.set(`${twin.package_version} ${twin.vulnerability}`, twin);
    }
  }
  return twins;
}

function uniteEvidence(evidence: readonly EvidenceAnswer[]): readonly EvidenceAnswer[] {
  const byDocument = new Map(evidence.map((one) => [one.document, one]));
  return [...byDocument.values()].slice(0, LIMITS.rowEvidenceMax);
}

import {
  isFromDistribution,
  pickTitle,
  type Rating,
  rateStatements,
  stateSeverities,
  toVulnerabilityUrl,
} from '../../../capabilities/advisories/index.ts';
import type {
  EvidenceAnswer,
  Findings,
  GraphFinding,
  Question,
} from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { inOrder } from '../dialects/dialect.ts';
import { parseStated } from '../stated-form.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { parseFixedVersions } from './affected.ts';
import { readImageClaims } from './claimed-findings.ts';
import { excuseClaims, excuseFindings } from './excused-findings.ts';
import { describeCoverage } from './findings-coverage.ts';
import type { Family } from './kin.ts';
import { type NamedFinding, nameFindings } from './named-findings.ts';
import { checkRowsMax, formatCursor, isBelieved, parseCursor, type Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';
import { nameImage, resolveSubject } from './subject.ts';
import {
  listCveStatements,
  readAdvisoryEvidence,
  readStatements,
  readTitles,
  type Statements,
} from './vulnerabilities.ts';

/** Component set × affected: what today's advisories say about an image, without a new scan. */
export async function answerFindings(
  scope: Scope,
  { subject }: Question<'findings'>,
): Promise<Findings> {
  const { families, all } = await resolveSubject(scope, subject);
  const sets = await readImageSets(scope, all);
  const inventory = combineInventories(sets, families);
  const known = [...new Set(sets.map((set) => set.component_set))];
  const isBehind = parseFindingCursor(scope)[0] === CLAIMS;
  const { found, next } =
    inventory === null || isBehind
      ? { found: [], next: null }
      : await readFindingPage(scope, known);
  const claims =
    next === null ? await readClaimPage(scope, all, found.length) : { claimed: [], next };
  const isFirst = scope.ask.page.after === null;
  return {
    ...nameImage(subject),
    inventory,
    findings: await excuseFindings(scope, await toFindings(scope, found), sets),
    claimed: await excuseClaims(scope, claims.claimed),
    ...(await describeCoverage(scope, isFirst ? known : [])),
    next: claims.next,
  };
}

/**
 * A page begins at a row, behind the findings of that row that were given before: an advisory may
 * cover more vulnerabilities than a page has rows.
 */
export async function readFindingPage(scope: Scope, sets: readonly number[]) {
  const rowsMax = checkRowsMax(scope.ask.page);
  const [version, advisory, given] = parseFindingCursor(scope);
  const rows = await queryFindings(scope, sets, [version, advisory], rowsMax + 1);
  const behind = rows[rowsMax];
  const shown = rows.slice(0, rowsMax);
  // The rows are in the order of their versions: no other version than these has rows elsewhere.
  const begun = [shown[0]?.package_version === version ? version : null, behind?.package_version];
  const cut = new Set(shown.map((row) => row.package_version).filter((id) => begun.includes(id)));
  const named = await nameFindings(scope, shown, [...cut]);
  const ofFirst = named.filter(
    ({ row }) => row.package_version === version && row.vulnerability === advisory,
  );
  const skipped = Math.min(given, ofFirst.length);
  const found = named.slice(skipped, skipped + rowsMax);
  const following = named[skipped + rowsMax];
  const row = following?.row ?? behind;
  if (row === undefined) return { found, next: null };
  const before =
    following === undefined
      ? 0
      : named.indexOf(following) - named.findIndex((one) => one.row === row);
  return { found, next: formatCursor([row.package_version, row.vulnerability, before]) };
}

/** Stands where a page marker has a version: the page begins among the claims. */
const CLAIMS = -1;

function parseFindingCursor({ ask }: Scope): readonly [number, number, number] {
  const parts = parseCursor(ask.page.after, ['number', 'number', 'number']) ?? [0, 0, 0];
  return parts as readonly [number, number, number];
}

/** What scans claim, as far as the page has rows behind `shown` findings. */
async function readClaimPage(scope: Scope, images: readonly number[], shown: number) {
  const rowsMax = checkRowsMax(scope.ask.page) - shown;
  const [part, scan, ordinal] = parseFindingCursor(scope);
  const after = part === CLAIMS ? ([scan, ordinal] as const) : ([0, -1] as const);
  const rows = await readImageClaims(scope, images, after, rowsMax + 1);
  const claimed = rows.slice(0, rowsMax);
  const last = claimed.at(-1);
  const [lastScan, lastOrdinal] = last === undefined ? after : [last.scan, last.ordinal];
  return {
    claimed: claimed.map(({ claim }) => claim),
    next: rows.length > rowsMax ? formatCursor([CLAIMS, lastScan, lastOrdinal]) : null,
  };
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

async function queryFindings(
  scope: Scope,
  sets: readonly number[],
  [version, advisory]: readonly [number, number],
  limit: number,
) {
  const { db, shard, ask } = scope;
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
        'affected.stated',
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
      .$if(ask.page.after !== null, (query) =>
        query.where(({ eb, refTuple, tuple }) =>
          eb(
            refTuple('set_member.package_version', 'affected.vulnerability'),
            '>=',
            tuple(version, advisory),
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

export async function toFindings(
  scope: Scope,
  found: readonly NamedFinding<FindingRow>[],
): Promise<readonly GraphFinding[]> {
  const ids = new Set(found.flatMap(listAdvisories));
  const names = found.flatMap(({ vulnerability: { id, aliases } }) => [id, ...aliases]);
  const statements = await readStatements(scope, [...ids], names);
  const evidence = await readAdvisoryEvidence(scope, [...ids]);
  const titles = await readTitles(scope, [...ids]);
  return found.map((finding) => {
    const { row, vulnerability, said } = finding;
    const first = said.find(({ status }) => status === 'affected') ?? row;
    const advisories = listAdvisories(finding);
    const rating = rateFinding(finding, statements);
    return {
      advisory: row.name,
      names: [vulnerability.id, ...vulnerability.aliases],
      title: pickTitle(
        vulnerability.id,
        advisories.flatMap((id) => titles.get(id) ?? []),
      ),
      link: toVulnerabilityUrl(vulnerability.id),
      severity: rating.severity,
      score: rating.score,
      vector: rating.vector,
      severitySource: rating.source,
      purl: row.purl as Purl,
      status: first.status === 'affected' ? 'affected' : 'unknown',
      fixed: [...new Set([first, ...said].flatMap(({ fixed }) => parseFixedVersions(fixed)))],
      rule: first.rule,
      evidence: uniteEvidence(said.flatMap(({ vulnerability: id }) => evidence.get(id) ?? [])),
    };
  });
}

/** As a scan rates it (list-statements.ts). */
function rateFinding(finding: NamedFinding<FindingRow>, statements: Statements): Rating {
  const { row, vulnerability, said } = finding;
  const names = [vulnerability.id, ...vulnerability.aliases];
  const getName = (id: number): string => statements.advisories.get(id)?.id ?? '';
  const own = isFromDistribution(row.purl as Purl) ? said : [];
  return rateStatements(
    stateSeverities(vulnerability, {
      heads: [
        ...listAdvisories(finding).flatMap((id) => statements.advisories.get(id) ?? []),
        ...listCveStatements(statements, names),
      ],
      own: new Set(own.map((one) => getName(one.vulnerability))),
      entries: said.map((one) => ({
        record: getName(one.vulnerability),
        severities: parseStated(one.stated),
      })),
    }),
  );
}

/** The advisories that rate a finding: those of the vulnerability, and those that matched. */
function listAdvisories({ vulnerability, said }: NamedFinding): readonly number[] {
  return [...new Set([...vulnerability.records, ...said].map((one) => one.vulnerability))];
}

function uniteEvidence(evidence: readonly EvidenceAnswer[]): readonly EvidenceAnswer[] {
  const byDocument = new Map(evidence.map((one) => [one.document, one]));
  return [...byDocument.values()].slice(0, LIMITS.rowEvidenceMax);
}

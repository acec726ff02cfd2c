import type { Answer } from '../../../capabilities/graph/index.ts';
import { toInstant } from '../../../core/instant.ts';
import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { parseFixedVersions } from './affected.ts';
import { readDocumentBody } from './document-body.ts';
import { countRejected, explainOpen, Lookups } from './feed-coverage.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { readAdvisoryEvidence } from './vulnerabilities.ts';

/** How many documents one page looks at. */
const DOCUMENTS_MAX = 100;

/** How many kinds of components are judged. */
const KINDS_MAX = 2_000;

type Place = readonly [position: number, vulnerability: number, version: number];

/**
 * From changed advisories to the components that they affect since, or no longer: the documents
 * name the advisories, and only rows of these are read, however many components are stored.
 */
export async function answerChanges(scope: Scope): Promise<Answer<'changes'>> {
  const rowsMax = checkRowsMax(scope.ask.page);
  const after = parseCursor(scope.ask.page.after, ['number', 'number', 'number']) as Place | null;
  const first = after?.[0] ?? (await findFirstPosition(scope));
  const documents = first === null ? [] : await listDocuments(scope, first);
  const found: ChangeRow[] = [];
  let seen = 0;
  for (const document of documents.slice(0, DOCUMENTS_MAX)) {
    seen++;
    const rows = await readRows(scope, document, await readNames(scope, document.digest));
    found.push(...rows.filter((row) => after === null || comparePlaces(placeRow(row), after) > 0));
    if (found.length > rowsMax) break;
  }
  const shown = found.slice(0, rowsMax);
  const last = shown.at(-1);
  const passed = documents[seen - 1];
  const isFull = found.length > rowsMax && last !== undefined;
  const goesOn = !isFull && seen < documents.length && passed !== undefined;
  const end: Place = [passed?.position ?? 0, Number.MAX_SAFE_INTEGER, 0];
  const next = isFull ? formatCursor(placeRow(last)) : goesOn ? formatCursor(end) : null;
  const open = after === null ? await listUncovered(scope) : [];
  return {
    changes: await answerRows(scope, shown),
    notCovered: open.slice(0, LIMITS.notCoveredMax),
    notCoveredMore: open.length > LIMITS.notCoveredMax,
    rejected: after === null ? await countRejected(scope) : 0,
    next,
  };
}

/** Kinds of components are few: there is one for each ecosystem and distribution release. */
async function listUncovered(scope: Scope): Promise<Answer<'changes'>['notCovered']> {
  const rows = await scope.db
    .selectFrom('lookup')
    .select('id')
    .where('shard', '=', scope.shard)
    .orderBy('id')
    .limit(KINDS_MAX)
    .execute();
  const judged = await new Lookups(scope).judge(rows.map(({ id }) => id));
  const open = [...judged.values()].flatMap((place) => {
    const reason = explainOpen(place, null);
    return reason === null ? [] : [[place.label, reason] as const];
  });
  return [...new Map(open)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([ecosystem, reason]) => ({ ecosystem, reason }));
}

/** Of the moment that is asked for; else of what was recorded with the newest advisories. */
async function findFirstPosition(scope: Scope): Promise<number | null> {
  const { db, shard, known, ask } = scope;
  const newest = await db
    .selectFrom('log_entry')
    .select('recorded_at')
    .where('shard', '=', shard)
    .where('kind', '=', 'advisories')
    .where('position', '<=', known)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return null;
  const from = await db
    .selectFrom('log_entry')
    .select('position')
    .where('shard', '=', shard)
    .where('recorded_at', '>=', ask.since ?? newest.recorded_at)
    .orderBy('recorded_at')
    .orderBy('position')
    .limit(1)
    .executeTakeFirst();
  return from?.position ?? null;
}

type AdvisoryDocumentRow = Awaited<ReturnType<typeof listDocuments>>[number];

function listDocuments({ db, shard, known }: Scope, first: number) {
  return db
    .selectFrom('log_entry')
    .select(['position', 'digest', 'recorded_at'])
    .where('shard', '=', shard)
    .where('kind', '=', 'advisories')
    .where('position', '>=', first)
    .where('position', '<=', known)
    .orderBy('position')
    .limit(DOCUMENTS_MAX + 1)
    .execute();
}

/** The ids of the records of a document; what is no record the graph reports elsewhere. */
async function readNames(scope: Scope, digest: string): Promise<readonly string[]> {
  const body = Buffer.from((await readDocumentBody(scope, digest)) ?? []);
  const names = new Set<string>();
  for (let at = 0; at < body.length; ) {
    const newline = body.indexOf(10, at);
    const end = newline === -1 ? body.length : newline;
    const json = parseJson(body.subarray(at, end), { bytesMax: LIMITS.advisoryBytesMax });
    const id = json.ok && isJsonObject(json.value) ? json.value['id'] : undefined;
    if (typeof id === 'string') names.add(id);
    at = end + 1;
  }
  return [...names];
}

interface ChangeRow {
  readonly document: AdvisoryDocumentRow;
  readonly vulnerability: number;
  readonly version: number;
  readonly name: string;
  readonly purl: string;
  readonly change: 'affected' | 'unknown' | 'ended';
  readonly rule: string;
  readonly fixed: string;
}

/** What began or ended with the document; what ended and began anew is what it is now. */
async function readRows(
  { db, shard }: Scope,
  document: AdvisoryDocumentRow,
  names: readonly string[],
): Promise<readonly ChangeRow[]> {
  const byPlace = new Map<string, ChangeRow>();
  const { position } = document;
  for (const some of splitIntoChunks(names)) {
    const rows = await db
      .selectFrom('vulnerability as named')
      .innerJoin('affected', (on) =>
        on
          .onRef('affected.shard', '=', 'named.shard')
          .onRef('affected.vulnerability', '=', 'named.id'),
      )
      .innerJoin('package_version as held', (on) =>
        on
          .onRef('held.shard', '=', 'affected.shard')
          .onRef('held.id', '=', 'affected.package_version'),
      )
      .select(['named.name', 'held.purl', 'affected.vulnerability', 'affected.package_version'])
      .select(['affected.status', 'affected.rule', 'affected.fixed', 'affected.known_from'])
      .where('named.shard', '=', shard)
      .where('named.name', 'in', some)
      .where((row) =>
        row.or([
          row('affected.known_from', '=', position),
          row('affected.known_to', '=', position),
        ]),
      )
      .execute();
    // What begins comes last, and replaces what ends at the same place.
    const [begun = [], ended = []] = [true, false].map((begins) =>
      rows.filter((row) => (row.known_from === position) === begins),
    );
    for (const row of [...ended, ...begun]) {
      const begins = row.known_from === position;
      const key = `${row.vulnerability} ${row.package_version}`;
      const now = row.status === 'affected' ? 'affected' : 'unknown';
      byPlace.set(key, {
        ...{ document, vulnerability: row.vulnerability, version: row.package_version },
        ...{ name: row.name, purl: row.purl, rule: row.rule, fixed: row.fixed },
        change: begins ? now : 'ended',
      });
    }
  }
  return [...byPlace.values()].sort((one, other) => comparePlaces(placeRow(one), placeRow(other)));
}

function placeRow({ document, vulnerability, version }: ChangeRow): Place {
  return [document.position, vulnerability, version];
}

function comparePlaces(one: Place, other: Place): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

async function answerRows(
  scope: Scope,
  rows: readonly ChangeRow[],
): Promise<Answer<'changes'>['changes']> {
  const said = await readAdvisoryEvidence(scope, [
    ...new Set(rows.map(({ vulnerability }) => vulnerability)),
  ]);
  return rows.map(({ document, vulnerability, name, purl, change, rule, fixed }) => ({
    ...{ advisory: name, purl: purl as Purl, change, rule },
    fixed: parseFixedVersions(fixed),
    at: toInstant(document.recorded_at),
    evidence: [...(said.get(vulnerability) ?? [])],
  }));
}

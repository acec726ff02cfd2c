import type { AdvisoryFact } from '../../../capabilities/graph/index.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import type { Cell, SqlConnection } from '../dialects/dialect.ts';
import { formatStated } from '../stated-form.ts';
import type { AdvisoryCache } from './advisory-cache.ts';
import { splitIntoChunks } from './chunks.ts';
import { formatMatchKey } from './project-set.ts';

/**
 * Puts records that are not there into the shared table, before the document's own transaction and
 * in a short one of its own (GS7). A record is named by its digest and never changes, so a document
 * that then fails leaves no untruth.
 */
export async function shareAdvisories(
  connected: SqlConnection,
  cache: AdvisoryCache,
  advisories: readonly AdvisoryFact[],
): Promise<void> {
  const byDigest = new Map(advisories.map((fact) => [fact.recordDigest, fact]));
  const there = await cache.findShared([...byDigest.values()]);
  const missing = [...byDigest.values()].filter(({ recordDigest }) => !there.has(recordDigest));
  if (missing.length === 0) return;
  missing.sort((one, other) => (one.recordDigest < other.recordDigest ? -1 : 1));
  await insertRecords(connected, cache, missing);
  const ids = await cache.findShared(missing);
  await insertNames(connected, missing, (fact) => ids.get(fact.recordDigest) ?? 0);
}

async function insertRecords(
  connected: SqlConnection,
  cache: AdvisoryCache,
  facts: readonly AdvisoryFact[],
): Promise<void> {
  const columns = ['record_digest', ...CELL_NAMES];
  const first = cache.assignIds(facts);
  if (first !== null)
    return connected.insertRows('advisory', ['id', ...columns], listRows(facts, first));
  const last = await connected.db
    .selectFrom('advisory')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst();
  await connected.insertRows('advisory', columns, listRows(facts, null), true);
  await cache.noteAdded(last?.id ?? 0);
}

/** One by one, because each has the whole record, as bytes. */
function* listRows(facts: readonly AdvisoryFact[], firstId: number | null): Generator<Cell[]> {
  let id = firstId;
  for (const fact of facts) {
    const { text } = fact;
    const record = typeof text === 'string' ? Buffer.from(text) : text;
    const said = toCells(fact, record);
    const { advisory_id: advisory, modified, withdrawn, severity, score } = said;
    const row: Cell[] = id === null ? [] : [id++];
    row.push(fact.recordDigest, advisory, record, modified, withdrawn, severity, score);
    row.push(said.stated, said.package_stated);
    yield row;
  }
}

/**
 * Makes the shared rows of these records what the records say: a rebuild must not trust rows that
 * anybody may have changed, or that an earlier version of this program read otherwise. Rows that
 * are right are not touched (GS7).
 */
export async function renewAdvisories(
  connected: SqlConnection,
  cache: AdvisoryCache,
  advisories: readonly AdvisoryFact[],
): Promise<void> {
  await shareAdvisories(connected, cache, advisories);
  const { db } = connected;
  for (const some of splitIntoChunks(advisories)) {
    const there = await readSharedRows(connected, some);
    for (const fact of some) {
      const row = there.get(fact.recordDigest);
      const cells = toCells(fact, Buffer.from(fact.text).toString());
      if (row === undefined || row.text === formatRow(cells, collectNames(fact))) continue;
      await db.updateTable('advisory').set(cells).where('id', '=', row.id).execute();
      for (const table of NAME_TABLES) {
        await db
          .deleteFrom(`advisory_${table}` as 'advisory_alias')
          .where('advisory', '=', row.id)
          .execute();
      }
      await insertNames(connected, [fact], () => row.id);
    }
  }
}

const CELL_NAMES = [
  ...(['advisory_id', 'record', 'modified', 'withdrawn', 'severity', 'score'] as const),
  ...(['stated', 'package_stated'] as const),
];
const NAME_TABLES = ['alias', 'upstream', 'package'] as const;
const NAME_COLUMNS = { alias: 'alias', upstream: 'name', package: 'key' } as const;
type AdvisoryNames = Readonly<Record<(typeof NAME_TABLES)[number], readonly string[]>>;

function toCells<T>({ reading }: AdvisoryFact, record: T) {
  const { id, modified, withdrawn, severity, score } = reading;
  const stated = formatStated(reading.stated);
  const packageStated = formatStated(reading.statedOfPackages);
  const said = { advisory_id: id, record, modified, withdrawn, severity, score };
  return { ...said, stated, package_stated: packageStated };
}

function collectNames({ reading }: AdvisoryFact): AdvisoryNames {
  return {
    alias: sortUnique(reading.aliases),
    upstream: sortUnique(reading.upstream),
    package: sortUnique(reading.packages.map(formatMatchKey)),
  };
}

function sortUnique(names: readonly string[]): readonly string[] {
  return names.length < 2 ? names : [...new Set(names)].sort();
}

function formatRow(
  cells: Readonly<Record<(typeof CELL_NAMES)[number], Cell>>,
  names: AdvisoryNames,
): string {
  const values = CELL_NAMES.map((name) => cells[name] as string | number | null);
  return canonicalizeJson([values, ...NAME_TABLES.map((table) => names[table])]);
}

async function insertNames(
  connected: SqlConnection,
  facts: readonly AdvisoryFact[],
  getId: (fact: AdvisoryFact) => number,
): Promise<void> {
  const named = facts.map((fact) => ({ id: getId(fact), names: collectNames(fact) }));
  for (const table of NAME_TABLES) {
    const rows: Cell[][] = [];
    for (const one of named) {
      const names = one.names[table];
      for (let at = 0; at < names.length; at++) rows.push([one.id, names[at] as string]);
    }
    await connected.insertRows(`advisory_${table}`, ['advisory', NAME_COLUMNS[table]], rows, true);
  }
}

interface SharedRow {
  readonly id: number;
  readonly text: string;
}

async function readSharedRows(
  { db }: SqlConnection,
  facts: readonly AdvisoryFact[],
): Promise<ReadonlyMap<string, SharedRow>> {
  const digests = facts.map(({ recordDigest }) => recordDigest);
  const rows = await db
    .selectFrom('advisory')
    .selectAll()
    .where('record_digest', 'in', digests)
    .execute();
  const names = new Map(
    rows.map((row) => [
      row.id,
      { alias: [], upstream: [], package: [] } as Record<string, string[]>,
    ]),
  );
  for (const table of NAME_TABLES) {
    const said = await db
      .selectFrom(`advisory_${table}` as 'advisory_alias')
      .select(['advisory', `${NAME_COLUMNS[table] as 'alias'} as name`])
      .where('advisory', 'in', [...names.keys()])
      .execute();
    for (const { advisory, name } of said) names.get(advisory)?.[table]?.push(name);
  }
  return new Map(
    rows.map((row) => {
      const { alias = [], upstream = [], package: packages = [] } = names.get(row.id) ?? {};
      const sorted = { alias: alias.sort(), upstream: upstream.sort(), package: packages.sort() };
      return [row.record_digest, { id: row.id, text: formatRow(row, sorted) }];
    }),
  );
}

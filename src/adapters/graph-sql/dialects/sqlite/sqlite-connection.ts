import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { getOwn } from '../../../../core/own.ts';
import { sqliteFailure } from '../../../../system/sqlite/sqlite-errors.ts';
import { type Database, isOwned, TABLES, type TableName } from '../../schema/schema.ts';
import type { Cell, SqlConnection, SqlTurn } from '../dialect.ts';
import { Serial } from '../serial.ts';
import { createKyselyDialect, StatementCache } from './sqlite-dialect.ts';

/** A statement costs as much as a few rows. The most come first, and the last is 1. */
const ROWS_IN_STATEMENTS = [64, 8, 1] as const;
/** How many rows are passed on at a time. */
const ROWS_AT_A_TIME = 500;

/**
 * The port over node:sqlite. Its calls are synchronous: there is one promise for each statement or
 * batch of rows, never one for each row. `turn` is what a turn can do where not the usual.
 */
export function createConnection(
  database: DatabaseSync,
  schemaVersion: number,
  turn: SqlTurn = {
    transaction: (work, forget) => runTransaction(database, 'begin immediate', work, forget),
    snapshot: (work) => runTransaction(database, 'begin', work),
    // The one who begins has the right to write everywhere.
    claimShard: async () => undefined,
  },
): SqlConnection {
  const statements = new StatementCache(database);
  const serial = new Serial();
  return {
    db: new Kysely<Database>({ dialect: createKyselyDialect(statements) }),
    schemaVersion,
    // mutant sql-turns-that-overlap: value -> (work) => work(turn)
    takeTurn: (work) => serial.run(() => work(turn)),
    isStale: async () =>
      mapFailure(() => {
        const row = database.prepare('select 1 from schema_version where stale = 1').get();
        return row !== undefined;
      }),
    markReplayed: async () =>
      mapFailure(() => database.exec('update schema_version set stale = 0 where stale = 1')),
    // A file has one user: the statements alone keep tenants apart.
    confine: async () => undefined,
    findBypass: async () => null,
    insertRows: async (table, columns, rows, ignore) =>
      mapFailure(() => insertRows(statements, table, columns, rows, ignore === true)),
    findIds: async (table, keyColumn, shard, keys) =>
      mapFailure(() => findIds(statements, table, keyColumn, shard, keys)),
    queryRows: (sql, shard) => queryRows(database, sql, shard),
    close: () => serial.run(async () => database.close()),
  };
}

function mapFailure<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw sqliteFailure(thrown);
  }
}

/**
 * BEGIN IMMEDIATE: a transaction that reads first and writes later could not be retried by
 * busy_timeout.
 */
async function runTransaction<T>(
  database: DatabaseSync,
  begin: string,
  work: () => Promise<T>,
  forget: () => void = () => undefined,
): Promise<T> {
  try {
    database.exec(begin);
    const value = await work();
    database.exec('commit');
    return value;
  } catch (thrown) {
    // A full disk or a damaged page may have ended the transaction already.
    // mutant sql-transaction-without-rollback: remove
    if (database.isTransaction) database.exec('rollback');
    forget();
    throw sqliteFailure(thrown);
  }
}

function insertRows(
  statements: StatementCache,
  table: TableName,
  columns: readonly string[],
  rows: Iterable<readonly Cell[]>,
  ignore: boolean,
): void {
  if (isOwned(table) && columns[0] !== 'shard')
    throw new RangeError(`rows of ${table} without their shard (GS1)`);
  const names = columns.map((column) => `"${column}"`).join(', ');
  const conflict = ignore ? ' on conflict do nothing' : '';
  const full = ROWS_IN_STATEMENTS[0] * columns.length;
  let marks = '';
  // Otherwise SQLite keeps a copy of each page that a statement of many rows changes, to undo that
  // statement alone. Here the transaction ends with the first statement that fails.
  const prepare = (size: number): StatementSync => {
    const values = Array(size).fill(marks).join(', ');
    return statements.get(
      `insert or rollback into "${table}" (${names}) values ${values}${conflict}`,
    );
  };
  let most: StatementSync | null = null;
  let cells: SQLInputValue[] = [];
  for (const row of rows) {
    if (marks === '') marks = formatMarks(table, columns, row);
    // By number: there are millions of cells, and `of` makes an object for each.
    for (let at = 0; at < row.length; at++) cells.push(row[at] as SQLInputValue);
    if (cells.length < full) continue;
    most ??= prepare(ROWS_IN_STATEMENTS[0]);
    most.run(...cells);
    cells = [];
  }
  let at = 0;
  for (const size of ROWS_IN_STATEMENTS)
    for (const length = size * columns.length; at + length <= cells.length; at += length)
      prepare(size).run(...cells.slice(at, at + length));
}

/** One row of parameters. A text may be given as its bytes, which SQLite does not decode. */
function formatMarks(table: TableName, columns: readonly string[], row: readonly Cell[]): string {
  const types = TABLES[table].columns as Readonly<Record<string, string>>;
  const marks = columns.map((column, at) =>
    row[at] instanceof Uint8Array && getOwn(types, column)?.startsWith('text') === true
      ? 'cast(? as text)'
      : '?',
  );
  return `(${marks.join(', ')})`;
}

function findIds(
  statements: StatementCache,
  table: string,
  keyColumn: string,
  shard: number | null,
  keys: readonly string[],
): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  if (keys.length === 0) return ids;
  const [confined, values] = shard === null ? ['', []] : ['"shard" = ? and ', [shard]];
  const statement = statements.get(
    `select "id" from "${table}" where ${confined}"${keyColumn}" = ?`,
  );
  for (const key of keys) {
    const row = statement.get(...values, key);
    if (row !== undefined) ids.set(key, Number(row['id']));
  }
  return ids;
}

async function* queryRows(
  database: DatabaseSync,
  sql: string,
  shard: number,
): AsyncIterable<readonly Record<string, unknown>[]> {
  const rows = mapFailure(() => database.prepare(sql).iterate(shard));
  try {
    for (let some = mapFailure(() => takeRows(rows)); some.length > 0; ) {
      yield some;
      some = mapFailure(() => takeRows(rows));
    }
  } finally {
    // A statement that is only partly read would keep its state of the database.
    // mutant sql-text-left-half-read: remove
    rows.return?.();
  }
}

function takeRows(rows: Iterator<Record<string, unknown>>): readonly Record<string, unknown>[] {
  const taken: Record<string, unknown>[] = [];
  while (taken.length < ROWS_AT_A_TIME) {
    const next = rows.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

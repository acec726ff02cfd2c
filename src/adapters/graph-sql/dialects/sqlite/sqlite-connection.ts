import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { Kysely } from 'kysely';
import { sqliteFailure } from '../../../../system/sqlite/sqlite-errors.ts';
import { type Database, isOwned } from '../../schema/schema.ts';
import { ShardGuard } from '../../schema/shard-guard.ts';
import type { Cell, SqlConnection, SqlTurn } from '../dialect.ts';
import { Serial } from './serial.ts';
import { createKyselyDialect, StatementCache } from './sqlite-dialect.ts';

/** A statement costs as much as a few rows. */
const ROWS_IN_A_STATEMENT = 16;
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
    transaction: (work) => runTransaction(database, 'begin immediate', work),
    snapshot: (work) => runTransaction(database, 'begin', work),
  },
): SqlConnection {
  const statements = new StatementCache(database);
  const serial = new Serial();
  return {
    db: new Kysely<Database>({
      dialect: createKyselyDialect(statements),
      plugins: [new ShardGuard()],
    }),
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
    throw sqliteFailure(thrown);
  }
}

function insertRows(
  statements: StatementCache,
  table: string,
  columns: readonly string[],
  rows: Iterable<readonly Cell[]>,
  ignore: boolean,
): void {
  if (isOwned(table) && columns[0] !== 'shard')
    throw new RangeError(`rows of ${table} without their shard (GS1)`);
  const names = columns.map((column) => `"${column}"`).join(', ');
  const marks = columns.map(() => '?').join(', ');
  const conflict = ignore ? ' on conflict do nothing' : '';
  // Otherwise SQLite keeps a copy of each page that a statement of many rows changes, to undo that
  // statement alone. Here the transaction ends with the first statement that fails.
  const prepare = (count: number) => {
    const values = Array(count).fill(`(${marks})`).join(', ');
    return statements.get(
      `insert or rollback into "${table}" (${names}) values ${values}${conflict}`,
    );
  };
  let cells: SQLInputValue[] = [];
  for (const row of rows) {
    for (const cell of row) cells.push(cell as SQLInputValue);
    if (cells.length < ROWS_IN_A_STATEMENT * columns.length) continue;
    prepare(ROWS_IN_A_STATEMENT).run(...cells);
    cells = [];
  }
  if (cells.length === 0) return;
  const one = prepare(1);
  for (let at = 0; at < cells.length; at += columns.length)
    one.run(...cells.slice(at, at + columns.length));
}

function findIds(
  statements: StatementCache,
  table: string,
  keyColumn: string,
  shard: number,
  keys: readonly string[],
): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  if (keys.length === 0) return ids;
  const statement = statements.get(
    `select "id" from "${table}" where "shard" = ? and "${keyColumn}" = ?`,
  );
  for (const key of keys) {
    const row = statement.get(shard, key);
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

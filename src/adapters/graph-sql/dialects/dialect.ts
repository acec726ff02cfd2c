import { type JoinBuilder, type JoinNode, type Kysely, RawNode } from 'kysely';
import type { Database, TableName } from '../schema/schema.ts';

/** A value of one column, as it is written and as it is read. */
export type Cell = number | string | Uint8Array | null;

/**
 * One kind of database. `Place` says where a database is, in its own words.
 *
 * The laws, which `dialect.contract.ts` proves:
 * - Whoever opens for writing finds the schema of this version; all missing migrations are one
 *   transaction. A schema of a later version is `STORE_TOO_NEW`, for reading too.
 * - Whoever opens for reading makes and migrates nothing: an older schema is `STORE_LOCKED`.
 * - What the database or its disk refuses is thrown as a `Failure` with a code of its own.
 * - The plans of the questions do not depend on what is stored
 *   (docs/adr/0028-declared-statistics.md).
 */
export interface SqlDialect<Place> {
  openForWriting(place: Place): Promise<SqlConnection>;
  openForReading(place: Place): Promise<SqlConnection>;
}

/**
 * Statements of one connection. Each names its shard (GS4), or throws before it runs. Integers and
 * counts are read as numbers, bytes as `Uint8Array`. `on conflict` and `returning` of Kysely work.
 */
export interface SqlStatements {
  readonly db: Kysely<Database>;
  /**
   * Rows of one table in bulk, `shard` first; `ignore` leaves a row that is there already as it is.
   */
  insertRows(
    table: TableName,
    columns: readonly string[],
    rows: Iterable<readonly Cell[]>,
    ignore?: boolean,
  ): Promise<void>;
  /** The ids of the rows whose `keyColumn` is one of the keys, by key. */
  findIds(
    table: TableName,
    keyColumn: string,
    shard: number,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  /** The rows of a fixed text, some at a time; `?` in the text is the shard. */
  queryRows(sql: string, shard: number): AsyncIterable<readonly Record<string, unknown>[]>;
}

/** What can be done by the caller whose turn it is; the two are not to be nested. */
export interface SqlTurn {
  /** All of `work` or none of it, with the right to write from the start. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Reads of one state of the database, however long they take. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
}

/** One connection to an open database. */
export interface SqlConnection extends SqlStatements {
  readonly schemaVersion: number;
  /** One piece of work after the other, in the order of the calls; not to be nested. */
  takeTurn<T>(work: (turn: SqlTurn) => Promise<T>): Promise<T>;
  /**
   * Whether a migration left the projection to be made again from the log; `markReplayed` says that
   * it was.
   */
  isStale(): Promise<boolean>;
  markReplayed(): Promise<void>;
  /** Closes when all turns that were asked for have ended. */
  close(): Promise<void>;
}

/**
 * Joins a table after those that are named before it: `innerJoin('advisory', inOrder)`. The `where`
 * says which rows belong together. A planner that would choose another order is kept to this one by
 * its dialect.
 */
export function inOrder<DB, TB extends keyof DB>(join: JoinBuilder<DB, TB>): JoinBuilder<DB, TB> {
  return join.onTrue();
}

/** Whether a join was made with `inOrder`. */
export function isInOrder({ joinType, on }: JoinNode): boolean {
  if (joinType !== 'InnerJoin' || on === undefined || !RawNode.is(on.on)) return false;
  return on.on.sqlFragments.join('?') === 'true';
}

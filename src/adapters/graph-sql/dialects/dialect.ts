import { type JoinBuilder, type JoinNode, type Kysely, RawNode } from 'kysely';
import type { Database, TableName } from '../schema/schema.ts';

/** A value of one column, as it is written and read. */
export type Cell = number | string | Uint8Array | null;

/**
 * One kind of database. `Place` says where a database is, in the dialect's own terms.
 *
 * The laws, which `dialect.contract.ts` proves:
 * - A writer opens the schema of this version; all missing migrations run in one transaction. A
 *   schema of a later version is `STORE_TOO_NEW`, for reading too.
 * - A reader creates and migrates nothing: an older schema is `STORE_LOCKED`.
 * - An error of the database or its disk is thrown as a `Failure` with a code of its own.
 * - The plans of the questions do not depend on the stored data
 *   (docs/adr/0028-declared-statistics.md).
 */
export interface SqlDialect<Place> {
  openForWriting(place: Place): Promise<SqlConnection>;
  openForReading(place: Place): Promise<SqlConnection>;
}

/**
 * A dialect that can make a database before others see it. With another, the first import goes the
 * way of the later ones.
 */
export interface DraftingDialect<Place> extends SqlDialect<Place> {
  /** A database of the same form. Null if the place has a database already. */
  draft(place: Place): Promise<SqlDraft<Place> | null>;
}

/**
 * A database that nobody sees before it is whole, so writing it needs no protection against a kill
 * (docs/adr/0030-drafted-log.md). After a transaction that failed, it can only be discarded.
 */
export interface SqlDraft<Place> {
  readonly connection: SqlConnection;
  /** Where the draft itself is. It can be read there when it was refused, until it is discarded. */
  readonly place: Place;
  /**
   * Closes the draft and gives it its place, at once and durably. False, and nothing changed, if
   * somebody else has made a database there meanwhile.
   */
  publish(): Promise<boolean>;
  /** Removes what was not published. Without effect after that. */
  discard(): Promise<void>;
}

/**
 * Statements of one connection. Each statement names its shard (GS4), or throws before it runs.
 * Integers and counts are read as numbers, bytes as `Uint8Array`. `on conflict` and `returning` of
 * Kysely work.
 */
export interface SqlStatements {
  readonly db: Kysely<Database>;
  /**
   * Inserts many rows into one table, `shard` first. `ignore` leaves an existing row as it is. A
   * text may be given as the bytes of its UTF-8, in all rows or in none.
   */
  insertRows(
    table: TableName,
    columns: readonly string[],
    rows: Iterable<readonly Cell[]>,
    ignore?: boolean,
  ): Promise<void>;
  /**
   * The ids of the rows whose `keyColumn` is one of the keys, by key. `shard` is null for a shared
   * table.
   */
  findIds(
    table: TableName,
    keyColumn: string,
    shard: number | null,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  /** The rows of a fixed text, in batches. `?` in the text is the shard. */
  queryRows(sql: string, shard: number): AsyncIterable<readonly Record<string, unknown>[]>;
}

/** What the caller whose turn it is can do. A transaction and a snapshot must not be nested. */
export interface SqlTurn {
  /**
   * Does all of `work` or none of it. A database with several writers does it again from its
   * beginning where it lost against others. `forget` is called before that, and before a failure:
   * what was remembered of the database since the beginning may not be so.
   */
  transaction<T>(work: () => Promise<T>, forget?: () => void): Promise<T>;
  /** Reads one state of the database, however long the reads take. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Within a transaction, before its first look at the shard: until its end, nobody else writes
   * there (GS11). A schema that became newer meanwhile is `STORE_TOO_NEW`.
   */
  claimShard(shard: number): Promise<void>;
}

/** One connection to an open database. */
export interface SqlConnection extends SqlStatements {
  readonly schemaVersion: number;
  /** Runs one piece of work after the other, in the order of the calls. Must not be nested. */
  takeTurn<T>(work: (turn: SqlTurn) => Promise<T>): Promise<T>;
  /**
   * Whether a migration requires that the projection is made again from the log. `markReplayed`
   * records that this was done.
   */
  isStale(): Promise<boolean>;
  markReplayed(): Promise<void>;
  /**
   * From now on, the database itself gives no row of another shard, where it can (row-level
   * security of PostgreSQL). Before, it gives no owned row at all.
   */
  confine(shard: number): Promise<void>;
  /** Why `confine` does not hold for this user of the database, or null. */
  findBypass(): Promise<string | null>;
  /** Closes when all requested turns have ended. */
  close(): Promise<void>;
}

/**
 * Joins a table after the tables that are named before it: `innerJoin('advisory', inOrder)`. The
 * `where` says which rows belong together. The dialect makes a planner keep this order even if it
 * would choose another one.
 */
export function inOrder<DB, TB extends keyof DB>(join: JoinBuilder<DB, TB>): JoinBuilder<DB, TB> {
  return join.onTrue();
}

/** Whether a join was made with `inOrder`. */
export function isInOrder({ joinType, on }: JoinNode): boolean {
  if (joinType !== 'InnerJoin' || on === undefined || !RawNode.is(on.on)) return false;
  return on.on.sqlFragments.join('?') === 'true';
}

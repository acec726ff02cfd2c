import { closeSync, existsSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely } from 'kysely';
import { Failure } from '../../../../core/failure.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { sqliteFailure } from '../../../../system/sqlite/sqlite-errors.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../schema/migrations.ts';
import { type Database, isOwned, LOG_TABLES, type TableName } from '../../schema/schema.ts';
import { ShardGuard } from '../../schema/shard-guard.ts';
import { declareStatistics } from './declared-statistics.ts';
import { createSqliteDialect, StatementCache } from './sqlite-dialect.ts';

export type Cell = number | string | Uint8Array | null;

/** An open database: Kysely for questions, and rows in bulk. */
export interface SqlConnection {
  readonly db: Kysely<Database>;
  /** Rows of one table, `shard` first; `ignore` leaves a row that is there already as it is. */
  insertRows(
    table: TableName,
    columns: readonly string[],
    rows: Iterable<readonly Cell[]>,
    ignore?: boolean,
  ): void;
  /** The ids of the rows whose `keyColumn` is one of the keys. */
  findIds(
    table: TableName,
    keyColumn: string,
    shard: number,
    keys: readonly string[],
  ): Iterable<readonly [string, number]>;
  /** The rows of a fixed text with the shard as its one parameter. */
  queryRows(sql: string, shard: number): Iterable<Record<string, unknown>>;
  readonly schemaVersion: number;
  /**
   * Whether a migration left the projection to be made again from the log; `markReplayed` says that
   * it was.
   */
  isStale(): boolean;
  markReplayed(): void;
  /** All of `work` or none of it, with the write lock from the start. Not to be nested. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Reads of one state of the database, however long they take. Not to be nested. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/**
 * File systems on which locks or write-ahead logs of SQLite are not safe (statfs(2),
 * sqlite.org/wal.html "network").
 */
const UNSAFE_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x47504653, 'GPFS'],
  [0x0bd00bd0, 'Lustre'],
]);

/** Why a file system of this statfs type is refused, or null. */
export function describeUnsafeFileSystem(type: number): string | null {
  return UNSAFE_FILE_SYSTEMS.get(type >>> 0) ?? null;
}

const VERSION_TABLE = `create table if not exists schema_version (
  version integer not null primary key, why text not null, stale integer not null) strict`;

export interface SqliteOptions {
  readonly path: string;
  readonly mode: 'write' | 'read';
  /** The statfs type of the folder; read from the disk unless given. */
  readonly fileSystemType?: number;
  readonly lockWaitMs?: number;
}

/**
 * Opens the file, made with mode 0600 where it is missing, and carries it to this version's schema.
 */
export function connectSqlite(options: SqliteOptions): SqlConnection {
  try {
    prepareFile(options);
    const database = new DatabaseSync(options.path, {
      readOnly: options.mode === 'read',
      timeout: options.lockWaitMs ?? LIMITS.lockWaitMs,
      enableForeignKeyConstraints: true,
    });
    try {
      return createConnection(database, options);
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  } catch (thrown) {
    throw sqliteFailure(thrown);
  }
}

function prepareFile({ path, mode, fileSystemType }: SqliteOptions): void {
  const folder = dirname(path);
  if (mode === 'read' && !existsSync(path)) {
    throw new Failure(
      'FILE_NOT_FOUND',
      `there is no database at ${path}`,
      'Import something first: waybill graph import.',
    );
  }
  if (mode === 'write') mkdirSync(folder, { recursive: true });
  requireSafe(folder, fileSystemType ?? Number(statfsSync(folder).type));
  if (mode === 'read' || existsSync(path)) return;
  closeSync(openSync(path, 'a', 0o600)); // SQLite gives its -wal and -shm files the same mode
}

function requireSafe(folder: string, fileSystemType: number): void {
  const unsafe = describeUnsafeFileSystem(fileSystemType);
  if (unsafe === null) return;
  const why = `${folder} lies on ${unsafe}, where SQLite may lose data`;
  throw new Failure('STORE_UNSAFE', why, 'Put the database on a local disk.');
}

/** The same of a folder that may not be there yet: of the nearest one above it that is. */
export function requireSafeFolder(folder: string): void {
  if (existsSync(folder)) requireSafe(folder, Number(statfsSync(folder).type));
  else if (dirname(folder) !== folder) requireSafeFolder(dirname(folder));
}

function createConnection(database: DatabaseSync, { mode }: SqliteOptions): SqlConnection {
  if (mode === 'write') {
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000',
    );
  }
  database.exec(
    'pragma cache_size = -65536; pragma temp_store = memory; pragma mmap_size = 268435456',
  );
  const version = mode === 'write' ? migrate(database) : readVersion(database);
  refuseNewer(version);
  if (version < SCHEMA_VERSION) {
    throw new Failure(
      'STORE_LOCKED',
      `the database has schema ${version}, not ${SCHEMA_VERSION}`,
      'Open it once for writing: waybill graph status does.',
    );
  }
  const statements = new StatementCache(database);
  const dialect = createSqliteDialect(statements);
  const db = new Kysely<Database>({ dialect, plugins: [new ShardGuard()] });
  return {
    db,
    schemaVersion: version,
    isStale: () =>
      database.prepare('select 1 from schema_version where stale = 1').get() !== undefined,
    markReplayed: () => database.exec('update schema_version set stale = 0 where stale = 1'),
    transaction: (work) => runTransaction(database, 'begin immediate', work),
    snapshot: (work) => runTransaction(database, 'begin', work),
    insertRows: (table, columns, rows, ignore) =>
      insertRows(statements, table, columns, rows, ignore === true),
    findIds: (table, keyColumn, shard, keys) => findIds(statements, table, keyColumn, shard, keys),
    queryRows: (sql, shard) => database.prepare(sql).iterate(shard),
    close: () => database.close(),
  };
}

function readVersion(database: DatabaseSync): number {
  const table = database.prepare("select 1 from sqlite_schema where name = 'schema_version'").get();
  if (table === undefined) return 0;
  return Number(
    database.prepare('select max(version) as version from schema_version').get()?.['version'] ?? 0,
  );
}

/**
 * All migrations that are missing, in one transaction: a kill leaves the old schema or the new one.
 */
function migrate(database: DatabaseSync): number {
  if (readVersion(database) >= SCHEMA_VERSION) return readVersion(database);
  // not to be changed within a transaction; tables are dropped in any order
  database.exec('pragma foreign_keys = off');
  database.exec('begin immediate');
  try {
    const from = readVersion(database);
    database.exec(VERSION_TABLE);
    const missing = MIGRATIONS.filter(({ version }) => version > from);
    for (const { version, why, statements, replay } of missing) {
      if (replay) dropGraph(database);
      for (const statement of statements) database.exec(statement);
      const stale = replay && from > 0 ? 1 : 0;
      database
        .prepare('insert into schema_version (version, why, stale) values (?, ?, ?)')
        .run(version, why, stale);
    }
    declareStatistics(database);
    database.exec('commit');
    return readVersion(database);
  } catch (thrown) {
    if (database.isTransaction) database.exec('rollback');
    throw thrown;
  } finally {
    database.exec('pragma foreign_keys = on');
  }
}

/** Whatever an earlier version projected: all but the log. */
function dropGraph(database: DatabaseSync): void {
  const kept = ['schema_version', ...Object.keys(LOG_TABLES)];
  const tables = database.prepare(
    "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
  );
  for (const row of tables.all()) {
    const name = String(row['name']);
    if (!kept.includes(name)) database.exec(`drop table "${name.replaceAll('"', '""')}"`);
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
    if (database.isTransaction) database.exec('rollback');
    throw sqliteFailure(thrown);
  }
}

function refuseNewer(version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new Failure(
    'STORE_TOO_NEW',
    `the database has schema ${version}; this Waybill knows ${SCHEMA_VERSION}`,
    'Use the newer Waybill that wrote it, or another database.',
  );
}

/** A statement costs as much as a few rows do. */
const ROWS_AT_ONCE = 16;

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
  try {
    const prepare = (count: number) =>
      statements.get(
        `insert into "${table}" (${names}) values ${Array(count).fill(`(${marks})`).join(', ')}${conflict}`,
      );
    let cells: SQLInputValue[] = [];
    for (const row of rows) {
      for (const cell of row) cells.push(cell as SQLInputValue);
      if (cells.length < ROWS_AT_ONCE * columns.length) continue;
      prepare(ROWS_AT_ONCE).run(...cells);
      cells = [];
    }
    if (cells.length === 0) return;
    const one = prepare(1);
    for (let at = 0; at < cells.length; at += columns.length)
      one.run(...cells.slice(at, at + columns.length));
  } catch (thrown) {
    throw sqliteFailure(thrown);
  }
}

function* findIds(
  statements: StatementCache,
  table: string,
  keyColumn: string,
  shard: number,
  keys: readonly string[],
): Iterable<readonly [string, number]> {
  if (keys.length === 0) return;
  const statement = statements.get(
    `select "id" from "${table}" where "shard" = ? and "${keyColumn}" = ?`,
  );
  for (const key of keys) {
    const row = statement.get(shard, key);
    if (row !== undefined) yield [key, Number(row['id'])];
  }
}

import { closeSync, existsSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../../../core/failure.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { sqliteFailure } from '../../../../system/sqlite/sqlite-errors.ts';
import type { SqlConnection, SqlDialect } from '../dialect.ts';
import { prepareSchema } from './migrate.ts';
import { createConnection } from './sqlite-connection.ts';

/**
 * File systems on which the locks or write-ahead logs of SQLite are not safe (statfs(2),
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

/** The reason why a file system of this statfs type is refused, or null. */
export function describeUnsafeFileSystem(type: number): string | null {
  return UNSAFE_FILE_SYSTEMS.get(type >>> 0) ?? null;
}

export interface SqlitePlace {
  readonly path: string;
  /** The statfs type of the folder; read from the disk unless given. */
  readonly fileSystemType?: number;
  readonly lockWaitMs?: number;
  /**
   * For work that is to stay small in memory: pages kept, in kB, and no part of the file mapped.
   */
  readonly cacheKb?: number;
}

type Mode = 'write' | 'read';

/** Databases in files. A missing file is created with mode 0600, on a disk that is safe for it. */
export const SQLITE: SqlDialect<SqlitePlace> = {
  openForWriting: async (place) => connectSqlite(place, 'write'),
  openForReading: async (place) => connectSqlite(place, 'read'),
};

function connectSqlite(place: SqlitePlace, mode: Mode): SqlConnection {
  try {
    prepareFile(place, mode);
    const database = new DatabaseSync(place.path, {
      readOnly: mode === 'read',
      timeout: place.lockWaitMs ?? LIMITS.lockWaitMs,
      enableForeignKeyConstraints: true,
    });
    try {
      setPragmas(database, mode, place);
      return createConnection(database, prepareSchema(database, mode));
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  } catch (thrown) {
    throw sqliteFailure(thrown);
  }
}

const CACHE_KB = 65_536;
const MAPPED_BYTES = 256 * 1024 * 1024;

function setPragmas(database: DatabaseSync, mode: Mode, place: SqlitePlace): void {
  if (mode === 'write') {
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000',
    );
  }
  // What is mapped counts as memory of the process too.
  const [cacheKb, mappedBytes] =
    place.cacheKb === undefined ? [CACHE_KB, MAPPED_BYTES] : [place.cacheKb, 0];
  database.exec(
    `pragma cache_size = -${cacheKb}; pragma temp_store = memory; ` +
      `pragma mmap_size = ${mappedBytes}`,
  );
}

function prepareFile({ path, fileSystemType }: SqlitePlace, mode: Mode): void {
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
  const why = `${folder} is on ${unsafe}, where SQLite may lose data`;
  throw new Failure('STORE_UNSAFE', why, 'Put the database on a local disk.');
}

/**
 * The statfs type of a folder. If the folder does not exist yet: of the nearest existing folder
 * above it.
 */
export function requireSafeFolder(folder: string): void {
  if (existsSync(folder)) requireSafe(folder, Number(statfsSync(folder).type));
  else if (dirname(folder) !== folder) requireSafeFolder(dirname(folder));
}

import { closeSync, existsSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../../../core/failure.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { makeFolders } from '../../../../system/files/make-folders.ts';
import { sqliteFailure } from '../../../../system/sqlite/sqlite-errors.ts';
import type { DraftingDialect, SqlConnection } from '../dialect.ts';
import { draftSqlite } from './draft-sqlite.ts';
import { prepareSchema } from './migrate.ts';
import { createConnection } from './sqlite-connection.ts';
import { requireSafe, type SqlitePlace } from './sqlite-place.ts';

type Mode = 'write' | 'read';

/** Databases in files. A missing file is created with mode 0600, on a disk that is safe for it. */
export const SQLITE: DraftingDialect<SqlitePlace> = {
  openForWriting: async (place) => connectSqlite(place, 'write'),
  openForReading: async (place) => connectSqlite(place, 'read'),
  draft: draftSqlite,
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
  if (mode === 'write') makeFolders(folder);
  requireSafe(folder, fileSystemType ?? Number(statfsSync(folder).type));
  if (mode === 'read' || existsSync(path)) return;
  closeSync(openSync(path, 'a', 0o600)); // SQLite gives its -wal and -shm files the same mode
}

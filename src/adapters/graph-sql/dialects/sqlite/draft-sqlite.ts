import { closeSync, existsSync, openSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolders } from '../../../../system/files/make-folders.ts';
import { namePartial, publishNew, removePartials } from '../../../../system/files/write-file.ts';
import { sqliteFailure } from '../../../../system/sqlite/sqlite-errors.ts';
import type { SqlDraft, SqlTurn } from '../dialect.ts';
import { declareStatistics } from './declared-statistics.ts';
import { prepareSchema } from './migrate.ts';
import { createConnection } from './sqlite-connection.ts';
import { requireSafe, type SqlitePlace } from './sqlite-place.ts';

const CACHE_KB = 8_192;

/**
 * A new file beside the place: no journal, no waiting for the disk, and no look for the parent of
 * each row. It is flushed once, when it is whole.
 */
export async function draftSqlite(place: SqlitePlace): Promise<SqlDraft<SqlitePlace> | null> {
  try {
    const folder = dirname(place.path);
    makeFolders(folder);
    // mutant killed-draft-leaves-nothing by sqlite: remove
    removePartials(place.path);
    if (existsSync(place.path)) return null;
    requireSafe(folder, place.fileSystemType ?? Number(statfsSync(folder).type));
    const own = { ...place, path: namePartial(place.path) };
    closeSync(openSync(own.path, 'wx', 0o600));
    return await openDraft(own, place.path);
  } catch (thrown) {
    throw sqliteFailure(thrown);
  }
}

/** A full disk may end it before it is a draft; then nothing is left of it. */
async function openDraft(own: SqlitePlace, target: string): Promise<SqlDraft<SqlitePlace>> {
  const database = new DatabaseSync(own.path, { enableForeignKeyConstraints: false });
  try {
    return buildDraft(database, own, target);
  } catch (thrown) {
    await discardFiles(database, own);
    throw thrown;
  }
}

async function discardFiles(database: DatabaseSync, { path }: SqlitePlace): Promise<void> {
  if (database.isOpen) database.close();
  for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
}

function buildDraft(
  database: DatabaseSync,
  own: SqlitePlace,
  target: string,
): SqlDraft<SqlitePlace> {
  database.exec(
    'pragma journal_mode = off; pragma synchronous = off; ' +
      `pragma cache_size = -${own.cacheKb ?? CACHE_KB}; pragma temp_store = memory`,
  );
  const version = prepareSchema(database, 'write');
  // prepareSchema turns them on for a database that others use.
  database.exec('pragma foreign_keys = off');
  const addLateIndexes = dropLateIndexes(database);
  database.exec('begin');
  const connection = createConnection(database, version, IN_ONE_TRANSACTION);
  return {
    connection,
    place: own,
    publish: async () => {
      addLateIndexes();
      database.exec('commit');
      // What others open is in this form from the start.
      database.exec('pragma journal_mode = wal');
      await connection.close();
      return publishNew(own.path, target);
    },
    discard: () => discardFiles(database, own),
  };
}

/**
 * All of a draft is one transaction, so that a page that many documents change is written once, not
 * once for each of them. A failure ends the draft, so nothing is undone alone.
 */
const IN_ONE_TRANSACTION: SqlTurn = {
  transaction: (work) => work(),
  snapshot: (work) => work(),
  claimShard: async () => undefined,
};

/**
 * Tables in which the projection looks up nothing while there is no inventory. An index over keys
 * in no order costs several times as much row by row as at once.
 */
const LATE_TABLES = ['advisory_package', 'advisory_upstream'];

/** Drops indexes of the empty tables. What is returned makes them again. */
function dropLateIndexes(database: DatabaseSync): () => void {
  const marks = LATE_TABLES.map(() => '?').join(', ');
  const indexes = database
    .prepare(
      "select name, sql from sqlite_schema where type = 'index' and sql is not null and " +
        `tbl_name in (${marks})`,
    )
    .all(...LATE_TABLES);
  for (const { name } of indexes) database.exec(`drop index "${String(name)}"`);
  return () => {
    for (const { sql } of indexes) database.exec(String(sql));
    declareStatistics(database);
  };
}

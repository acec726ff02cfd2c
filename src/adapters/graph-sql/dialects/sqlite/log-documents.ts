import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type {
  AdvisoryDocument,
  AdvisoryDocuments,
  FeedImport,
} from '../../../../capabilities/advisories/index.ts';
import type { Digest } from '../../../../core/digest.ts';
import { Failure } from '../../../../core/failure.ts';
import { toInstant } from '../../../../core/instant.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import { openSqliteFile } from '../../../../system/sqlite/open-sqlite.ts';
import { readResultCode, sqliteFailure } from '../../../../system/sqlite/sqlite-errors.ts';
import { refuseTenant } from '../../write/tenants.ts';
import { toFeedImport } from '../feed-import.ts';

const FOUND = 'SELECT position, digest, recorded_at FROM log_entry WHERE shard = ? AND kind = ?';

/**
 * The advisories of the evidence log, read where they lie: a command that has nothing to do loads
 * neither the graph nor its libraries. Null if there is no log yet.
 */
export function openFileDocuments(
  path: string,
  tenant: string | undefined,
): Result<AdvisoryDocuments | null> {
  if (!existsSync(path)) return ok(null);
  try {
    const database = openReadable(path);
    if (hasTable(database, 'log_entry'))
      return ok(createDocuments(database, findShard(database, tenant)));
    database.close();
    return ok(null);
  } catch (thrown) {
    return failed(sqliteFailure(thrown));
  }
}

/**
 * The ecosystems of advisories in which components of the graph are looked up; none where there is
 * no graph yet.
 */
export function listFileEcosystems(
  path: string,
  tenant: string | undefined,
): Result<readonly string[]> {
  if (!existsSync(path)) return ok([]);
  try {
    const database = openReadable(path);
    try {
      if (!hasTable(database, 'lookup')) return ok([]);
      const rows = database.prepare(LOOKED_UP).all(findShard(database, tenant));
      return ok(rows.map((row) => String(row['ecosystem'])));
    } finally {
      database.close();
    }
  } catch (thrown) {
    return failed(sqliteFailure(thrown));
  }
}

const LOOKED_UP = `SELECT DISTINCT place.ecosystem FROM lookup_ecosystem AS place
  JOIN lookup ON lookup.shard = place.shard AND lookup.id = place.lookup
  WHERE place.shard = ? AND lookup.matched = 1 ORDER BY place.ecosystem`;

const SQLITE_CANTOPEN = 14;

/** Also in a folder that cannot be written: nobody has the database open for writing there. */
function openReadable(path: string): DatabaseSync {
  try {
    return openSqliteFile(path, { readOnly: true }, (database) => {
      database.prepare('PRAGMA schema_version').get();
      return database;
    });
  } catch (thrown) {
    if (readResultCode(thrown) !== SQLITE_CANTOPEN || existsSync(`${path}-wal`)) throw thrown;
    const url = pathToFileURL(path);
    url.search = '?immutable=1';
    return new DatabaseSync(url, { readOnly: true });
  }
}

/** A database that is being made has no tables yet. */
function hasTable(database: DatabaseSync, name: 'log_entry' | 'lookup'): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined;
}

function findShard(database: DatabaseSync, tenant: string | undefined): number {
  if (tenant === undefined) return 1;
  const row = database.prepare('SELECT shard FROM shard WHERE name = ?').get(tenant);
  if (row !== undefined) return Number(row['shard']);
  throw refuseTenant(tenant);
}

function createDocuments(database: DatabaseSync, shard: number): AdvisoryDocuments {
  const newest = database.prepare(`${FOUND} ORDER BY position DESC LIMIT 1`);
  const since = database.prepare(`${FOUND} AND position >= ? ORDER BY position`);
  const body = database.prepare('SELECT body FROM document WHERE shard = ? AND digest = ?');
  const read = (digest: Digest): Uint8Array => {
    const bytes = body.get(shard, digest)?.['body'];
    if (bytes instanceof Uint8Array) return bytes;
    const remedy = 'Restore it from a backup.';
    throw new Failure('STORE_CORRUPT', `the log has no document ${digest}`, remedy);
  };
  return {
    findNewest: () =>
      tryRead(() => {
        const row = newest.get(shard, 'advisories');
        return row === undefined ? null : toDocument(row);
      }),
    listSince: (position) =>
      tryRead(() => since.all(shard, 'advisories', position).map(toDocument)),
    listFeedsSince: (position) =>
      tryRead(async () => {
        const found = since.all(shard, 'feeds', position).map(toDocument);
        const imports: FeedImport[] = [];
        for (const { digest } of found) imports.push(await toFeedImport(read(digest)));
        return imports;
      }),
    read: (digest) => tryRead(() => read(digest)),
    close: async () => database.close(),
  };
}

async function tryRead<T>(read: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return ok(await read());
  } catch (thrown) {
    return failed(sqliteFailure(thrown));
  }
}

function toDocument(row: Readonly<Record<string, SQLOutputValue>>): AdvisoryDocument {
  return {
    position: Number(row['position']),
    digest: String(row['digest']) as Digest,
    recordedAt: toInstant(Number(row['recorded_at'])),
  };
}

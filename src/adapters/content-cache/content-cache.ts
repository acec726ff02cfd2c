import { existsSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Digest } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { openSqliteFile } from '../../system/sqlite/open-sqlite.ts';

/**
 * A cache of content by digest, kept from one audit to the next. It is not evidence and may be
 * deleted at any time. Every reader checks the digest. A fault in the cache makes an audit slower
 * and has no other effect.
 */
export interface ContentCache {
  find(digest: Digest, mediaType: string | null): Uint8Array | null;
  keep(digest: Digest, mediaType: string | null, bytes: Uint8Array): void;
  close(): void;
}

export interface ContentCacheOptions {
  /** Created if it is missing. Null: nothing is kept. */
  readonly path: string | null;
  /**
   * The database of the evidence log, whose documents are also content. Null if there is no log.
   */
  readonly log: string | null;
  readonly bytesMax?: number;
}

const SCHEMA =
  'create table if not exists content (digest text, type text, bytes blob, primary key ' +
  '(digest, type)) strict';
const SHARD = 1;
const WRITTEN_AT_ONCE_BYTES = 8 * 1024 * 1024;
/** A document is read once, so it is not copied into the pages that SQLite keeps. */
const MAPPED = 'pragma mmap_size = 268435456';

export function openContentCache({ path, log, bytesMax }: ContentCacheOptions): ContentCache {
  const kept = path === null ? null : openCache(path, bytesMax ?? LIMITS.auditCacheBytesMax);
  const recorded = log === null ? null : openLog(log);
  return {
    // Blobs are documents as a rule, and manifests never are.
    find: (digest, mediaType) =>
      (mediaType === null ? readBytes(() => recorded?.statement.get(SHARD, digest)) : null) ??
      kept?.find(digest, mediaType) ??
      null,
    keep: (digest, mediaType, bytes) => kept?.keep(digest, mediaType, bytes),
    close: () => {
      kept?.close();
      recorded?.database.close();
    },
  };
}

interface Row {
  readonly bytes?: unknown;
}

function readBytes(get: () => Row | undefined): Uint8Array | null {
  try {
    const bytes = get()?.bytes;
    return bytes instanceof Uint8Array ? bytes : null;
  } catch {
    return null;
  }
}

function openLog(
  path: string,
): { readonly database: DatabaseSync; readonly statement: StatementSync } | null {
  if (!existsSync(path)) return null;
  try {
    return openSqliteFile(path, { readOnly: true }, (database) => {
      database.exec(MAPPED);
      const sql = 'select body as bytes from document where shard = ? and digest = ?';
      return { database, statement: database.prepare(sql) };
    });
  } catch {
    return null;
  }
}

interface CacheEntry {
  readonly digest: Digest;
  readonly type: string;
  readonly bytes: Uint8Array;
}

function openCache(path: string, bytesMax: number): ContentCache | null {
  const database = openFile(path, bytesMax);
  if (database === null) return null;
  const statement = database.prepare('select bytes from content where digest = ? and type = ?');
  let [waiting, waitingBytes]: [CacheEntry[], number] = [[], 0];
  let room = bytesMax - readSize(path);
  const write = (): void => {
    if (waiting.length > 0) storeEntries(database, waiting);
    [waiting, waitingBytes] = [[], 0];
  };
  return {
    find: (digest, mediaType) => readBytes(() => statement.get(digest, mediaType ?? '')),
    keep: (digest, mediaType, bytes) => {
      room -= bytes.length;
      if (room < 0) return;
      waiting.push({ digest, type: mediaType ?? '', bytes });
      waitingBytes += bytes.length;
      if (waitingBytes >= WRITTEN_AT_ONCE_BYTES) write();
    },
    close: () => {
      write();
      database.close();
    },
  };
}

/**
 * A cache that is full or damaged is started anew. One audit puts the content in use back into it.
 */
function openFile(path: string, bytesMax: number): DatabaseSync | null {
  if (readSize(path) >= bytesMax) removeFiles(path);
  try {
    return openDatabase(path);
  } catch {
    removeFiles(path);
  }
  try {
    return openDatabase(path);
  } catch {
    return null;
  }
}

function openDatabase(path: string): DatabaseSync {
  return openSqliteFile(path, {}, (database) => {
    database.exec(`pragma journal_mode = wal; pragma synchronous = off; ${MAPPED}; ${SCHEMA}`);
    return database;
  });
}

function storeEntries(database: DatabaseSync, waiting: readonly CacheEntry[]): void {
  try {
    database.exec('begin immediate');
    const insert = database.prepare(
      'insert into content (digest, type, bytes) values (?, ?, ?) on conflict do nothing',
    );
    for (const { digest, type, bytes } of waiting) insert.run(digest, type, bytes);
    database.exec('commit');
  } catch {
    // Another audit is writing, or the disk is full. The next audit asks the registry again.
    if (database.isTransaction) database.exec('rollback');
  }
}

function readSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function removeFiles(path: string): void {
  try {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  } catch {
    // The file stays, but is not used.
  }
}

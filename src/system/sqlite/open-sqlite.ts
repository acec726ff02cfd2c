import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { LIMITS } from '../../core/limits.ts';

export interface SqliteFileOptions {
  readonly readOnly?: boolean;
  /** No wait for a lock is without an end. */
  readonly lockWaitMs?: number;
}

/**
 * Opens a database file and builds what works on it; it is closed again where that throws. A file
 * that is written to is made for this user alone where it is missing: SQLite gives its -wal and
 * -shm files the same mode. Throws what SQLite or the operating system says; `sqliteFailure` and
 * the like know what it means.
 */
export function openSqliteFile<T>(
  path: string,
  { readOnly = false, lockWaitMs = LIMITS.lockWaitMs }: SqliteFileOptions,
  build: (database: DatabaseSync) => T,
): T {
  if (!readOnly && !existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, {
    readOnly,
    timeout: lockWaitMs,
    enableForeignKeyConstraints: true,
  });
  try {
    return build(database);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

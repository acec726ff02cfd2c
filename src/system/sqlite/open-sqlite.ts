import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { LIMITS } from '../../core/limits.ts';

export interface SqliteFileOptions {
  readonly readOnly?: boolean;
  /** Every wait for a lock has an end. */
  readonly lockWaitMs?: number;
}

/**
 * Opens a database file and builds the object that works on it; the file is closed again when that
 * throws. A missing file that will be written is made readable for this user alone: SQLite gives
 * its -wal and -shm files the same mode. Throws the error of SQLite or of the operating system;
 * `sqliteFailure` and similar functions translate it.
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

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The file of an SQLite database, as SQLite itself writes it. */
export function packDatabase(fill: (database: DatabaseSync) => void): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sqlite-'));
  try {
    const path = join(folder, 'x.sqlite');
    const database = new DatabaseSync(path);
    database.exec('BEGIN');
    fill(database);
    database.exec('COMMIT');
    database.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

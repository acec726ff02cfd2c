import type { DatabaseSync } from 'node:sqlite';
import { formatEntry, parseEntries } from './entry-form.ts';
import { ENTRIES_MAX, PACKAGE_INDEX, SCHEMA_VERSION } from './schema.ts';

/**
 * Makes an index of schema 2 one of this schema, in the transaction that is open: an import goes on
 * from what an earlier Waybill imported. Does nothing to an index of this schema.
 */
export function renewSchema(database: DatabaseSync): void {
  const [version] = Object.values(database.prepare('PRAGMA user_version').get() ?? {});
  if (Number(version) >= SCHEMA_VERSION) return;
  database.exec(`
    CREATE TABLE renewed (
      number INTEGER PRIMARY KEY, ecosystem TEXT NOT NULL, name TEXT NOT NULL,
      advisory INTEGER NOT NULL, body TEXT NOT NULL
    ) STRICT`);
  copyEntries(database);
  database.exec(`
    DROP TABLE affected;
    ALTER TABLE renewed RENAME TO affected;
    ${PACKAGE_INDEX};
    DROP INDEX alias_by_advisory;
    DELETE FROM alias WHERE id = (SELECT a.id FROM advisory a WHERE a.number = alias.advisory);
    PRAGMA user_version = ${SCHEMA_VERSION};`);
}

function copyEntries(database: DatabaseSync): void {
  const add = database.prepare(
    'INSERT INTO renewed (number, ecosystem, name, advisory, body) VALUES (?, ?, ?, ?, ?)',
  );
  const rows = database
    .prepare('SELECT ecosystem, name, advisory, body FROM affected ORDER BY advisory, number')
    .iterate();
  let [of, count] = [-1, 0];
  for (const row of rows) {
    const [ecosystem, name] = [String(row['ecosystem']), String(row['name'])];
    const advisory = Number(row['advisory']);
    count = advisory === of ? count + 1 : 0;
    of = advisory;
    const texts = parseEntries(String(row['body']), ecosystem, name).map(formatEntry);
    const body = `[${texts.join(',')}]`;
    add.run(advisory * ENTRIES_MAX + count, ecosystem, name, advisory, body);
  }
}

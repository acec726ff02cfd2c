import type { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS, SCHEMA_VERSION } from '../../schema/migrations.ts';
import { KEPT_TABLES } from '../../schema/schema.ts';
import { buildSchemaStatements, type TableForm } from '../table-statements.ts';
import { refuseNewer, refuseOlder } from '../versions.ts';
import { declareStatistics } from './declared-statistics.ts';

export const SQLITE_FORM: TableForm = {
  types: { int: 'integer', identity: 'integer', text: 'text', bytes: 'blob', real: 'real' },
  formatOptions: ({ clustered }) => (clustered === true ? ' strict, without rowid' : ' strict'),
};

const VERSION_TABLE = `create table if not exists schema_version (
  version integer not null primary key, why text not null, stale integer not null) strict`;

/**
 * Migrates an open database to this version's schema if it is writable. Otherwise requires that
 * schema.
 */
export function prepareSchema(database: DatabaseSync, mode: 'write' | 'read'): number {
  const version = mode === 'write' ? migrate(database) : readVersion(database);
  refuseNewer(version);
  refuseOlder(version);
  return version;
}

function readVersion(database: DatabaseSync): number {
  const table = database.prepare("select 1 from sqlite_schema where name = 'schema_version'").get();
  if (table === undefined) return 0;
  return Number(
    database.prepare('select max(version) as version from schema_version').get()?.['version'] ?? 0,
  );
}

/** Runs all missing migrations in one transaction: a kill leaves the old schema or the new one. */
function migrate(database: DatabaseSync): number {
  if (readVersion(database) >= SCHEMA_VERSION) return readVersion(database);
  // This setting cannot change within a transaction. Tables are dropped in any order.
  database.exec('pragma foreign_keys = off');
  database.exec('begin immediate');
  try {
    const from = readVersion(database);
    database.exec(VERSION_TABLE);
    const missing = MIGRATIONS.filter(({ version }) => version > from);
    for (const { version, why, tables, replay } of missing) {
      if (replay) dropGraph(database);
      for (const statement of buildSchemaStatements(tables, SQLITE_FORM)) database.exec(statement);
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

/** Drops all tables that an earlier version projected: every table except the log. */
function dropGraph(database: DatabaseSync): void {
  const kept = ['schema_version', ...Object.keys(KEPT_TABLES)];
  const tables = database.prepare(
    "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
  );
  for (const row of tables.all()) {
    const name = String(row['name']);
    if (!kept.includes(name)) database.exec(`drop table "${name.replaceAll('"', '""')}"`);
  }
}

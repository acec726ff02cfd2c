import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { SQLITE_FORM } from './dialects/sqlite/migrate.ts';
import { buildSchemaStatements } from './dialects/table-statements.ts';
import { EXPORT_QUERIES } from './schema/export-queries.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './schema/migrations.ts';
import { findDeclaration, GRAPH_TABLES, isOwned, TABLES } from './schema/schema.ts';

/** The rules of one schema for SQLite, PostgreSQL and Citus, checked in SQLite's own catalogue. */
function migrated(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  for (const { tables } of MIGRATIONS)
    for (const statement of buildSchemaStatements(tables, SQLITE_FORM)) database.exec(statement);
  return database;
}

type Row = Readonly<Record<string, unknown>>;
const database = migrated();
const rows = (sql: string, ...values: string[]): readonly Row[] =>
  database.prepare(sql).all(...values);
const tables = rows(
  "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
).map((row) => String(row['name']));
const owned = tables.filter(isOwned);

/**
 * What breaks GS1 in a table: a missing or nullable shard, or a key or an index that does not start
 * with the shard.
 */
function breaches(db: DatabaseSync, table: string): readonly string[] {
  const columns = db.prepare('select * from pragma_table_info(?)').all(table);
  const shard = columns.find((column) => column['name'] === 'shard');
  const found: string[] = [];
  if (shard?.['type'] !== 'INTEGER' || shard['notnull'] !== 1) found.push('the shard column');
  if (shard?.['pk'] !== 1) found.push('the primary key');
  for (const index of db.prepare('select * from pragma_index_list(?)').all(table)) {
    const first = db
      .prepare('select name from pragma_index_info(?) where seqno = 0')
      .get(String(index['name']));
    if (first?.['name'] !== 'shard') found.push(`the index ${index['name']}`);
  }
  return found;
}

describe('the schema', () => {
  it('has every declared table, and each is owned or one of the few shared (GS7)', () => {
    expect([...tables].sort()).toEqual(Object.keys(TABLES).sort());
    const shared = tables.filter((table) => !isOwned(table));
    expect(shared.sort()).toEqual([
      'advisory',
      'advisory_alias',
      'advisory_package',
      'advisory_upstream',
      'shard',
    ]);
  });

  it.each(owned)('GS1: the shard leads every key and every index of %s', (table) => {
    expect(breaches(database, table)).toEqual([]);
  });

  it('GS1: a table that breaks the rule is detected', () => {
    const planted = new DatabaseSync(':memory:');
    planted.exec(
      'create table t (shard integer, id integer, primary key (id, shard)) strict; create ' +
        'index by_id on t (id)',
    );
    expect(breaches(planted, 't')).toHaveLength(3);
  });

  it('GS2: a foreign key between owned tables has the shard, and none cascades', () => {
    for (const table of tables) {
      const keys = rows('select * from pragma_foreign_key_list(?)', table);
      for (const id of new Set(keys.map((key) => key['id']))) {
        const parts = keys.filter((key) => key['id'] === id);
        const parent = String(parts[0]?.['table']);
        const pairs = parts.map((part) => `${part['from']}>${part['to']}`);
        expect(pairs.includes('shard>shard'), `${table} -> ${parent}`).toBe(
          isOwned(table) && isOwned(parent),
        );
        expect(isOwned(table) || !isOwned(parent), `${table} -> ${parent}`).toBe(true);
        expect(
          parts.every(
            (part) => part['on_update'] === 'NO ACTION' && part['on_delete'] === 'NO ACTION',
          ),
        ).toBe(true);
      }
    }
  });

  it('GS2: every foreign key has an index that starts with its columns', () => {
    for (const table of tables) {
      const { foreign, indexes, primaryKey, unique } = findDeclaration(table) ?? {
        foreign: {},
        primaryKey: [],
      };
      const leading = [primaryKey, ...(unique ?? []), ...(indexes ?? [])].map(
        (columns) => columns[0],
      );
      for (const column of Object.keys(foreign ?? {}))
        expect(leading, `${table}.${column}`).toContain(column);
    }
  });

  it('GS3: numbers have 64 bits, and ids come in blocks or from an identity', () => {
    const identities = Object.entries(TABLES).filter(([, { columns }]) =>
      Object.values(columns).includes('identity' as never),
    );
    expect(identities.map(([name]) => name)).toEqual(['advisory']);
  });

  it('GS8: there is no trigger and no view', () => {
    expect(rows("select name from sqlite_schema where type in ('trigger', 'view')")).toEqual([]);
  });

  it('a change of the tables requires the next version', () => {
    const texts = MIGRATIONS.map(({ version, tables }) => {
      const text = buildSchemaStatements(tables, SQLITE_FORM).join(';');
      return `${version} ${sha256(text).slice(7, 19)}`;
    });
    expect({ version: SCHEMA_VERSION, texts }).toEqual({
      version: 17,
      texts: ['1 a2479e9883ca', '16 2c7e4efa256d', '17 ecaba4bc0399'],
    });
  });

  it('GS15: each step of a migration is one statement, and every index has a name', () => {
    for (const { tables } of MIGRATIONS) {
      for (const statement of buildSchemaStatements(tables, SQLITE_FORM))
        expect(statement).toMatch(/^create (table|(unique )?index) "\w+"[^;]*$/);
    }
  });
});

describe('the SQL', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true }).map(String);
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

  it.each(sources)(
    'GS5, GS6, GS8, GS9, GS10, GS11, GS13, GS14: %s has no clock, and can be distributed',
    (file) => {
      const text = readFileSync(join(import.meta.dirname, file), 'utf8');
      // The guard names the constructs that it refuses; policies are no statements (GS13).
      const isGuard = [
        join('schema', 'shard-guard.ts'),
        join('dialects', 'postgres', 'row-security.ts'),
      ].includes(file);
      const forbidden =
        /values\s*\(\s*select|grouping sets|groupingSets|\brollup\s*\(|\bcube\s*\(|current_timestamp|clock_timestamp|\bcreate trigger|\bmerge into|prepare transaction|with recursive|withRecursive|pg_advisory|listen\b.*notify|current_setting|set_config|skip locked|skipLocked/i;
      expect(isGuard ? null : (forbidden.exec(text)?.[0] ?? null)).toBeNull();
    },
  );

  it('GS4: every text of the export names its shard, also in every join', () => {
    for (const { fact, sql } of EXPORT_QUERIES) {
      expect(sql, fact).toMatch(/where t\.shard = \?$/);
      const joins = [...sql.matchAll(/join "?(\w+)"? (\w+) on (\w+\.shard = t\.shard)?/g)];
      for (const [, table = '', , confined] of joins)
        expect(confined !== undefined || !isOwned(table), `${fact}: ${table}`).toBe(true);
    }
  });

  it('the export covers every table of the graph except the id counter', () => {
    const named = new Set(
      EXPORT_QUERIES.flatMap(({ sql }) =>
        [...sql.matchAll(/\b(?:from|join) "?(\w+)"?/g)].map(([, table]) => table),
      ),
    );
    expect(Object.keys(GRAPH_TABLES).filter((table) => !named.has(table))).toEqual(['id_block']);
  });
});

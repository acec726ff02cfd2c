import { Failure } from '../../../../core/failure.ts';
import { getOwn } from '../../../../core/own.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../schema/migrations.ts';
import { KEPT_TABLES, type TableDeclaration } from '../../schema/schema.ts';
import { buildSchemaStatements, type TableForm } from '../table-statements.ts';
import { refuseNewer, refuseOlder } from '../versions.ts';
import { secureTables } from './row-security.ts';
import type { Session } from './session.ts';

/** Text is compared by its bytes, as in SQLite, whatever the language of the server. */
const FORM: TableForm = {
  types: {
    int: 'bigint',
    identity: 'bigint generated always as identity',
    text: 'text collate "C"',
    bytes: 'bytea',
    real: 'double precision',
  },
  formatOptions: () => '',
};

/** `tables`: the names that this version made, as a list in JSON. Only those are ever dropped. */
const VERSION_TABLE = `create table if not exists schema_version (version bigint not null
  primary key, why text not null, stale bigint not null, tables text not null)`;

/**
 * Migrates to this version's schema, in one transaction: a kill leaves the old schema or the new
 * one. Of several that migrate at once, one does, and the others wait for it.
 */
export async function migrate(session: Session): Promise<number> {
  const version = await readVersion(session);
  if (version >= SCHEMA_VERSION) {
    refuseNewer(version);
    return version;
  }
  await makeVersionTable(session);
  await session.begin('begin');
  try {
    await session.run('lock table schema_version in access exclusive mode');
    const from = await readVersion(session);
    for (const { version: to, why, tables, replay } of MIGRATIONS) {
      if (to <= from) continue;
      if (replay) await dropGraph(session);
      for (const statement of buildSchemaStatements(putParentsFirst(tables), FORM))
        await session.run(statement);
      await session.execute(
        'insert into schema_version (version, why, stale, tables) values ($1, $2, $3, $4)',
        [to, why, replay && from > 0 ? 1 : 0, JSON.stringify(Object.keys(tables))],
      );
    }
    await secureTables(session);
    await session.end('commit');
  } catch (thrown) {
    await session.abandon();
    throw thrown;
  }
  return SCHEMA_VERSION;
}

/** A reader needs the schema of this version, and a graph that is not being made again. */
export async function requireSchema(session: Session): Promise<number> {
  const version = await readVersion(session);
  if (version === 0)
    throw new Failure(
      'NOT_FOUND',
      'the database on the server contains no knowledge graph yet',
      'Record something first: waybill release, or waybill graph import.',
    );
  refuseNewer(version);
  refuseOlder(version);
  const { rows } = await session.run('select 1 from schema_version where stale = 1');
  if (rows.length > 0)
    throw new Failure(
      'STORE_LOCKED',
      'the graph is being made again from the log',
      'Try again when that has ended.',
    );
  return version;
}

/** `if not exists` fails where another makes the table at that moment; then it is there. */
async function makeVersionTable(session: Session): Promise<void> {
  try {
    await session.run(VERSION_TABLE);
  } catch (thrown) {
    if (!(await hasVersionTable(session))) throw thrown;
  }
}

async function hasVersionTable(session: Session): Promise<boolean> {
  const { rows } = await session.run("select to_regclass('schema_version')::text as name");
  return rows[0]?.['name'] !== null;
}

async function readVersion(session: Session): Promise<number> {
  if (!(await hasVersionTable(session))) return 0;
  const found = await session.run('select max(version) as version from schema_version');
  return Number(found.rows[0]?.['version'] ?? 0);
}

/** The tables that earlier versions projected. Others may have tables in this database too. */
async function dropGraph(session: Session): Promise<void> {
  const { rows } = await session.run('select tables from schema_version');
  const named = rows.flatMap(({ tables }) => JSON.parse(String(tables)) as readonly string[]);
  const dropped = new Set(named.filter((name) => !Object.hasOwn(KEPT_TABLES, name)));
  if (dropped.size === 0) return;
  const names = [...dropped].map((name) => `"${name.replaceAll('"', '""')}"`);
  await session.run(`drop table if exists ${names.join(', ')}`);
}

type Declarations = Readonly<Record<string, TableDeclaration>>;

/** A key can only refer to a table that is there. */
function putParentsFirst(tables: Declarations): Declarations {
  const ordered = new Map<string, TableDeclaration>();
  const put = (name: string): void => {
    const table = getOwn(tables, name);
    if (table === undefined || ordered.has(name)) return;
    for (const parent of Object.values(table.foreign ?? {})) if (parent !== name) put(parent);
    ordered.set(name, table);
  };
  for (const name of Object.keys(tables)) put(name);
  return Object.fromEntries(ordered);
}

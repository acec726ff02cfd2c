import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAdvisoryIndex } from '../../src/adapters/advisories/index.ts';
import { SQLITE_FORM } from '../../src/adapters/graph-sql/dialects/sqlite/migrate.ts';
import { buildSchemaStatements } from '../../src/adapters/graph-sql/dialects/table-statements.ts';
import { openReader, openWriter } from '../../src/adapters/graph-sql/index.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../src/adapters/graph-sql/schema/migrations.ts';
import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { CommandHere } from '../support/command-line.ts';
import { goldenFiles, goldenText, lost, RULE } from './golden.ts';

/** Databases of every released schema. The name ends with the version. */
const DUMPS = goldenFiles().filter((path) => /^database-\d+\.sql$/.test(path));
const LOG = ['shard', 'log_head', 'log_entry', 'document'];

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-golden-'));
  path = join(folder, 'waybill.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function withDatabase<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function restore(dump: string): void {
  withDatabase((database) => database.exec(goldenText(dump)));
}

/** The log as it is on the disk, which no version may ever change. */
function logRows(): readonly (readonly unknown[])[] {
  return withDatabase((database) =>
    ['log_entry', 'document'].map((table) =>
      database.prepare(`select * from ${table} order by 1, 2`).all(),
    ),
  );
}

async function exported(): Promise<readonly string[]> {
  const reader = orThrow(await openReader({ path, ports: graphPorts }));
  try {
    const lines: string[] = [];
    for await (const line of reader.export()) lines.push(line);
    return lines;
  } finally {
    await reader.close();
  }
}

/**
 * Opens for writing, which migrates and makes the graph again. Returns the root of the verified
 * log.
 */
async function migrated(): Promise<string> {
  const writer = orThrow(await openWriter({ path, ports: graphPorts }));
  const { root } = orThrow(await writer.verify());
  await writer.close();
  return Buffer.from(root).toString('hex');
}

function documents(): readonly { readonly input: EvidenceInput; readonly at: Instant }[] {
  const sql =
    'select kind, media_type, subject, recorded_at, body from log_entry natural join ' +
    'document order by position';
  return withDatabase((database) => database.prepare(sql).all()).map((row) => ({
    input: {
      kind: row['kind'],
      mediaType: row['media_type'],
      subject: row['subject'],
      body: row['body'],
    } as unknown as EvidenceInput,
    at: toInstant(Number(row['recorded_at'])),
  }));
}

/**
 * What no document stated: the SBOM of these databases does not say whether it lists everything,
 * so its image is no longer said to be known completely.
 */
function isTakenBack({ fact, outcome }: JsonObject): boolean {
  return String(fact).endsWith('image_set') && outcome === 'complete';
}

describe.each(DUMPS)('the database of %s', (dump) => {
  const rootThen = '4baaa4ee44aa59f720f2c030818784e54880fa66f729a9cb8d33b87ce5dab944';

  it('X14: opens after migration with the same documents and the same log root', async () => {
    restore(dump);
    const before = logRows();
    expect(await migrated(), RULE).toBe(rootThen);
    expect(logRows(), RULE).toEqual(before);
  });

  it('X14: keeps every fact of its graph, which equals the graph of a new database', async () => {
    restore(dump);
    await migrated();
    const now = await exported();
    const then = goldenText(dump.replace('.sql', '.export.ndjson')).trim().split('\n');
    const byFact = Map.groupBy(
      now.map((line) => JSON.parse(line) as JsonObject),
      ({ fact }) => String(fact),
    );
    const gone = then.filter((line) => {
      const said = JSON.parse(line) as JsonObject;
      if (isTakenBack(said)) return false;
      return !(byFact.get(String(said['fact'])) ?? []).some(
        (fact) => lost(said, fact).length === 0,
      );
    });
    expect(gone, RULE).toEqual([]);

    const told = documents();
    path = join(folder, 'new.db');
    const writer = orThrow(await openWriter({ path, ports: graphPorts }));
    for (const { input, at } of told) orThrow(await writer.append([input], at));
    await writer.close();
    expect(await exported()).toEqual(now);
  });

  it.each(MIGRATIONS.map(({ version }) => version))(
    'X14: opens where its schema stopped at version %i',
    async (version) => {
      restore(dump);
      withDatabase((database) => {
        const tables = database.prepare(
          "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
        );
        for (const { name } of tables.all())
          if (!LOG.includes(String(name))) database.exec(`drop table "${name}"`);
        database.exec(
          'create table schema_version (version integer not null primary key, why text not ' +
            'null, stale integer not null) strict',
        );
        for (const step of MIGRATIONS.filter((each) => each.version > 1 && each.version <= version))
          for (const statement of buildSchemaStatements(step.tables, SQLITE_FORM))
            database.exec(statement);
        const insert = database.prepare('insert into schema_version values (?, ?, 0)');
        for (const step of MIGRATIONS.filter((each) => each.version <= version))
          insert.run(step.version, step.why);
        // With the current tables it would look like a graph that is up to date but empty.
        const isCurrent = MIGRATIONS.every((each) => each.version <= version || !each.replay);
        if (isCurrent) database.exec('update schema_version set stale = 1');
      });
      expect(await migrated(), RULE).toBe(rootThen);
      expect((await exported()).length).toBeGreaterThan(50);
    },
  );

  it('X14: is updated by the first command that reads it; a rebuild is equal', async () => {
    const line = new CommandHere(folder);
    path = join(line.home, 'waybill.db');
    restore(dump);
    const { answer } = await line.json<{ readonly log: unknown }>('graph', 'status');
    expect(JSON.stringify(answer)).toContain(String(SCHEMA_VERSION));
    const before = await line.output('graph', 'export');
    await line.output('graph', 'rebuild');
    expect(await line.output('graph', 'export')).toBe(before);
  });
});

describe('what another version wrote', () => {
  it('a database of a newer schema is refused with the remedy, and left as it is', async () => {
    const line = new CommandHere(folder);
    path = join(line.home, 'waybill.db');
    await migrated();
    withDatabase((database) =>
      database.exec(`insert into schema_version values (${SCHEMA_VERSION + 1}, 'tomorrow', 0)`),
    );
    for (const command of [['status'], ['export'], ['rebuild']]) {
      const { code, stderr } = await line.run('graph', ...command);
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining('Use the newer Waybill that wrote it'),
      ]);
    }
    withDatabase((database) =>
      database.exec(`delete from schema_version where version = ${SCHEMA_VERSION + 1}`),
    );
    expect((await line.run('graph', 'status')).code).toBe(0);
  });

  it.each([
    // The form before is still read, and the next import renews it.
    ['older', -2, 'STORE_TOO_OLD'],
    ['newer', 1, 'STORE_TOO_NEW'],
  ])(
    'an advisory index of an %s form is refused; the remedy is a new import',
    async (_, step, code) => {
      const line = new CommandHere(folder);
      const feed = join(import.meta.dirname, 'v1/advisories.ndjson');
      await line.output('advisories', 'import', feed, '--covers', 'npm,Debian');
      const index = join(line.home, 'advisories.db');
      const change = (by: number) => {
        const database = new DatabaseSync(index);
        const { user_version: version } = database.prepare('pragma user_version').get() as {
          user_version: number;
        };
        database.exec(`pragma user_version = ${version + by}`);
        database.close();
      };
      change(step);
      expect(openAdvisoryIndex(index)).toMatchObject({ ok: false, failure: { code } });
      const { code: exit, stderr } = await line.run('advisories', 'info');
      expect([exit, stderr]).toEqual([2, expect.stringContaining('waybill advisories import')]);
      rmSync(index); // what the remedy says
      await line.output('advisories', 'import', feed, '--covers', 'npm,Debian');
      expect(openAdvisoryIndex(index).ok).toBe(true);
    },
  );
});

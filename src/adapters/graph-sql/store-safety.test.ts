import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeJson, graphPorts as testPorts } from '../../../test/support/graph-ports.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { SQLITE_FORM } from './dialects/sqlite/migrate.ts';
import { describeUnsafeFileSystem } from './dialects/sqlite/sqlite-place.ts';
import { buildSchemaStatements } from './dialects/table-statements.ts';
import { openReader, openWriter, type Writer } from './index.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './schema/migrations.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-store-'));
  path = join(folder, 'graph.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const now = toInstant(1_000);
const sbom = (at: number, parts = 3): EvidenceInput => ({
  kind: 'sbom',
  mediaType: 'application/json',
  body: encodeJson({
    complete: true,
    components: Array.from({ length: parts }, (_, part) => ({
      purl: `pkg:npm/part-${part}@${at}`,
    })),
  }),
  subject: sha256(`image ${at}`),
});
const open = () => openWriter({ path, ports: testPorts });

it('only its owner can read the database', async () => {
  const writer = orThrow(await open());
  orThrow(await writer.append([sbom(1)], now));
  for (const suffix of ['', '-wal', '-shm'])
    expect(statSync(`${path}${suffix}`).mode & 0o777).toBe(0o600);
  await writer.close();
});

const readRows = async ({ connected }: Writer, sql: string) => {
  const read: Record<string, unknown>[] = [];
  for await (const rows of connected.queryRows(sql, 1)) read.push(...rows);
  return read;
};
const refusal = (code: string) => ({ ok: false, failure: { code } });

describe('a database that cannot be trusted or opened', () => {
  it('a lock of another process is STORE_LOCKED after a wait; nothing is written', async () => {
    const writer = orThrow(await openWriter({ path, ports: testPorts, lockWaitMs: 50 }));
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    expect(await writer.append([sbom(1)], now)).toMatchObject(refusal('STORE_LOCKED'));
    other.exec('commit');
    expect(orThrow(await writer.append([sbom(1)], now))).toMatchObject([
      { position: 0, fresh: true },
    ]);
    other.close();
    await writer.close();
    expect(LIMITS.lockWaitMs).toBe(5_000);
  });

  it('a full disk is DISK_FULL; acknowledged documents stay, small ones still fit', async () => {
    const writer = orThrow(await open());
    orThrow(await writer.append([sbom(1)], now));
    const { pages } = new DatabaseSync(path)
      .prepare('select page_count as pages from pragma_page_count')
      .get() as {
      pages: number;
    };
    await writer.connected.db.executeQuery({
      sql: `pragma max_page_count = ${pages + 8}`,
      parameters: [],
      query: { kind: 'RawNode', sqlFragments: [], parameters: [] },
      queryId: { queryId: 'x' },
    } as never);
    expect(await writer.append([sbom(2, 5_000)], now)).toMatchObject(refusal('DISK_FULL'));
    expect(orThrow(await writer.append([sbom(3)], now))).toMatchObject([{ position: 1 }]);
    expect(orThrow(await writer.verify()).size).toBe(2);
    await writer.close();
  });

  it('bytes that are not a database are STORE_CORRUPT and stay unchanged', async () => {
    const bytes = 'no database, but long enough to be looked at '.repeat(200);
    writeFileSync(path, bytes);
    expect(await open()).toMatchObject(refusal('STORE_CORRUPT'));
    expect(readFileSync(path, 'utf8')).toBe(bytes);
  });

  it('a database that lost its pages is STORE_CORRUPT', async () => {
    const writer = orThrow(await open());
    orThrow(await writer.append([sbom(1, 3_000)], now));
    await writer.close();
    truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096);
    const damaged = await open();
    const outcome = damaged.ok ? await damaged.value.verify() : damaged;
    expect(outcome).toMatchObject(refusal('STORE_CORRUPT'));
    if (damaged.ok) await damaged.value.close();
  });

  it('a newer schema is STORE_TOO_NEW for readers and writers, with a remedy', async () => {
    await orThrow(await open()).close();
    const database = new DatabaseSync(path);
    database.exec(
      `insert into schema_version (version, why, stale) values (${SCHEMA_VERSION + 1}, 'later', 0)`,
    );
    database.close();
    expect(await open()).toMatchObject({
      ok: false,
      failure: { code: 'STORE_TOO_NEW', remedy: expect.stringMatching(/newer Waybill/) },
    });
    expect(await openReader({ path, ports: testPorts })).toMatchObject(refusal('STORE_TOO_NEW'));
  });

  it('a network or user-space file system is STORE_UNSAFE before a file is made', async () => {
    for (const type of [0x6969, 0xff534d42, 0x01021997, 0x65735546, 0xff534d42 | 0]) {
      expect(describeUnsafeFileSystem(type)).not.toBeNull();
      const opened = await openWriter({ path, ports: testPorts, fileSystemType: type });
      expect(opened).toMatchObject(refusal('STORE_UNSAFE'));
      expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    }
    const opened = orThrow(await openWriter({ path, ports: testPorts, fileSystemType: 0xef53 }));
    await opened.close();
  });

  it('a reader of a missing database says so and creates none', async () => {
    expect(await openReader({ path, ports: testPorts })).toMatchObject(refusal('FILE_NOT_FOUND'));
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('a folder as the database, or a file as its folder, is not a defect', async () => {
    expect(await openWriter({ path: folder, ports: testPorts })).toMatchObject(
      refusal('FILE_UNREADABLE'),
    );
    writeFileSync(join(folder, 'file'), '');
    expect(
      await openWriter({ path: join(folder, 'file/graph.db'), ports: testPorts }),
    ).toMatchObject(refusal('FILE_UNWRITABLE'));
  });
});

describe('a schema that changes', () => {
  /**
   * The fixture of each earlier version, made by the migrations up to it, as they were released.
   */
  function fixture(version: number): void {
    const database = new DatabaseSync(path);
    database.exec(
      'create table schema_version (version integer not null primary key, why text not null, ' +
        'stale integer not null) strict',
    );
    for (const migration of MIGRATIONS.filter((one) => one.version <= version)) {
      for (const statement of buildSchemaStatements(migration.tables, SQLITE_FORM))
        database.exec(statement);
      database
        .prepare('insert into schema_version values (?, ?, 0)')
        .run(migration.version, migration.why);
    }
    database.close();
  }

  it('an empty database of version 0 becomes the present version', async () => {
    fixture(0);
    const writer = orThrow(await open());
    expect(writer.connected.schemaVersion).toBe(SCHEMA_VERSION);
    orThrow(await writer.append([sbom(1)], now));
    await writer.close();
  });

  it('a log of version 1, without a graph, keeps its documents and projects them', async () => {
    const source = orThrow(await open());
    orThrow(await source.append([sbom(1), sbom(2)], now));
    const rows = (table: string) => readRows(source, `select * from ${table} where shard = ?`);
    const kept = {
      shard: await rows('shard'),
      log_head: await rows('log_head'),
      log_entry: await rows('log_entry'),
      document: await rows('document'),
    };
    await source.close();
    rmSync(path);
    fixture(1);
    const old = new DatabaseSync(path);
    for (const [table, saved] of Object.entries(kept)) {
      for (const row of saved) {
        const marks = Object.keys(row)
          .map(() => '?')
          .join(', ');
        old
          .prepare(`insert into ${table} values (${marks})`)
          .run(...(Object.values(row) as never[]));
      }
    }
    old.close();
    const writer = orThrow(await open());
    expect(await readRows(writer, 'select * from image_set where shard = ?')).toHaveLength(2);
    expect(await writer.connected.isStale()).toBe(false);
    expect(orThrow(await writer.verify()).size).toBe(2);
    await writer.close();
  });

  it('a graph of version 2, with other tables, is made again from its log', async () => {
    const source = orThrow(await open());
    orThrow(await source.append([sbom(1), sbom(2)], now));
    await source.close();
    const old = new DatabaseSync(path);
    old.exec(
      'pragma foreign_keys = off; drop table verdict_seen; create table former (id integer ' +
        'primary key)',
    );
    old.exec('drop table tag; create table tag (other text)');
    old.exec('drop table removed_entry; delete from schema_version where version = 17');
    old.exec('update schema_version set version = 2 where version > 1');
    old.close();
    expect(await openReader({ path, ports: testPorts })).toMatchObject(refusal('STORE_LOCKED'));
    const writer = orThrow(await open());
    const tables = await readRows(
      writer,
      "select name from sqlite_schema where type = 'table' and ? = 1",
    );
    expect(tables.map(({ name }) => name)).toContain('verdict_seen');
    expect(tables.map(({ name }) => name)).not.toContain('former');
    expect(await readRows(writer, 'select * from image_set where shard = ?')).toHaveLength(2);
    expect(orThrow(await writer.verify()).size).toBe(2);
    await writer.close();
  });
});

describe('the log', () => {
  it('stores all documents of a call or none', async () => {
    const writer = orThrow(await open());
    const bad: EvidenceInput = {
      kind: 'release',
      mediaType: 'application/json',
      body: encodeJson({}),
      subject: null,
    };
    expect(await writer.append([sbom(1), bad], now)).toMatchObject(refusal('EVIDENCE_REJECTED'));
    expect(orThrow(await writer.append([sbom(1)], now))).toMatchObject([
      { position: 0, fresh: true },
    ]);
    await writer.close();
  });

  it('stores a document once; a rolled back policy is new, a repeated one is not', async () => {
    const writer = orThrow(await open());
    const policy = (text: string): EvidenceInput => ({
      kind: 'policy',
      mediaType: 'text/yaml',
      body: encodeJson(text),
      subject: null,
    });
    const said = [sbom(1), sbom(1), policy('a'), policy('a'), policy('b'), policy('a'), sbom(1)];
    const receipts = [];
    for (const input of said) receipts.push(...orThrow(await writer.append([input], now)));
    expect(receipts.map(({ position, fresh }) => `${position} ${fresh}`)).toEqual([
      ...['0 true', '0 false', '1 true', '1 false', '2 true', '3 true', '0 false'],
    ]);
    await writer.close();
  });

  it('verify finds a changed document, entry or root, and accepts an intact log', async () => {
    for (const change of [
      "update document set body = x'00'",
      'update log_entry set recorded_at = 5',
      'update log_head set frontier = zeroblob(32)',
      'delete from log_head',
      "update log_head set size = 0, frontier = x''",
      'delete from document',
      'update log_entry set subject = null',
    ]) {
      rmSync(path, { force: true });
      const writer = orThrow(await open());
      orThrow(await writer.append([sbom(1)], now));
      expect((await writer.verify()).ok).toBe(true);
      const other = new DatabaseSync(path);
      other.exec(change);
      other.close();
      expect(await writer.verify(), change).toMatchObject(refusal('STORE_CORRUPT'));
      await writer.close();
    }
  });

  it('a clock that was set back does not make a later position earlier', async () => {
    const writer = orThrow(await open());
    const reader = orThrow(await openReader({ path, ports: testPorts }));
    orThrow(await writer.append([sbom(1)], toInstant(5_000)));
    orThrow(await writer.append([sbom(2)], toInstant(4_000)));
    expect(orThrow(await reader.entries(0, 10)).map(({ recordedAt }) => recordedAt)).toEqual([
      5_000, 5_000,
    ]);
    await reader.close();
    await writer.close();
  });

  it('truth C4: a clock that was ahead once does not stamp what comes after it', async () => {
    const writer = orThrow(await open());
    const reader = orThrow(await openReader({ path, ports: testPorts }));
    const [today, ahead] = [Date.UTC(2026, 10, 29), Date.UTC(2099, 0, 1)];
    for (const [at, ms] of [today, ahead, today + 1_000, today, today + 2_000].entries())
      orThrow(await writer.append([sbom(at + 10)], toInstant(ms)));
    const stamps = [today, ahead, today + 1_000, today + 1_000, today + 2_000];
    const entries = orThrow(await reader.entries(0, 10));
    expect(entries.map(({ recordedAt }) => recordedAt)).toEqual(stamps);
    expect(orThrow(await writer.verify()).ahead).toEqual([{ position: 1, recordedAt: ahead }]);
    await reader.close();
    await writer.close();
  });
});

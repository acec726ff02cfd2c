import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { countsWrites, readWrittenBytes } from '../../../../../test/support/written-bytes.ts';
import { sha256 } from '../../../../core/digest.ts';
import { SCHEMA_VERSION } from '../../schema/migrations.ts';
import { describeSqlDialect } from '../dialect.contract.ts';
import { inOrder } from '../dialect.ts';
import { SQLITE } from './connect-sqlite.ts';

async function makePlace() {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-dialect-'));
  const path = join(folder, 'graph.db');
  return {
    place: { path },
    setVersion: async (version: number) => {
      const database = new DatabaseSync(path);
      database.exec('delete from schema_version');
      if (version < SCHEMA_VERSION) database.exec('drop table removed_entry');
      database.prepare("insert into schema_version values (?, 'a test', 0)").run(version);
      database.close();
    },
    remove: async () => rmSync(folder, { recursive: true }),
  };
}

describeSqlDialect('SQLite', SQLITE, makePlace);

it('a cross join fixes the order of a join; otherwise SQLite chooses the order', async () => {
  const { place, remove } = await makePlace();
  const { db, close } = await SQLITE.openForWriting(place);
  const named = db.selectFrom('advisory_alias as named');
  expect(named.innerJoin('advisory', inOrder).selectAll().compile().sql).toBe(
    'select * from "advisory_alias" as "named" cross join "advisory"',
  );
  expect(
    named.innerJoin('advisory', 'advisory.id', 'named.advisory').selectAll().compile().sql,
  ).toContain('inner join "advisory" on "advisory"."id" = "named"."advisory"');
  await close();
  await remove();
});

it('a published draft has the form of a database that was made in its place', async () => {
  const describeFile = async (make: (path: string) => Promise<void>) => {
    const { place, remove } = await makePlace();
    await make(place.path);
    const database = new DatabaseSync(place.path);
    const read = (sql: string) => database.prepare(sql).all();
    const form = [
      read('select name, sql from sqlite_schema order by name'),
      read('select * from sqlite_stat1 order by tbl, idx'),
      read('pragma journal_mode'),
      read('pragma page_size'),
      read('pragma integrity_check'),
      statSync(place.path).mode & 0o777,
      readdirSync(join(place.path, '..')).filter((name) => !/-(wal|shm)$/.test(name)),
    ];
    database.close();
    await remove();
    return form;
  };
  const drafted = await describeFile(async (path) => {
    const draft = await SQLITE.draft({ path });
    expect(await draft?.publish()).toBe(true);
  });
  const made = await describeFile(async (path) => {
    await (await SQLITE.openForWriting({ path })).close();
  });
  expect(drafted).toEqual(made);
});

it.skipIf(!countsWrites)('a draft of many documents writes its pages about once', async () => {
  const { place, remove } = await makePlace();
  const before = readWrittenBytes();
  const draft = await SQLITE.draft(place);
  for (let document = 0; document < 60; document++) {
    const rows = Array.from({ length: 200 }, (_, at) => [
      1,
      200 * document + at + 1,
      sha256(`image ${document} ${at}`),
    ]);
    await draft?.connection.takeTurn((turn) =>
      turn.transaction(async () =>
        draft.connection.insertRows('image', ['shard', 'id', 'digest'], rows),
      ),
    );
  }
  expect(await draft?.publish()).toBe(true);
  expect(readWrittenBytes() - before).toBeLessThan(1.2 * statSync(place.path).size);
  await remove();
});

it('what a killed draft left is removed, the draft of a living process is not', async () => {
  const { place, remove } = await makePlace();
  const folder = join(place.path, '..');
  for (const suffix of ['', '-wal', '-shm'])
    writeFileSync(join(folder, `.graph.db.99999999.partial${suffix}`), 'x');
  const living = `.graph.db.${process.ppid}.partial`;
  writeFileSync(join(folder, living), 'x');
  const draft = await SQLITE.draft(place);
  await draft?.discard();
  expect(readdirSync(folder)).toEqual([living]);
  await remove();
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
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

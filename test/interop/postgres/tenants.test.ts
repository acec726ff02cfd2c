import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTenant,
  listTenants,
  openReader,
  openWriter,
  type PostgresPlace,
  runOn,
} from '../../../src/adapters/graph-sql/index.ts';
import { TABLES } from '../../../src/adapters/graph-sql/schema/schema.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { toInstant } from '../../../src/core/instant.ts';
import { orThrow } from '../../../src/core/result.ts';
import { encodeJson, graphPorts as ports } from '../../support/graph-ports.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-tenants-'));
const server = await startPostgres(['fsync = off']);
afterAll(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true });
});
const NOW = toInstant(1_000);
const sbom = (name: string) => ({
  kind: 'sbom' as const,
  mediaType: 'application/json',
  body: encodeJson({ complete: true, components: [{ purl: `pkg:npm/${name}@1`, path: name }] }),
  subject: sha256(`image of ${name}`),
});

describe.skipIf(server === null)('tenants of one PostgreSQL server', () => {
  const own = server as PostgresServer;
  let place: PostgresPlace;
  beforeAll(async () => {
    own.sql('postgres', 'create role waybill login; create database shared owner waybill');
    place = { ...own.place('shared'), user: 'waybill' };
    await orThrow(await openWriter({ ...place, ports })).close();
    for (const tenant of ['shop', 'bank']) {
      orThrow(await runOn(place, 'write', (opened) => createTenant(opened, tenant)));
      const writer = orThrow(await openWriter({ ...place, tenant, ports }));
      orThrow(await writer.append([sbom(tenant)], NOW));
      orThrow(await writer.verify());
      await writer.close();
    }
  });
  const owned = Object.entries(TABLES).flatMap(([table, { owner }]) =>
    owner === 'shard' ? [table] : [],
  );
  /** Tables of which a session with this setting is given rows that fit. */
  const listSeen = (setting: string, where = 'true') =>
    own
      .sql('shared', `set role waybill; ${setting}; ${countRows(where)}`)
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith('|0'));
  const countRows = (where: string) =>
    owned
      .map((table) => `select '${table}', count(*) from "${table}" where ${where}`)
      .join(' union all ');

  it('each has its rows, its log and its export; the names are no secret', async () => {
    const listed = orThrow(await runOn(place, 'read', listTenants));
    expect(listed).toEqual([
      { name: 'bank', shard: 3 },
      { name: 'shop', shard: 2 },
    ]);
    for (const [tenant, other] of [
      ['shop', 'bank'],
      ['bank', 'shop'],
    ] as const) {
      const reader = orThrow(await openReader({ ...place, tenant, ports }));
      const lines: string[] = [];
      for await (const line of reader.export()) lines.push(line);
      expect(orThrow(await reader.head()).size).toBe(1);
      await reader.close();
      expect(lines.join()).toContain(`pkg:npm/${tenant}`);
      expect(lines.join()).not.toContain(other);
    }
  });

  it('attack: the server gives no other rows, whatever shard a statement names', async () => {
    expect(listSeen('set waybill.shard = 2')).toContain('log_entry|1');
    expect(listSeen('set waybill.shard = 2', 'shard <> 2')).toEqual([]);
    // A session that did not say whose it is sees none, and another number changes nothing.
    for (const setting of ['select', 'set waybill.shard = 9', "set waybill.shard = ''"])
      expect(listSeen(setting)).toEqual([]);
    // The query layer is turned off: a statement of one tenant that names the other's shard.
    const outcome = orThrow(
      await runOn({ ...place, tenant: 'shop' }, 'write', async (opened) => {
        await opened.confine(2);
        const rows = await opened.db
          .selectFrom('log_entry')
          .selectAll()
          .where('shard', '=', 3)
          .execute();
        const written = await opened
          .insertRows('layer', ['shard', 'id', 'digest'], [[3, 99, 'planted']])
          .then(
            () => 'written',
            ({ message }: Error) => message,
          );
        return { rows, written };
      }),
    );
    expect(outcome).toEqual({ rows: [], written: expect.stringMatching(/row-level security/) });
  });
  it('attack: a connection that was lost comes back as of the same tenant', async () => {
    const reader = orThrow(await openReader({ ...place, tenant: 'shop', ports }));
    own.sql(
      'postgres',
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'shared'",
    );
    await reader.head();
    expect(orThrow(await reader.head()).size).toBe(1);
    await reader.close();
  });

  it('a role that sees every row is no tenant; a name that nobody has is none', async () => {
    const admin = own.place('shared');
    const refused = { ok: false, failure: { code: 'STORE_REFUSED' } };
    expect(await openReader({ ...admin, tenant: 'shop', ports })).toMatchObject(refused);
    expect(await runOn(admin, 'write', (opened) => createTenant(opened, 'x'))).toMatchObject(
      refused,
    );
    for (const tenant of ['nobody', 'shard 1', "x' or '1'='1"])
      expect(await openReader({ ...place, tenant, ports })).toMatchObject({
        ok: false,
        failure: { code: expect.stringMatching(/UNKNOWN_NAME|USAGE/) },
      });
    expect(await runOn(place, 'write', (opened) => createTenant(opened, 'shop'))).toMatchObject({
      ok: false,
      failure: { code: 'USAGE' },
    });
  });

  it('an upgrade makes the graphs of all tenants again, and the rows stay theirs', async () => {
    own.sql(
      'shared',
      'drop table removed_entry; delete from schema_version where version = 17; ' +
        'update schema_version set version = 2 where version = 16',
    );
    await orThrow(await openWriter({ ...place, ports })).close();
    for (const tenant of ['shop', 'bank']) {
      const reader = orThrow(await openReader({ ...place, tenant, ports }));
      const lines: string[] = [];
      for await (const line of reader.export()) lines.push(line);
      expect(lines.join()).toContain(`pkg:npm/${tenant}`);
      await reader.close();
    }
    expect(listSeen('select')).toEqual([]);
  });
});

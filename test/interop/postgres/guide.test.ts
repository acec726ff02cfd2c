import { expect, it } from 'vitest';
import { followWithExecutable } from '../../support/built-executable.ts';
import { follow, freePort, listMissingLines } from '../../support/guide.ts';
import { findPeer } from '../../support/peer.ts';
import { startPostgres } from '../../support/postgres-server.ts';

const server = findPeer('curl') === null ? null : await startPostgres();

it.skipIf(server === null)(
  'scale-out.md works as written: one machine, a server, two replicas, and back',
  async () => {
    if (server === null) return;
    try {
      const { folder, port } = server;
      const variables = {
        ADMIN: `host=${folder} port=${port} user=waybill_admin`,
        DATABASE: `postgres://waybill@localhost:${port}/waybill?host=${encodeURIComponent(folder)}`,
        PORT_a: String(await freePort()),
        PORT_b: String(await freePort()),
      };
      const follower = followWithExecutable();
      const page = 'scale-out.md';
      const { code, output } = await follow(page, variables, undefined, null, follower);
      expect(code, output).toBe(0);
      expect(listMissingLines('scale-out.md', output), output).toEqual([]);
    } finally {
      await server.remove();
    }
  },
  300_000,
);

it.skipIf(server === null)(
  'tenants.md works as written: two tenants, a server, and the rows that each sees',
  async () => {
    const own = await startPostgres();
    if (own === null) return;
    try {
      const { folder, port } = own;
      own.sql('postgres', 'create role waybill login; create database waybill owner waybill');
      const { code, output } = await follow('tenants.md', {
        OWNER: `host=${folder} port=${port} user=waybill dbname=waybill`,
        DATABASE: `postgres://waybill@localhost:${port}/waybill?host=${encodeURIComponent(folder)}`,
        PORT: String(await freePort()),
      });
      expect(code, output).toBe(0);
      expect(listMissingLines('tenants.md', output), output).toEqual([]);
    } finally {
      await own.remove();
    }
  },
  300_000,
);

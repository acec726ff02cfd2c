import { expect, it } from 'vitest';
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
      const { code, output } = await follow('scale-out.md', {
        ADMIN: `host=${folder} port=${port} user=waybill_admin`,
        DATABASE: `postgres://waybill@localhost:${port}/waybill?host=${encodeURIComponent(folder)}`,
        PORT_a: String(await freePort()),
        PORT_b: String(await freePort()),
      });
      expect(code, output).toBe(0);
      expect(listMissingLines('scale-out.md', output), output).toEqual([]);
    } finally {
      await server.remove();
    }
  },
  300_000,
);

import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import type { AccessEntry } from './access.ts';
import { type RunningRegistry, startRegistry } from './index.ts';

let folder: string;
let registry: RunningRegistry;
const accessed: AccessEntry[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-access-'));
  const root = join(folder, 'registry');
  registry = orThrow(await startRegistry({ root, accessed: (entry) => void accessed.push(entry) }));
});
beforeEach(() => {
  accessed.length = 0;
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

/** Sends bytes as they are, and waits until the connection ends. */
function sendRaw(text: string): Promise<string> {
  const [host = '', port = ''] = registry.registry.split(':');
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), host, () => socket.end(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('O6: the access log of the embedded registry', () => {
  it('has method, path, status, bytes and duration of each request', async () => {
    await fetch(`${registry.url}/v2/shop/trips/manifests/1.0`);
    await fetch(`${registry.url}/v2/`, { method: 'HEAD' });
    await expect.poll(() => accessed.length).toBe(2);
    expect(accessed).toMatchObject([
      { method: 'GET', path: '/v2/shop/trips/manifests/1.0', status: 404, aborted: false },
      { method: 'HEAD', path: '/v2/', status: 200 },
    ]);
    const [first] = accessed;
    expect(first?.bytesSent).toBeGreaterThan(100);
    expect(first?.bytesReceived).toBeGreaterThanOrEqual(0);
    expect(first?.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('has no token of a query, and no credentials of an address or a header', async () => {
    const secret = 'hunter2-is-secret';
    const headers = { authorization: `Basic ${btoa(`ada:${secret}`)}` };
    await fetch(`${registry.url}/v2/a/tags/list?token=${secret}&n=1`, { headers });
    await sendRaw(
      `GET http://ada:${secret}@registry.example.com/v2/ HTTP/1.1\r\nHost: x\r\n` +
        `Connection: close\r\n\r\n`,
    );
    await expect.poll(() => accessed.length).toBe(2);
    expect(JSON.stringify(accessed)).not.toContain(secret);
    expect(accessed[0]?.path).toBe('/v2/a/tags/list');
  });

  it('A76: bounds what a client names, and keeps it on one line', async () => {
    await fetch(`${registry.url}/v2/${'a'.repeat(10_000)}`);
    await sendRaw('GET /v2/\u00a0\u0085\u00ad HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await expect.poll(() => accessed.length).toBeGreaterThan(0);
    for (const { path } of accessed) {
      expect(path.length).toBeLessThan(700);
      expect(path).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });
});

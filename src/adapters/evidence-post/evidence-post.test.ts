import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEvidencePost } from './post-evidence.ts';

let server: Server;
let status: number;
let headers: Record<string, string>;
let seen: { url: string; token: string | undefined; body: string }[];

beforeEach(async () => {
  [status, headers, seen] = [201, {}, []];
  server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString();
    seen.push({ url: request.url ?? '', token: request.headers.authorization, body });
    response.writeHead(status, headers);
    response.end(JSON.stringify({ position: 7, error: { message: 'no\nforged line' } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function open(address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`) {
  return openEvidencePost({
    ...{ server: new URL(address), ca: null, readToken: () => 'secret-token', env: {} },
  });
}
const send = async (post = open()) => {
  const body = new TextEncoder().encode('{}');
  const outcome = await post.send('deployment', 'eu 1', body, new AbortController().signal);
  post.close();
  return outcome;
};

describe('A document that is posted to a server', () => {
  it('is taken with its kind, its cluster and the token of now', async () => {
    expect(await send()).toEqual({ kind: 'taken', isRecorded: true });
    expect(seen).toEqual([
      {
        url: '/v1/evidence?kind=deployment&cluster=eu+1',
        ...{ token: 'Bearer secret-token', body: '{}' },
      },
    ]);
  });

  it.each([400, 413, 415, 422])(
    'is not sent again after %i: it would be at fault again',
    async (one) => {
      status = one;
      const failure = { code: 'EVIDENCE_REJECTED', message: expect.stringContaining('no forged') };
      expect(await send()).toMatchObject({ kind: 'refused', failure });
    },
  );

  it.each([
    [401, 'UNAUTHORISED'],
    [403, 'UNAUTHORISED'],
    [429, 'STORE_UNREACHABLE'],
    [503, 'STORE_UNREACHABLE'],
    [507, 'STORE_UNREACHABLE'],
  ])('is sent again after %i, when the server says', async (one, code) => {
    [status, headers] = [one, { 'retry-after': '3' }];
    const outcome = await send();
    expect(outcome).toMatchObject({ kind: 'later', failure: { code }, waitMs: 3_000 });
    expect(JSON.stringify(outcome)).not.toContain('secret-token');
  });

  it('is sent again where the server is away, and never without TLS', async () => {
    const post = open();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(await send(post)).toMatchObject({ kind: 'later', waitMs: null });
    expect(() => open('http://waybill.example.com')).toThrow(/no TLS/);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, request as sendHttp } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadOwnTls } from '../../src/entrypoints/server/tls.ts';
import { makeRecord, OsvMirror } from '../support/osv-mirror.ts';
import { runHere } from '../support/run-here.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-tls-mirror-'));
/** Only the proxy knows where it is. */
const HOST = 'mirror.example.test';
const authority = join(folder, 'tls', 'ca.crt');
let mirror: OsvMirror;
let server: Server;
let proxy: ReturnType<typeof createServer>;
const asked: string[] = [];
const sockets = new Set<Socket>();
const readPort = (one: Server | ReturnType<typeof createServer>): number =>
  (one.address() as AddressInfo).port;
const listen = (one: Server | ReturnType<typeof createServer>): Promise<void> =>
  new Promise((resolve) => one.listen(0, '127.0.0.1', resolve));

function forward(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = new URL(mirror.url);
  const sent = sendHttp(`${origin}${request.url ?? ''}`, { headers: request.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.end();
}

/** CONNECT (RFC 9110 §9.3.6), to the one mirror whatever its name is. */
function tunnel(socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  socket.once('data', (head) => {
    asked.push(head.toString('latin1').split('\r\n', 1)[0] ?? '');
    const through = connect(readPort(server), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(through).pipe(socket);
    });
    sockets.add(through);
    through.on('error', () => undefined).on('close', () => sockets.delete(through));
  });
}

beforeAll(async () => {
  mirror = await OsvMirror.start();
  mirror.put('ecosystems.txt', 'npm\n');
  mirror.publish('npm', [makeRecord('GHSA-1', '2026-01-01T00:00:00Z')]);
  const { cert, key } = loadOwnTls(join(folder, 'tls'), [HOST, '127.0.0.1']);
  server = createTlsServer({ cert, key }, forward);
  proxy = createServer(tunnel);
  await listen(server);
  await listen(proxy);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  proxy.close();
  server.closeAllConnections();
  server.close();
  await mirror.close();
  rmSync(folder, { recursive: true, force: true });
});

function update(home: string, host: string, more: readonly string[], env: object = {}) {
  const from = ['--from', `https://${host}/osv/`, '--ecosystem', 'npm'];
  const own = { WAYBILL_HOME: join(folder, home), ...env };
  return runHere(['advisories', 'update', ...from, ...more], { cwd: folder, env: own });
}

it('A21: a mirror behind a private authority is read with --ca, and not without', async () => {
  const host = `127.0.0.1:${readPort(server)}`;
  const refused = await update('plain', host, []);
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/certificate/i)]);
  expect(await update('plain', host, ['--ca', 'tls/ca.crt'])).toMatchObject({ code: 0 });
  const absent = await update('plain', host, ['--ca', 'absent.crt']);
  expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining('absent.crt')]);
});

it('A21: through the proxy of the environment, which is asked for the mirror by name', async () => {
  const env = { HTTPS_PROXY: `http://127.0.0.1:${readPort(proxy)}` };
  expect(await update('proxied', HOST, ['--ca', authority], env)).toMatchObject({ code: 0 });
  expect(new Set(asked)).toEqual(new Set([`CONNECT ${HOST}:443 HTTP/1.1`]));
  // Its certificate still counts.
  const refused = await update('other', HOST, [], env);
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/certificate/i)]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { SeenWorkloads } from '../admission/seen-workloads.ts';
import { buildServer } from '../app.ts';
import { createMetrics } from '../metrics.ts';
import { loadOwnTls } from '../tls.ts';
import { parseTokens } from '../tokens.ts';
import type { PageFiles } from './page.ts';

const TOKEN = 'a-token-of-sufficient-length';
const SCRIPT = Buffer.from('document.title = "page";');
const FILES: PageFiles = new Map([
  ['index.html', Buffer.from('<!doctype html>')],
  ['assets/index-1.js', SCRIPT],
  ['assets/index-1.js.br', brotliCompressSync(SCRIPT)],
]);

let folder: string;
let app: FastifyInstance;
let files = FILES;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-page-'));
  app = buildServer(
    {
      desk: {
        cluster: 'eu-1',
        decide: () => Promise.reject(new Error('nothing is decided here')),
        isObserving: () => false,
        counted: () => undefined,
        workloads: await SeenWorkloads.open(null),
      },
      ingest: async () => ({ position: 1 }) as never,
      questions: async () => ({
        ...{ json: { answered: true }, exitCode: 3 },
        ahead: { position: 7, recordedAt: toInstant(Date.UTC(2099, 0, 1)) },
      }),
      runtimeEvents: async () => ({ recorded: 1, replays: 0, ignored: 0, broken: [] }),
      metrics: createMetrics(),
      unready: async () => null,
      tokens: orThrow(parseTokens(TOKEN)),
      page: () => files,
      log: () => undefined,
    },
    loadOwnTls(folder, ['localhost']),
  );
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  app.inject({ method: 'GET', url, headers });
const asked = (headers: Readonly<Record<string, string>> = {}) =>
  get('/v1/ask/exposure', { authorization: `Bearer ${TOKEN}`, ...headers });

describe('the page', () => {
  it('says where it has not been built, and has it later', async () => {
    files = new Map();
    expect((await get('/')).json()).toMatchObject({
      error: { code: 'NOT_FOUND', message: 'the page has not been built' },
    });
    files = FILES;
  });

  it('runs its own files and nothing else: no inline script, no other site, no frame', async () => {
    const { headers, payload, statusCode } = await get('/');
    expect([statusCode, payload]).toEqual([200, '<!doctype html>']);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'; require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      'content-type': 'text/html; charset=utf-8',
    });
  });

  it('has the same headers on answers and on failures', async () => {
    for (const { headers } of [await asked(), await get('/nowhere'), await get('/v1/ask/x')])
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  });

  it('sends a file once: its name has a hash, and its tag says that it is unchanged', async () => {
    const first = await get('/assets/index-1.js');
    expect(first.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(first.payload).toBe(SCRIPT.toString());
    const tag = String(first.headers['etag']);
    const again = await get('/assets/index-1.js', { 'if-none-match': `"other", W/${tag}` });
    expect([again.statusCode, again.payload]).toEqual([304, '']);
    expect((await get('/assets/index-1.js', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  it('is small on the way where the client reads Brotli', async () => {
    const small = await get('/assets/index-1.js', { 'accept-encoding': 'gzip, deflate, br' });
    expect(small.headers['content-encoding']).toBe('br');
    expect(small.headers['vary']).toBe('accept-encoding');
    for (const encoding of ['gzip', 'br;q=0', 'br;q=0.0', 'brotli'])
      expect(
        (await get('/assets/index-1.js', { 'accept-encoding': encoding })).headers,
      ).not.toHaveProperty('content-encoding');
  });

  it('has no other file, whatever its name is', async () => {
    for (const path of ['index-1.js.br', 'index-2.js', '..%2findex.html', '__proto__', '%00'])
      expect([path, (await get(`/assets/${path}`)).statusCode]).toEqual([path, 404]);
  });
});

describe('what a browser asks', () => {
  it('an answer says the exit code of the command, and is not sent again unchanged', async () => {
    const first = await asked();
    expect(first.headers).toMatchObject({
      'waybill-exit-code': '3',
      'waybill-clock-ahead': '7 2099-01-01T00:00:00Z', // truth C4
      'cache-control': 'private, no-cache',
    });
    const tag = String(first.headers['etag']);
    const again = await asked({ 'if-none-match': tag });
    expect([again.statusCode, again.headers['waybill-exit-code']]).toEqual([304, '3']);
    expect((await get('/v1/ask/exposure', { 'if-none-match': tag })).statusCode).toBe(401);
  });

  it('is refused where another site made the request, and taken from the page itself', async () => {
    const host = 'localhost:8443';
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://attacker.example.com' },
      { origin: 'null' },
      { origin: `http://${host}` },
      { origin: `https://${host}.attacker.example.com` },
    ])
      expect([headers, (await asked({ host, ...headers })).statusCode]).toEqual([headers, 401]);
    for (const headers of [
      {},
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin', origin: `https://${host}` },
    ])
      expect([headers, (await asked({ host, ...headers })).statusCode]).toEqual([headers, 200]);
  });

  it('is refused before a body is read, on every endpoint that writes or decides', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'sec-fetch-site': 'cross-site' };
    for (const url of ['/v1/evidence?kind=sbom', '/v1/violations', '/v1/ask/what-if', '/admit'])
      expect([
        url,
        (await app.inject({ method: 'POST', url, headers, payload: '{}' })).statusCode,
      ]).toEqual([url, 401]);
  });
});

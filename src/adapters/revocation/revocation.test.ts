import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  type RevocableChain,
  revocableChain,
  testCrl,
  testOcsp,
} from '../../../test/support/revocation.ts';
import type { FactGatherer, VerificationQuery } from '../../capabilities/signing/index.ts';
import { checkPath } from '../../capabilities/signing/x509/chain.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { openRevocationCache, openRevocationGatherer } from './index.ts';

const HOUR_MS = 3_600_000;
let now: Instant = FIXTURE_NOW;
let asked: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
let folder = '';
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  answer(request, response);
});
let host = '';
let chain: RevocableChain;
let both: RevocableChain;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  chain = await revocableChain('served', { crl: `http://${host}/root.crl` });
  both = await revocableChain('both', {
    ocsp: `http://${host}/ocsp`,
    crl: `http://${host}/both.crl`,
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  now = FIXTURE_NOW;
  asked = [];
  folder = mkdtempSync(join(tmpdir(), 'waybill-revocation-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

function open(
  change: { privateHosts?: readonly string[]; offline?: boolean; folder?: string } = {},
) {
  const plain = { folder, privateHosts: [host], offline: false, env: {}, now: () => now };
  return openRevocationGatherer({ ...plain, ...change });
}

function query({ key }: RevocableChain): VerificationQuery {
  const path = checkPath(key.chain, 'code-signing');
  if (!path.ok) throw new Error(path.message);
  const stapled = { crls: [], ocsp: [] };
  return { kind: 'revocation', chain: path.chain, usedBy: null, stapled };
}

async function ask(gatherer: FactGatherer, about = chain, signal?: AbortSignal) {
  const options = signal === undefined ? {} : { signal };
  const { revocations } = await gatherer.gather([query(about)], options);
  const [fact] = revocations;
  const [leaf] = fact?.kind === 'checked' ? fact.certificates : [];
  return { state: leaf?.state, by: leaf?.source?.kind, why: leaf?.cause?.message ?? '' };
}

const send = (bytes: () => Uint8Array) => (_: unknown, response: ServerResponse) =>
  void response.end(bytes());
const list = () => testCrl(chain.root);

describe('asking a revocation service', () => {
  it('N48: one fetch answers for all signatures, all processes while it is new', async () => {
    answer = send(list);
    const first = open();
    const all = Array.from({ length: 50 }, () => ask(first));
    expect(new Set((await Promise.all(all)).map(({ state }) => state))).toEqual(new Set(['good']));
    expect(await ask(first)).toMatchObject({ state: 'good' });
    expect(await ask(open())).toMatchObject({ state: 'good', by: 'crl' });
    expect(asked).toEqual(['GET /root.crl']);
    now = toInstant(FIXTURE_NOW + HOUR_MS);
    expect(await ask(first)).toMatchObject({ state: 'unknown' });
    expect(asked).toHaveLength(2);
  });

  it('N48: processes that ask at once fetch a list once, also after one was killed', async () => {
    answer = (_, response) => void setTimeout(() => response.end(list()), 100);
    const both = await Promise.all([ask(open()), ask(open()), ask(open())]);
    expect(both.map(({ state }) => state)).toEqual(['good', 'good', 'good']);
    expect(asked).toEqual(['GET /root.crl']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.turn'))).toEqual([]);
    const [kept = ''] = readdirSync(folder);
    rmSync(join(folder, kept));
    // No process has this number.
    writeFileSync(join(folder, `${kept}.turn`), `${2 ** 30}`);
    expect(await ask(open())).toMatchObject({ state: 'good' });
    expect(asked).toHaveLength(2);
  });

  it('A41: a cache that cannot be written or holds junk costs a fetch only', async () => {
    answer = send(list);
    const file = join(folder, 'file');
    writeFileSync(file, 'x');
    expect(await ask(open({ folder: join(file, 'below') }))).toMatchObject({ state: 'good' });
    await ask(open());
    const [kept = ''] = readdirSync(folder).filter((name) => name.endsWith('.answer'));
    writeFileSync(join(folder, kept), 'something else that is no list');
    expect(await ask(open())).toMatchObject({ state: 'good' });
    expect(asked).toHaveLength(3);
  });

  it('keeps a bounded number of bytes and files', async () => {
    const cache = openRevocationCache({ folder, bytesMax: 100, filesMax: 3 });
    for (let at = 0; at < 5; at++) await cache.keep(`small ${at}`, Buffer.alloc(8), now);
    expect(readdirSync(folder)).toHaveLength(3);
    await cache.keep('large', Buffer.alloc(90), now);
    expect(await cache.find('large')).toMatchObject({ askedAt: now });
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('G26: an address that is not public is reached only if it is configured', async () => {
    answer = send(list);
    const found = await ask(open({ privateHosts: [] }));
    expect(found).toMatchObject({ state: 'unknown' });
    expect(found.why).toContain('private address');
    expect(asked).toEqual([]);
    answer = (_, response) =>
      void response.writeHead(302, { location: 'http://127.0.0.2:9/x' }).end();
    expect((await ask(open())).why).toContain('private address');
    const other = await revocableChain('tls', { crl: 'https://example.com/root.crl' });
    expect((await ask(open(), other)).why).toContain('no HTTP address');
  });

  it('offline, only what is cached counts', async () => {
    answer = send(list);
    expect((await ask(open({ offline: true }))).why).toContain('offline');
    await ask(open());
    expect(await ask(open({ offline: true }))).toMatchObject({ state: 'good' });
    expect(asked).toHaveLength(1);
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string]>([
    ['another status', (_, response) => void response.writeHead(500).end(list()), 'status 500'],
    [
      'a redirect without end',
      (_, response) => void response.writeHead(302, { location: '/x' }).end(),
      'redirects',
    ],
    [
      'too much',
      (_, response) => void response.end(Buffer.alloc(LIMITS.ocspBytesMax + 1)),
      'bytes',
    ],
    ['something else', (_, response) => void response.end('hello'), 'malformed'],
    ['a cut connection', (_, response) => void response.destroy(), 'failed'],
  ])(
    'A40: %s leaves the state unknown, and is not asked for again at once',
    async (_, reply, why) => {
      const about = why === 'bytes' ? both : chain;
      answer = reply;
      const gatherer = open();
      const found = await ask(gatherer, about);
      expect(found).toMatchObject({ state: 'unknown' });
      expect(found.why).toContain(why);
      const before = asked.length;
      expect(await ask(gatherer, about)).toMatchObject({ state: 'unknown' });
      expect(asked).toHaveLength(before);
      answer = send(() => testCrl(about.root));
      now = toInstant(FIXTURE_NOW + LIMITS.revocationRetryMs);
      expect(await ask(gatherer, about)).toMatchObject({ state: 'good' });
    },
  );

  it('a service that is silent ends for the caller whose time is over', async () => {
    const held: ServerResponse[] = [];
    answer = (_, response) => void held.push(response);
    const gatherer = open();
    const patient = ask(gatherer);
    expect((await ask(gatherer, chain, AbortSignal.timeout(20))).why).toContain('ran out');
    held[0]?.end(list());
    expect(await patient).toMatchObject({ state: 'good' });
  });

  it('asks a responder by POST with a nonce, and a list where it does not know', async () => {
    const bodies: Buffer[] = [];
    let state: 'good' | 'unknown' = 'good';
    answer = (request, response) => {
      if (request.method === 'GET') return void response.end(testCrl(both.root));
      request.on('data', (chunk: Buffer) => bodies.push(chunk));
      request.on('end', () => {
        const nonce = bodies.at(-1)?.subarray(-32) ?? Buffer.alloc(0);
        response.end(testOcsp(both.root, both.leaf, { nonce, state }));
      });
    };
    const one = open();
    const twice = await Promise.all([ask(one, both), ask(one, both)]);
    expect(twice.map(({ by }) => by)).toEqual(['ocsp', 'ocsp']);
    expect(await ask(open(), both)).toMatchObject({ state: 'good', by: 'ocsp' });
    expect(asked).toEqual(['POST /ocsp']);
    rmSync(folder, { recursive: true });
    state = 'unknown';
    expect(await ask(open(), both)).toMatchObject({ state: 'good', by: 'crl' });
    expect(bodies[0]?.equals(bodies[1] ?? Buffer.alloc(0))).toBe(false);
  });
});

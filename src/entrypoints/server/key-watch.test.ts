import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { testAuthority, testKey } from '../../../test/support/certificates.ts';
import { type RevocableChain, revocableChain, testCrl } from '../../../test/support/revocation.ts';
import { parseCertificates } from '../../capabilities/signing/index.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { loadConfig } from '../config/config.ts';
import { KeyWatch } from './key-watch.ts';
import { createMetrics } from './metrics.ts';

const HOUR_MS = 3_600_000;
/** What the authority lists, by path; a path that is not there is not answered at all. */
const lists = new Map<string, () => Uint8Array>();
const service = createServer((request, response) => {
  const list = lists.get(request.url ?? '');
  if (list === undefined) response.writeHead(503).end();
  else response.end(list());
});
let host = '';
let plain: Awaited<ReturnType<typeof testKey>>;

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(service.address() as AddressInfo).port}`;
  const root = testAuthority({ subject: 'CN=watched root,O=Shop,ST=WA,C=US' });
  plain = await testKey({ subject: 'CN=plain,O=Shop,ST=WA,C=US', root });
});
afterAll(() => {
  service.closeAllConnections();
  service.close();
});

/** A signer whose certificate names the list `/NAME.crl` of its root. */
async function makeChain(name: string, change: 'good' | 'revoked'): Promise<RevocableChain> {
  const chain = await revocableChain(name, { crl: `http://${host}/${name}.crl` });
  const entries = change === 'revoked' ? [{ serial: chain.leaf.serial }] : [];
  const span = () => ({
    thisUpdate: toInstant(Date.now() - HOUR_MS),
    nextUpdate: toInstant(Date.now() + HOUR_MS),
  });
  lists.set(`/${name}.crl`, () => testCrl(chain.root, { ...span(), entries }));
  return chain;
}

async function makeHome(keys: Readonly<Record<string, string>>, trust: string | null = null) {
  const home = mkdtempSync(join(tmpdir(), 'waybill-key-watch-'));
  const config = await loadConfig({}, { WAYBILL_HOME: home }, home);
  (config.revocation.privateHosts as string[]).push(host);
  mkdirSync(config.keys);
  for (const [name, chainPem] of Object.entries(keys)) {
    writeFileSync(join(config.keys, `${name}.key`), '');
    writeFileSync(join(config.keys, `${name}.crt`), chainPem);
  }
  if (trust !== null) writeFileSync(config.trust, trust);
  const clock = { now: toInstant(Date.now()) };
  const watch = new KeyWatch(config, () => clock.now);
  onTestFinished(async () => {
    await watch.close();
    rmSync(home, { recursive: true });
  });
  const pass = (ms: number): void => {
    clock.now = (clock.now + ms) as Instant;
  };
  const read = async () =>
    Object.fromEntries((await watch.read()).map(({ name, revocation }) => [name, revocation]));
  return { config, watch, read, pass };
}

const trustThat = (revokes: string): string => `apiVersion: waybill.dev/v1
kind: Trust
metadata: { name: shop, revision: 1 }
rules: []
revoked:
  - ${revokes}
`;

describe('I2, I16: what a server says of its keys', () => {
  it('N48: is what their authorities say, and unknown before and without an answer', async () => {
    const [good, stolen] = [await makeChain('good', 'good'), await makeChain('stolen', 'revoked')];
    const silent = await makeChain('silent', 'good');
    lists.delete('/silent.crl');
    const chains = { good, stolen, silent };
    const pems = Object.entries(chains).map(([name, { key }]) => [name, key.chainPem] as const);
    const { read } = await makeHome({ ...Object.fromEntries(pems), plain: plain.chainPem });
    expect(new Set(Object.values(await read()))).toEqual(new Set(['unknown']));
    const known = { good: 'good', stolen: 'revoked', silent: 'unknown', plain: 'not-revocable' };
    await vi.waitFor(async () => expect(await read()).toEqual(known));
  });

  it('asks beside the reader and every ten minutes, not at each read', async () => {
    const trust = trustThat(`{ thumbprint: ${thumbprint(plain.chainPem)} }`);
    const changed = trustThat(`{ key: ${'a'.repeat(64)} }`);
    const early = await makeHome({ plain: plain.chainPem }, trust);
    const late = await makeHome({ plain: plain.chainPem }, trust);
    for (const { config, read } of [early, late]) {
      await vi.waitFor(async () => expect(await read()).toEqual({ plain: 'revoked' }));
      writeFileSync(config.trust, changed);
    }
    early.pass(9 * 60_000);
    await early.read();
    await early.watch.close();
    expect(await early.read()).toEqual({ plain: 'revoked' });
    late.pass(11 * 60_000);
    await vi.waitFor(async () => expect(await late.read()).toEqual({ plain: 'not-revocable' }));
  });

  it('a key that our trust document revokes is revoked, whatever others say', async () => {
    const trust = trustThat(`{ thumbprint: ${thumbprint(plain.chainPem)}, reason: stolen }`);
    const { read } = await makeHome({ plain: plain.chainPem }, trust);
    await vi.waitFor(async () => expect(await read()).toEqual({ plain: 'revoked' }));
    const other = await makeHome(
      { plain: plain.chainPem },
      trustThat(`{ key: ${'a'.repeat(64)} }`),
    );
    await vi.waitFor(async () => expect(await other.read()).toEqual({ plain: 'not-revocable' }));
  });

  it('nothing is known beside a trust document or a chain that cannot be read', async () => {
    const broken = await makeHome({ plain: plain.chainPem }, trustThat('{ thumbprint: 1 }'));
    const [leaf = ''] = plain.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/);
    const cut = await makeHome({ plain: plain.chainPem, cut: leaf });
    const known = { plain: 'not-revocable', cut: 'unknown' };
    await vi.waitFor(async () => expect(await cut.read()).toEqual(known));
    await broken.read();
    await broken.watch.close();
    expect(await broken.read()).toEqual({ plain: 'unknown' });
  });

  it('N33: a key ends with the first certificate of its chain', async () => {
    const endsAt = toInstant(Math.floor(Date.now() / 1_000) * 1_000 + 7 * 24 * HOUR_MS);
    const root = testAuthority({ subject: 'CN=short,O=Shop,ST=WA,C=US', validUntil: endsAt });
    const { chainPem } = await testKey({ subject: 'CN=long,O=Shop,ST=WA,C=US', root });
    const { watch } = await makeHome({ plain: plain.chainPem, long: chainPem });
    const [first, second] = await watch.read();
    expect(first).toMatchObject({ name: 'long', endsAt });
    expect(second?.name).toBe('plain');
  });

  it('an unreadable folder does not silence what is known to end', async () => {
    const { config, read, pass } = await makeHome({ plain: plain.chainPem });
    expect(Object.keys(await read())).toEqual(['plain']);
    renameSync(config.keys, `${config.keys}-away`);
    symlinkSync(config.keys, config.keys);
    pass(60_000);
    expect(Object.keys(await read())).toEqual(['plain']);
    rmSync(config.keys);
    pass(60_000);
    expect(await read()).toEqual({});
  });

  it('shows 100 keys and no more, those that end first', async () => {
    const names = Array.from({ length: 100 }, (_, at) => `k${at}`);
    const root = testAuthority({
      subject: 'CN=first,O=Shop,ST=WA,C=US',
      validUntil: toInstant(Date.now() + HOUR_MS),
    });
    const { chainPem } = await testKey({ subject: 'CN=first,O=Shop,ST=WA,C=US', root });
    const keys = Object.fromEntries(names.map((name) => [name, plain.chainPem]));
    const { watch } = await makeHome({ ...keys, z: chainPem });
    const read = await watch.read();
    expect(read).toHaveLength(100);
    expect(read[0]?.name).toBe('z');
  });

  it('a metric has one state for a key, and no key that is gone', async () => {
    const endsAt = toInstant(5_000);
    const standing = [{ name: 'ci', endsAt, revocation: 'unknown' as string }];
    const metrics = createMetrics(undefined, undefined, async () => standing as never);
    const list = async () =>
      (await metrics.text()).split('\n').filter((line) => line.startsWith('waybill_key_'));
    const end = 'waybill_key_certificate_expiry_timestamp_seconds{key="ci"} 5';
    const state = (of: string) => `waybill_key_revocation_state{key="ci",state="${of}"} 1`;
    expect(await list()).toEqual([end, state('unknown')]);
    standing[0] = { name: 'ci', endsAt, revocation: 'revoked' };
    expect(await list()).toEqual([end, state('revoked')]);
    standing.length = 0;
    expect(await list()).toEqual([]);
  });
});

const thumbprint = (pem: string): string =>
  orThrow(parseCertificates(Buffer.from(pem)))[0]?.thumbprint ?? '';

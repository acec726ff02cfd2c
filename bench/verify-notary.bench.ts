import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRevocationGatherer } from '../src/adapters/revocation/index.ts';
import {
  completeVerification,
  type EnvelopeForm,
  type FactGatherer,
  NO_SOURCES,
  type NotaryTrust,
  planVerification,
  signNotary,
} from '../src/capabilities/signing/index.ts';
import { ok, orThrow } from '../src/core/result.ts';
import { FIXTURE_NOW, type TestKey, testKey } from '../test/support/certificates.ts';
import { CommandLine } from '../test/support/command-line.ts';
import { questionAbout, SUBJECT, trustIn } from '../test/support/notary.ts';
import { findPeer } from '../test/support/peer.ts';
import { revocableChain, testCrl } from '../test/support/revocation.ts';
import { Scene } from '../test/support/scene.ts';
import { testStamper } from '../test/support/timestamps.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { type Command, measureCommand, quantile, timing } from './compare.ts';
import { installPackage } from './installed-package.ts';

const ROUNDS = 500;
const SIGNATURES = 1_000;
const PROCESSES = 12;

/** From the bytes of an envelope and its manifest to the verdict; each is verified once. */
async function measureVerdicts(
  envelopes: readonly Uint8Array[],
  { key, trust, gatherer = NO_SOURCES }: TrustParts,
): Promise<readonly number[]> {
  const questions = envelopes.map((one) => questionAbout(one, trust, { chain: key.chain }));
  const times: number[] = [];
  for (const question of questions) {
    const started = performance.now();
    const result = await completeVerification(planVerification(question), gatherer);
    times.push(performance.now() - started);
    if (result.kind !== 'trusted') throw new Error(JSON.stringify(result).slice(0, 300));
  }
  return times;
}

interface TrustParts {
  readonly key: TestKey;
  readonly trust: NotaryTrust;
  readonly gatherer?: FactGatherer;
}

const median = (times: readonly number[]): number =>
  quantile(
    [...times].sort((a, b) => a - b),
    0.5,
  );

async function sign(
  key: TestKey,
  form: EnvelopeForm,
  countersign: ((signature: Uint8Array) => Promise<Uint8Array>) | null = null,
): Promise<readonly Uint8Array[]> {
  const stamp =
    countersign === null
      ? {}
      : { countersign: async (it: Uint8Array) => ok(await countersign(it)) };
  const metadata = (at: number) => ({ run: String(at) });
  return Promise.all(
    Array.from({ length: ROUNDS }, async (_, at) =>
      orThrow(
        await signNotary({
          ...{ subject: SUBJECT, key, form, signedAt: FIXTURE_NOW, metadata: metadata(at) },
          ...stamp,
        }),
      ),
    ),
  );
}

async function measureForms(): Promise<readonly Figure[]> {
  const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
  const stamper = testStamper('bench');
  const plain = { key, trust: trustIn(key.rootPem) };
  const stores = { trustStores: ['ca:acme', 'tsa:time'], verifyTimestamp: 'always' };
  const stamped = { key, trust: trustIn(key.rootPem, stores, { 'tsa:time': stamper.rootPem }) };
  const countersign = async (it: Uint8Array) => stamper.stamp(it, FIXTURE_NOW);
  const cases = [
    ['JWS, p50', await sign(key, 'jws'), plain, 0.5],
    ['COSE, p50', await sign(key, 'cose'), plain, 0.4],
    ['JWS with a timestamp, p50', await sign(key, 'jws', countersign), stamped, 1.5],
  ] as const;
  const figures: Figure[] = [];
  for (const [what, envelopes, trusted, max] of cases) {
    await measureVerdicts(envelopes, trusted);
    const value = median(await measureVerdicts(envelopes, trusted));
    figures.push({ what, value, unit: 'ms', target: { max } });
  }
  return figures;
}

/** A list on loopback: one fetch, then every signature is verified with what is known. */
async function measureRevocation(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-revocation-'));
  let asked = 0;
  let list: Uint8Array = Buffer.alloc(0);
  const server = createServer((_, response) => {
    asked++;
    response.end(list);
  });
  try {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { key, root } = await revocableChain('bench', { crl: `http://${host}/root.crl` });
    list = testCrl(root);
    const options = { folder, privateHosts: [host], offline: false, env: {} };
    const gatherer = openRevocationGatherer({ ...options, now: () => FIXTURE_NOW });
    const envelopes = [...(await sign(key, 'jws')), ...(await sign(key, 'jws'))];
    const trusted = { key, trust: trustIn(key.rootPem), gatherer };
    const [, ...rest] = await measureVerdicts(envelopes.slice(0, SIGNATURES), trusted);
    const mean = rest.reduce((sum, one) => sum + one, 0) / rest.length;
    const what = `${SIGNATURES} with revocation`;
    return [
      { what: `${what}, p50`, value: median(rest), unit: 'ms', target: null },
      { what: `${what}, mean`, value: mean, unit: 'ms', target: { max: 0.6 } },
      { what: 'fetches of the list', value: asked, unit: '', target: { max: 1 } },
    ];
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

/** Ours beside notation-peer and an empty Node.js, all in one run; nothing without the peer. */
async function measureProcesses(): Promise<readonly Figure[]> {
  const notation = findPeer('notation-peer');
  if (notation === null) return [];
  const installed = await installPackage();
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-notation-'));
  const scene = await Scene.open();
  try {
    const waybill = new CommandLine(folder);
    const subject = 'CN=team,O=Shop,ST=WA,C=US';
    await waybill.output('key', 'generate', 'team', '--subject', subject);
    const repository = `${scene.registry.registry}/shop/image`;
    const root = join(waybill.home, 'keys/team.root.crt');
    const who = ['--certificate', root, '--store', 'team', '--identity', subject];
    await waybill.output('trust', 'add', ...who, '--repository', repository);
    const { digest } = await scene.push('image', [{ name: 'tzdata', version: '1' }]);
    const image = `${repository}@${digest}`;
    await waybill.output('sign', image, '--key', 'team');
    const env = { PATH: process.env['PATH'], WAYBILL_HOME: waybill.home, HOME: folder };
    const config = join(waybill.home, 'notation');
    const commands: readonly Command[] = [
      { program: process.execPath, args: [installed.program, 'verify', image], env },
      { program: notation, args: ['verify', image, config], env },
      { program: process.execPath, args: ['-e', '0'], env },
    ];
    const times = await measureAlternately(commands);
    const [ours = 0, peer = 0, node = 0] = times.map((all) => timing(all).medianMs);
    return [
      { what: 'process: waybill verify, median', value: ours, unit: 'ms', target: null },
      { what: 'process: notation-peer verify, median', value: peer, unit: 'ms', target: null },
      { what: 'process: node -e 0, median', value: node, unit: 'ms', target: null },
      {
        what: 'waybill / (notation-peer + node)',
        value: ours / (peer + node),
        unit: '×',
        target: { max: 1.2 },
      },
    ];
  } finally {
    await scene.close();
    installed.clean();
    rmSync(folder, { recursive: true });
  }
}

/** The first round only warms the caches. */
async function measureAlternately(commands: readonly Command[]): Promise<readonly number[][]> {
  const times = commands.map((): number[] => []);
  for (let round = 0; round <= PROCESSES; round++)
    for (const [at, command] of commands.entries()) {
      const elapsed = await measureCommand(command);
      if (round > 0) times[at]?.push(elapsed);
    }
  return times;
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'verify-notary: signatures of the Notary Project',
  measure: async () => [
    ...(await measureForms()),
    ...(await measureRevocation()),
    ...(await measureProcesses()),
  ],
};

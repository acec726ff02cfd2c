import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBundle, parseTrustedRoot, verifyBundle } from '../src/capabilities/signing/index.ts';
import { toInstant } from '../src/core/instant.ts';
import { FIXTURE_NOW, fixedKey } from '../test/support/certificates.ts';
import { CommandLine } from '../test/support/command-line.ts';
import { findPeer } from '../test/support/peer.ts';
import { startRegistryProxy } from '../test/support/registry-proxy.ts';
import { SignedImages } from '../test/support/signed-images.ts';
import {
  type BundleJson,
  type SignOptions,
  testInstance,
} from '../test/support/sigstore-instance.ts';
import { startSigstore } from '../test/support/sigstore-services.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { type Command, measureCommand, quantile, timing } from './compare.ts';
import { installPackage } from './installed-package.ts';

const ROUNDS = 500;
const PROCESSES = 12;
const ROUND_TRIP_MS = 50;
const ARTIFACT = Buffer.from('the file');
const SUBJECT = 'https://git.example.com/shop/trips/release.yml@refs/heads/main';
const KEY = fixedKey('bench sigstore');

/** From the bytes of a bundle to the verdict. */
function measureVerdicts(options: SignOptions, isKeyed: boolean): number {
  const instance = testInstance('bench');
  const bundle = Buffer.from(JSON.stringify(instance.sign(ARTIFACT, options)));
  const root = parseTrustedRoot(JSON.stringify(instance.root));
  const trust = isKeyed
    ? { roots: new Map(), keys: [createPublicKey(KEY)] }
    : { roots: new Map([['own', root]]), keys: [] };
  const times: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const started = performance.now();
    const read = parseBundle(bundle);
    if (!read.ok) throw new Error(read.reason.message);
    const { kind } = verifyBundle({
      ...{ bundle: read.value, format: 'sigstore-bundle', artifact: ARTIFACT, trust },
      checkContent: () => [],
      now: toInstant(FIXTURE_NOW + 1_000),
    });
    if (round >= ROUNDS) times.push(performance.now() - started);
    if (kind !== 'trusted') throw new Error(`it is ${kind}`);
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  );
}

function measureInside(): readonly Figure[] {
  const cases = [
    ['keyed, inside, p50', { key: KEY, log: 'none' }, true, 3],
    ['keyless with Rekor v1, inside, p50', { log: 'v1' }, false, 8],
    ['keyless with Rekor v2 and a timestamp, inside, p50', { log: 'v2' }, false, 8],
  ] as const;
  return cases.map(([what, options, isKeyed, max]) => {
    return { what, value: measureVerdicts(options, isKeyed), unit: 'ms', target: { max } };
  });
}

/** Ours beside cosign and an empty Node.js, all in one run; nothing without cosign. */
async function measureProcesses(): Promise<readonly Figure[]> {
  const cosign = findPeer('cosign');
  if (cosign === null) return [];
  const installed = await installPackage();
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-sigstore-'));
  const sigstore = await startSigstore('bench');
  const at = (name: string) => join(folder, name);
  const write = (name: string, value: BundleJson) => writeFileSync(at(name), JSON.stringify(value));
  try {
    const now = toInstant(Date.now());
    writeFileSync(at('file'), ARTIFACT);
    write('root.json', sigstore.trustedRoot());
    write('signing.json', { ...sigstore.signingConfig(1), tsaUrls: [] });
    writeFileSync(at('token'), sigstore.token());
    write('keyed.json', sigstore.instance.sign(ARTIFACT, { at: now, key: KEY, log: 'none' }));
    const pem = createPublicKey(KEY).export({ format: 'pem', type: 'spki' });
    writeFileSync(at('key.pub'), pem);
    const waybill = new CommandLine(folder);
    await waybill.output('trust', 'import-cosign', at('root.json'));
    const token = ['--identity-token', at('token'), '--signing-config', at('signing.json')];
    await waybill.output('sign', at('file'), '--keyless', ...token);
    const env = { PATH: process.env['PATH'], WAYBILL_HOME: waybill.home, HOME: folder };
    const run = (program: string, args: readonly string[]): Command => {
      return { program, args, env, cwd: folder };
    };
    const ours = (...args: readonly string[]) =>
      run(process.execPath, [installed.program, 'verify', 'file', ...args]);
    const theirs = (...args: readonly string[]) => run(cosign, ['verify-blob', ...args, 'file']);
    const issuer = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer'];
    const whom = ['--identity', SUBJECT, '--issuer', sigstore.url];
    const rooted = ['--trusted-root', 'root.json', '--offline'];
    const node = run(process.execPath, ['-e', '0']);
    const keyed = ['--bundle', 'keyed.json', '--key', 'key.pub'];
    const keyless = ['--bundle', 'file.sigstore.json'];
    return [
      ...(await compareProcesses('keyed', [
        ours(...keyed),
        theirs(...keyed, '--insecure-ignore-tlog', '--offline'),
        node,
      ])),
      ...(await compareProcesses('keyless', [
        ours(...keyless, ...whom),
        theirs(...keyless, ...issuer, sigstore.url, ...rooted),
        node,
      ])),
    ];
  } finally {
    await sigstore.close();
    installed.clean();
    rmSync(folder, { recursive: true });
  }
}

async function compareProcesses(
  name: string,
  commands: readonly Command[],
): Promise<readonly Figure[]> {
  const times = commands.map((): number[] => []);
  for (let round = 0; round <= PROCESSES; round++)
    for (const [at, command] of commands.entries()) {
      const elapsed = await measureCommand(command);
      if (round > 0) times[at]?.push(elapsed);
    }
  const [ours = 0, peer = 0, node = 0] = times.map((all) => timing(all).medianMs);
  const figure = (what: string, value: number) => {
    return { what: `${name}, process: ${what}, median`, value, unit: 'ms', target: null };
  };
  return [
    figure('waybill verify', ours),
    figure('cosign verify-blob', peer),
    figure('node -e 0', node),
    {
      what: `${name}: waybill / (cosign + node)`,
      value: ours / (peer + node),
      unit: '×',
      target: { max: 1 },
    },
  ];
}

/** Five signatures of each form and five statements, by a registry that is far away. */
async function measureImage(): Promise<readonly Figure[]> {
  const installed = await installPackage();
  const images = await SignedImages.open();
  const proxy = await startRegistryProxy(images.registry.registry);
  try {
    const image = await images.push('mixed');
    images.write('tests.json', { result: 'PASSED', configuration: [] });
    const stated = ['--type', 'test-result', '--predicate', 'tests.json'];
    for (let count = 0; count < 5; count++) {
      for (const format of ['notary-jws', 'sigstore-bundle', 'cosign-legacy'])
        await images.run('sign', image, '--key', 'release', '--signature-format', format);
      const bundled = ['--signature-format', 'sigstore-bundle'];
      await images.run('attest', image, ...stated, '--key', 'release', ...bundled);
    }
    const where = ['--repository', `${proxy.registry}/shop/*`];
    await images.run('trust', 'import-cosign', '--key', images.writePublicKey(), ...where);
    proxy.delayMs = ROUND_TRIP_MS;
    const far = image.replace(images.registry.registry, proxy.registry);
    const home = join(images.folder, 'home');
    const env = { PATH: process.env['PATH'], WAYBILL_HOME: home, HOME: images.folder };
    const args = [installed.program, 'verify', far];
    const times: number[] = [];
    let twice = 0;
    for (let round = 0; round < PROCESSES; round++) {
      proxy.requests.length = 0;
      times.push(await measureCommand({ program: process.execPath, args, env }));
      const asked = proxy.requests.filter((one) => /^GET .*manifests\/sha256:/.test(one));
      twice = Math.max(twice, asked.length - new Set(asked).size);
    }
    const what = `image with 20 signatures and statements, ${ROUND_TRIP_MS} ms round trip`;
    return [
      { what, value: timing(times).medianMs, unit: 'ms', target: { max: 500 } },
      { what: 'manifests fetched twice', value: twice, unit: '', target: { max: 0 } },
    ];
  } finally {
    await proxy.close();
    await images.close();
    installed.clean();
  }
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'verify-sigstore: bundles of sigstore',
  measure: async () => [
    ...measureInside(),
    ...(await measureProcesses()),
    ...(await measureImage()),
  ],
};

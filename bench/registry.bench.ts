import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandLine } from '../test/support/command-line.ts';
import { startDistribution } from '../test/support/distribution.ts';
import { findPeer } from '../test/support/peer.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { type Command, measureCommand, timing } from './compare.ts';
import { canMeter, meterCommand } from './metered.ts';

const LAYERS = 10;
const LAYER_BYTES = 100_000_000;
const ROUNDS = 5;

interface Blob {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

const toBlob = (bytes: Uint8Array): Blob => {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
};

const TYPE = 'application/vnd.oci.image';

function buildManifest(config: Blob, layers: readonly Pick<Blob, 'digest'>[], size: number): Blob {
  const manifest = {
    schemaVersion: 2,
    mediaType: `${TYPE}.manifest.v1+json`,
    config: {
      ...{ mediaType: `${TYPE}.config.v1+json`, digest: config.digest },
      size: config.bytes.length,
    },
    layers: layers.map(({ digest }) => ({ mediaType: `${TYPE}.layer.v1.tar`, digest, size })),
  };
  return toBlob(Buffer.from(JSON.stringify(manifest)));
}

/** An OCI layout of a gigabyte that no compressor would shorten. */
function writeImage(folder: string): void {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const write = ({ digest, bytes }: Blob): void =>
    writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes);
  const digests: { readonly digest: string }[] = [];
  for (let at = 0; at < LAYERS; at++) {
    const layer = toBlob(randomBytes(LAYER_BYTES));
    write(layer);
    digests.push({ digest: layer.digest });
  }
  const config = toBlob(
    Buffer.from(
      JSON.stringify({
        ...{ architecture: 'amd64', os: 'linux', config: {} },
        rootfs: { type: 'layers', diff_ids: digests.map(({ digest }) => digest) },
      }),
    ),
  );
  const manifest = buildManifest(config, digests, LAYER_BYTES);
  write(config);
  write(manifest);
  const entry = {
    ...{ mediaType: `${TYPE}.manifest.v1+json`, digest: manifest.digest },
    size: manifest.bytes.length,
    annotations: { 'org.opencontainers.image.ref.name': '1.0' },
  };
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const index = { schemaVersion: 2, manifests: [entry] };
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
}

/** Each round goes to a repository of its own, on a registry that is new. */
async function compareTransfers(crane: string): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-registry-'));
  const line = new CommandLine(folder);
  writeImage(join(folder, 'image'));
  const times = new Map<string, number[]>();
  let peakMb = 0;
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const store = join(folder, `store-${round}`);
      const running = await line.start('registry', 'serve', store, '--listen', '127.0.0.1:0');
      const host = /127\.0\.0\.1:\d+/.exec(running.line)?.[0] ?? '';
      const ours = (...args: readonly string[]): Command => {
        const [program = '', ...rest] = line.words('copy', ...args);
        return { program, args: rest, env: line.env() };
      };
      const peer = (...args: readonly string[]): Command => ({ program: crane, args });
      const out = (who: string): string => join(folder, `${who}-${round}`);
      const commands: readonly (readonly [string, Command])[] = [
        ['push', ours(`oci:${join(folder, 'image')}:1.0`, `${host}/ours/image:1.0`)],
        ['crane push', peer('push', join(folder, 'image'), `${host}/peer/image:1.0`)],
        ['pull', ours(`${host}/ours/image:1.0`, `oci:${out('ours')}:1.0`)],
        ['crane pull', peer('pull', '--format=oci', `${host}/peer/image:1.0`, out('peer'))],
      ];
      for (const [what, command] of commands) {
        const elapsed = await measureCommand(command);
        if (round > 0) times.set(what, [...(times.get(what) ?? []), elapsed]);
      }
      if (round === 0 && canMeter())
        for (const command of [
          ours(`oci:${join(folder, 'image')}:1.0`, `${host}/metered/image:1.0`),
          ours(`${host}/metered/image:1.0`, `oci:${out('metered')}:1.0`),
        ])
          peakMb = Math.max(peakMb, (await meterCommand(command)).peakMb);
      await running.stop();
      for (const gone of [store, out('ours'), out('peer'), out('metered')])
        rmSync(gone, { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const median = (what: string): number => timing(times.get(what) ?? []).medianMs;
  return [
    ...[...times.keys()].map(
      (what): Figure => ({ what: `1 GB: ${what}`, value: median(what), unit: 'ms', target: null }),
    ),
    ...['push', 'pull'].map(
      (what): Figure => ({
        ...{ what: `1 GB: ${what}, ours / crane`, unit: '×', target: { max: 1.1 } },
        value: median(what) / median(`crane ${what}`),
      }),
    ),
    { what: '1 GB: peak of our process', value: peakMb, unit: 'MB', target: { max: 150 } },
  ];
}

const CLIENTS = 16;
const SMALL_BYTES = 16_384;
const WINDOW_MS = 1_500;

type Call = (host: string, agent: Agent) => Promise<void>;

/** Requests that were answered in a second, by so many clients at once. */
async function countRate(host: string, call: Call): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  let done = 0;
  const until = performance.now() + WINDOW_MS;
  const started = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      await call(host, agent);
      done++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const rate = (done * 1_000) / (performance.now() - started);
  agent.destroy();
  return rate;
}

interface Exchange {
  readonly method?: string;
  readonly agent: Agent;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Reads the answer to its end, and returns the place that it names. */
function send(url: string, status: number, { body, headers, ...asked }: Exchange): Promise<string> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(body?.length ?? 0) };
    const call = request(url, { ...asked, headers: { ...headers, ...length } }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode, headers: answered } = response;
        if (statusCode === status) resolve(answered.location ?? '');
        else reject(new Error(`${asked.method ?? 'GET'} ${url}: ${statusCode}`));
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** One upload: the place is asked for, then the blob is sent whole. */
async function putBlob(host: string, agent: Agent, { digest, bytes }: Blob): Promise<void> {
  const begin = `http://${host}/v2/bench/blobs/uploads/`;
  const location = await send(begin, 202, { method: 'POST', agent });
  const place = new URL(location, begin);
  place.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const put = { method: 'PUT', agent, headers, body: bytes } as const;
  await send(place.href, 201, put);
}

async function compareRates(program: string): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-registry-'));
  const line = new CommandLine(folder);
  const running = await line.start('registry', 'serve', folder, '--listen', '127.0.0.1:0');
  const distribution = await startDistribution(program);
  const hosts = [/127\.0\.0\.1:\d+/.exec(running.line)?.[0] ?? '', distribution.address] as const;
  const config = toBlob(Buffer.from('{}'));
  const layer = toBlob(randomBytes(SMALL_BYTES));
  const manifest = buildManifest(config, [layer], SMALL_BYTES);
  const calls: readonly (readonly [string, Call])[] = [
    ['manifest GET', (host, agent) => get(host, agent, `manifests/${manifest.digest}`)],
    ['blob GET', (host, agent) => get(host, agent, `blobs/${layer.digest}`)],
    ['blob PUT', (host, agent) => putBlob(host, agent, toBlob(randomBytes(SMALL_BYTES)))],
  ];
  const get = async (host: string, agent: Agent, path: string): Promise<void> => {
    const headers = { accept: `${TYPE}.manifest.v1+json` };
    await send(`http://${host}/v2/bench/${path}`, 200, { agent, headers });
  };
  try {
    for (const host of hosts) {
      const agent = new Agent({ keepAlive: true });
      for (const blob of [config, layer]) await putBlob(host, agent, blob);
      const headers = { 'content-type': `${TYPE}.manifest.v1+json` };
      const put = { method: 'PUT', agent, headers, body: manifest.bytes } as const;
      await send(`http://${host}/v2/bench/manifests/1.0`, 201, put);
      agent.destroy();
    }
    const figures: Figure[] = [];
    for (const [what, call] of calls) {
      const rates: [number[], number[]] = [[], []];
      for (let round = 0; round <= ROUNDS; round++)
        for (const at of [0, 1] as const) {
          const rate = await countRate(hosts[at], call);
          if (round > 0) rates[at].push(rate);
        }
      const [ours = 0, theirs = 0] = rates.map((all) => timing(all).medianMs);
      figures.push(
        { what: `${what}, ours`, value: ours, unit: '/s', target: null },
        { what: `${what}, distribution`, value: theirs, unit: '/s', target: null },
        { what: `${what}, ratio`, value: ours / theirs, unit: '×', target: { min: 1 } },
      );
    }
    return figures;
  } finally {
    await running.stop();
    await distribution.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'registry: an image of 1 GB beside crane, and requests beside distribution',
  async measure() {
    const [crane, distribution] = [findPeer('crane'), findPeer('registry')];
    if (crane === null || distribution === null)
      throw new Error('crane and registry are not there: npm run test:interop builds them');
    return [...(await compareRates(distribution)), ...(await compareTransfers(crane))];
  },
};

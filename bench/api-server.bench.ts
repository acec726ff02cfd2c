import { readFileSync } from 'node:fs';
import { Agent, createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadOwnTls } from '../src/entrypoints/server/tls.ts';
import { clusterPrograms } from '../test/support/cluster.ts';
import { ClusterWorld, pod } from '../test/support/cluster-world.ts';
import { Gatekeeper } from '../test/support/gatekeeper.ts';
import { findPeer } from '../test/support/peer.ts';
import { sendRequest } from '../test/support/send-request.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';

const WARM = 50;
const PAIRS = 400;

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority': string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

/** Creates pods over one connection, as a controller does. */
class PodMaker {
  readonly #server: string;
  readonly #options: object;
  readonly #image: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(world: ClusterWorld) {
    const text = readFileSync(join(world.cluster.folder, 'kubeconfig'), 'utf8');
    const { clusters, users } = JSON.parse(text) as Kubeconfig;
    const { server, 'certificate-authority': authority } = clusters[0].cluster;
    this.#server = server;
    this.#image = world.images.trips;
    const headers = {
      authorization: `Bearer ${users[0].user.token}`,
      'content-type': 'application/json',
    };
    this.#options = { method: 'POST', headers, ca: readFileSync(authority), agent: this.#agent };
  }

  /** Milliseconds until the pod is stored. */
  async create(namespace: string): Promise<number> {
    const body = JSON.stringify(pod(this.#image, namespace));
    const started = performance.now();
    const url = `${this.#server}/api/v1/namespaces/${namespace}/pods`;
    const { status, body: answer } = await sendRequest(url, this.#options, body);
    if (status !== 201) throw new Error(`${status}: ${answer.slice(0, 1_000)}`);
    return performance.now() - started;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** One pod in each namespace in turn: what disturbs one measurement disturbs the other. */
async function measurePairs(maker: PodMaker, asked: string, other: string) {
  const times: Record<'asked' | 'other', number[]> = { asked: [], other: [] };
  for (let round = 0; round < WARM + PAIRS; round++) {
    const [one, two] = [await maker.create(asked), await maker.create(other)];
    if (round < WARM) continue;
    times.asked.push(one);
    times.other.push(two);
  }
  const sort = (all: readonly number[]) => all.toSorted((one, two) => one - two);
  return { asked: sort(times.asked), other: sort(times.other) };
}

function compareTimes(
  what: string,
  other: string,
  { asked, other: base }: Awaited<ReturnType<typeof measurePairs>>,
  targets: { readonly p50: number; readonly p99: number | null },
): readonly Figure[] {
  const added = (part: number, max: number | null): Figure => ({
    what: `${what}: added, p${part * 100}`,
    value: quantile(asked, part) - quantile(base, part),
    unit: 'ms',
    target: max === null ? null : { max },
  });
  return [
    { what: `${other}, p50`, value: quantile(base, 0.5), unit: 'ms', target: null },
    added(0.5, targets.p50),
    added(0.99, targets.p99),
  ];
}

/** A provider that says yes to everything at once: what Gatekeeper itself takes. */
async function startEmptyProvider(folder: string) {
  const { cert, key, caFile } = loadOwnTls(folder, ['127.0.0.1']);
  const server: Server = createServer({ cert, key }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const asked = JSON.parse(Buffer.concat(pieces).toString()) as {
        readonly request: { readonly keys: readonly string[] };
      };
      const items = asked.request.keys.map((one) => ({ key: one, value: { succeeded: true } }));
      const answer = { idempotent: true, items, systemError: '' };
      const kind = { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderResponse' };
      response.end(JSON.stringify({ ...kind, response: answer }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const caBundle = readFileSync(caFile).toString('base64');
  return { url: `https://127.0.0.1:${port}/`, caBundle, close: () => server.close() };
}

type Item = { readonly kind: string; spec: Record<string, unknown> };

/** Our template and constraint for `shop`, and the same with an empty provider for `empty`. */
async function constrain(world: ClusterWorld, provider: { url: string; caBundle: string }) {
  const url = `https://${world.address}/gatekeeper/verify`;
  const printed = await world.waybill.output(
    ...['cluster', 'gatekeeper', '--ca', world.authority, '--url', url, '--timeout', '5'],
    ...['--exempt', 'empty', '--format', 'json'],
  );
  const read = (text: string) => (JSON.parse(text) as { readonly items: Item[] }).items;
  const ours = read(printed);
  const others = read(printed.replaceAll('waybill', 'blank').replaceAll('Waybill', 'Blank'));
  for (const item of others) {
    if (item.kind === 'Provider') Object.assign(item.spec, provider);
    const match = item.spec['match'] as object | undefined;
    if (match === undefined) continue;
    const { kinds } = match as { readonly kinds: unknown };
    item.spec['match'] = { kinds, namespaces: ['empty'] };
  }
  const end = Date.now() + 60_000;
  for (const items of [ours, others])
    for (;;) {
      const { code, stderr } = await world.cluster.apply(items);
      if (code === 0) break;
      if (Date.now() > end) throw new Error(stderr);
      await pause(500);
    }
  await world.until(({ code }) => code !== 0, 'shop', 60_000);
}

async function measureGatekeeper(world: ClusterWorld, maker: PodMaker): Promise<readonly Figure[]> {
  const program = findPeer('gatekeeper');
  if (program === null) return [];
  await world.cluster.output('delete', 'validatingwebhookconfiguration', 'waybill');
  await world.cluster.output('create', 'namespace', 'empty');
  const provider = await startEmptyProvider(join(world.scene.folder, 'empty-provider'));
  const gatekeeper = await Gatekeeper.start(world.cluster, program);
  try {
    await constrain(world, provider);
    const times = await measurePairs(maker, 'shop', 'empty');
    const base = 'a pod through Gatekeeper with an empty provider';
    return compareTimes('our provider', base, times, { p50: 5, p99: null });
  } finally {
    await gatekeeper.stop();
    provider.close();
  }
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'api-server: pods through a real API server, with our webhook and with Gatekeeper',
  async measure() {
    const programs = clusterPrograms();
    if (programs === null) return [];
    const world = await ClusterWorld.open(programs);
    const maker = new PodMaker(world);
    try {
      // The namespace of the system is exempt.
      const times = await measurePairs(maker, 'shop', 'kube-system');
      const base = 'a pod that the API server asks nobody about';
      return [
        ...compareTimes('our webhook', base, times, { p50: 3, p99: 20 }),
        ...(await measureGatekeeper(world, maker)),
      ];
    } finally {
      maker.close();
      await world.close();
    }
  },
};

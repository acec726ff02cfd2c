import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CommandLine } from '../test/support/command-line.ts';
import { clusterNode, runningPod } from '../test/support/kube-api.ts';
import type { Benchmark, Figure } from './benchmark.ts';

const PODS = 10_000;
const CHANGES = 1_000;
const PATH = '/api/v1/pods';

/**
 * A cluster of ten thousand pods as its API tells it. The pods have the size of real ones: with
 * environment, probes, volumes and managed fields, 6 kB each.
 */
class LargeCluster {
  readonly #server: Server;
  #watch: ServerResponse | null = null;
  #version = 1;

  constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      if (url.searchParams.has('watch')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.flushHeaders();
        if (url.pathname === PATH) this.#watch = response;
        return;
      }
      const all = this.#count(url.pathname);
      const from = Number(url.searchParams.get('continue') ?? 0);
      const to = Math.min(all, from + Number(url.searchParams.get('limit') ?? 500));
      const items = Array.from({ length: to - from }, (_, at) =>
        url.pathname === PATH ? this.pod(from + at, 0) : clusterNode(`n${from + at}`),
      );
      const more = to < all ? { continue: String(to) } : {};
      const metadata = { resourceVersion: '1', ...more };
      response.end(JSON.stringify({ kind: 'List', metadata, items }));
    });
  }

  #count(path: string): number {
    if (path === PATH) return PODS;
    return path === '/api/v1/nodes' ? 200 : 0;
  }

  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  pod(index: number, revision: number): object {
    const version = String(revision % 100).padStart(2, '0');
    const digest = `sha256:${String(index % 500).padStart(62, '0')}${version}`;
    const image = `r.example.com/shop/app-${index % 500}:1`;
    const pod = runningPod(`app-${index % 500}-5d9c7-${index}`, image, {
      ...{ digest, owner: `app-${index % 500}`, node: `n${index % 200}` },
    }) as { metadata: object };
    const managedFields = [{ manager: 'kubelet', fieldsV1: { text: 'f:status '.repeat(500) } }];
    return { ...pod, metadata: { ...pod.metadata, managedFields } };
  }

  change(index: number, revision: number): void {
    this.#version += 1;
    const pod = this.pod(index, revision) as { metadata: object };
    const metadata = { ...pod.metadata, resourceVersion: String(this.#version) };
    this.#watch?.write(`${JSON.stringify({ type: 'MODIFIED', object: { ...pod, metadata } })}\n`);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

interface Whereabouts {
  readonly deployments: readonly { readonly image: string }[];
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'watch: 10,000 pods into the graph of a server, then 100 changes a second',
  async measure(): Promise<readonly Figure[]> {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-watch-'));
    const cluster = new LargeCluster();
    const serving = new CommandLine(join(folder, 'server'));
    const watching = new CommandLine(join(folder, 'watcher'));
    try {
      const url = await cluster.open();
      writeKubeconfig(join(watching.folder, 'kubeconfig'), url);
      const server = await serving.start('serve', '--listen', '127.0.0.1:0');
      const address = /https:\/\/\S+/.exec(server.line)?.[0] ?? '';
      const ca = join(serving.home, 'tls/ca.crt');
      const began = performance.now();
      const { process: child } = watching.spawn(
        ...['watch', '--follow', '--cluster', 'eu-1', '--kubeconfig', 'kubeconfig'],
        ...['--server', address, '--server-ca', ca],
      );
      const ask = (subject: string) => askWhere(address, ca, subject);
      const last = findDigest(cluster.pod(499, 0));
      while ((await ask(last)).deployments.length === 0) await pause(100);
      const filled = (performance.now() - began) / 1_000;
      const lags = await changePods(cluster, ask);
      const rss = readPeakMb(child.pid ?? 0);
      return [
        { what: '10,000 pods to the graph', value: filled, unit: 's', target: { max: 30 } },
        {
          what: 'lag at 100 changes a second',
          value: Math.max(...lags),
          unit: 's',
          target: { max: 2 },
        },
        { what: 'memory of the watcher', value: rss, unit: 'MB', target: { max: 300 } },
      ];
    } finally {
      await watching.close();
      await serving.close();
      cluster.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A hundred changes a second; of each hundred the last is looked for until it is there. */
async function changePods(
  cluster: LargeCluster,
  ask: (subject: string) => Promise<Whereabouts>,
): Promise<readonly number[]> {
  const lags: Promise<number>[] = [];
  for (let at = 0; at < CHANGES; at++) {
    cluster.change(at, 1 + Math.floor(at / 100));
    if (at % 100 === 99) {
      const subject = findDigest(cluster.pod(at, 1 + Math.floor(at / 100)));
      lags.push(measureLag(subject, ask));
    }
    await pause(10);
  }
  return Promise.all(lags);
}

async function measureLag(subject: string, ask: (subject: string) => Promise<Whereabouts>) {
  const began = performance.now();
  while ((await ask(subject)).deployments.length === 0) await pause(50);
  return (performance.now() - began) / 1_000;
}

function findDigest(pod: object): string {
  const { status } = pod as { status: { containerStatuses: readonly [{ imageID: string }] } };
  return status.containerStatuses[0].imageID.split('@')[1] ?? '';
}

async function askWhere(address: string, ca: string, subject: string): Promise<Whereabouts> {
  const { sendRequest } = await import('../test/support/send-request.ts');
  const options = { method: 'GET', ca: readFileSync(ca) };
  const { body } = await sendRequest(`${address}/v1/ask/where?subject=${subject}`, options);
  const answer = JSON.parse(body) as Partial<Whereabouts>;
  return { deployments: answer.deployments ?? [] };
}

function writeKubeconfig(file: string, server: string): void {
  const document = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'a' },
    contexts: [{ name: 'a', context: { cluster: 'a' } }],
    clusters: [{ name: 'a', cluster: { server } }],
  };
  writeFileSync(file, JSON.stringify(document));
}

/** The peak of the resident memory, as Linux counts it. */
function readPeakMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
}

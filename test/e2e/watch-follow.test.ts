import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orThrow } from '../../src/core/result.ts';
import {
  deliverHere,
  deliverToServer,
} from '../../src/entrypoints/compose/deliver-observations.ts';
import { followCluster, type RunningWatch } from '../../src/entrypoints/compose/follow-cluster.ts';
import { startServer } from '../../src/entrypoints/server/start.ts';
import { parseTokens } from '../../src/entrypoints/server/tokens.ts';
import { clusterNode, KubeApi, runningPod } from '../support/kube-api.ts';
import { Scene } from '../support/scene.ts';
import { sendRequest } from '../support/send-request.ts';

/** A watch of a cluster, with a real server; what the cluster does is up to the test. */
const PODS = '/api/v1/pods';
const NODES = '/api/v1/nodes';
const READER = 'a-token-that-only-reads';
const WATCHER = 'system:serviceaccount:waybill:waybill-watcher';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

let scene: Scene;
let api: KubeApi;
let server: Awaited<ReturnType<typeof startServer>>;
let port = 0;
let log: Record<string, unknown>[];

const serve = async (): Promise<void> => {
  server = await startServer(scene.config, {
    ...{ host: '127.0.0.1', port, tls: null, env: {}, log: () => undefined },
    tokens: orThrow(parseTokens(`reader read ${READER}`)),
    clustersFile: join(scene.folder, 'clusters.yaml'),
  });
  port = Number(new URL(server.url).port);
};

beforeAll(async () => {
  [scene, api] = await Promise.all([Scene.open(), KubeApi.open()]);
  scene.policy({ allowedRegistries: [`${scene.registry.registry}/shop`] });
  api.writeKubeconfig(scene.folder);
  const account = { serviceAccount: 'waybill/waybill-watcher', kubeconfig: 'kubeconfig' };
  const clusters = ['eu-1', 'us-1'].map((name) => ({ name, ...account }));
  const document = { apiVersion: 'waybill.dev/v1', kind: 'Clusters', clusters };
  writeFileSync(join(scene.folder, 'clusters.yaml'), JSON.stringify(document));
  api.tokens.set('watcher.of.eu-1', { username: WATCHER, audiences: ['waybill'] });
  api.put(NODES, clusterNode('n1'));
  const owner = { kind: 'Deployment', name: 'trips', controller: true };
  const made = { name: 'trips-5d9c7', namespace: 'shop', ownerReferences: [owner] };
  api.put('/apis/apps/v1/replicasets', { metadata: made });
  api.put(PODS, runningPod('trips-1', 'r.example.com/trips:1', { digest: DIGEST, owner: 'trips' }));
  await serve();
}, 60_000);
afterAll(async () => {
  await server.close();
  await api.close();
  await scene.close();
});

const ask = async (path: string) => {
  const options = {
    method: 'GET',
    ca: readFileSync(server.caFile ?? ''),
    headers: { authorization: `Bearer ${READER}` },
  };
  return JSON.parse((await sendRequest(`${server.url}${path}`, options)).body) as {
    readonly deployments: readonly {
      readonly image: string;
      readonly workload: { name: string };
    }[];
    readonly undigested: readonly { readonly reference: string }[];
    readonly silent: readonly { readonly cluster: string }[];
  };
};
const names = async () =>
  (await ask('/v1/ask/where?cluster=eu-1')).deployments.map(({ workload }) => workload.name).sort();

async function follow(token = 'watcher.of.eu-1', leaseMs = 900_000): Promise<RunningWatch> {
  const home = join(scene.folder, 'watcher');
  mkdirSync(home, { recursive: true });
  log = [];
  const write = (entry: Readonly<Record<string, unknown>>) => void log.push({ ...entry });
  const deliver = await deliverToServer(
    { ...scene.config, home },
    {
      ...{ server: new URL(server.url), ca: readFileSync(server.caFile ?? '', 'utf8') },
      ...{ readToken: () => token, cluster: 'eu-1', env: {}, log: write },
    },
  );
  const options = { kubeconfig: join(scene.folder, 'kubeconfig'), context: null, cluster: 'eu-1' };
  return followCluster(
    { ...options, region: undefined, leaseMs, isRebuilt: false, env: {}, log: write },
    deliver,
  );
}

const soon = { timeout: 20_000, interval: 50 };
const events = () => log.map(({ event }) => event);
const waiting = () => readdirSync(join(scene.folder, 'watcher/outbox/eu-1')).length;

describe('P11, P12: waybill watch --follow', () => {
  it('tells the server what runs, what begins and what ends', async () => {
    const watch = await follow();
    await expect.poll(names, soon).toEqual(['trips']);
    api.put(PODS, runningPod('poi-1', 'r.example.com/poi:1', { digest: OTHER }));
    await expect.poll(names, soon).toEqual(['poi-1', 'trips']);
    api.remove(PODS, 'trips-1', 'shop');
    await expect.poll(names, soon).toEqual(['poi-1']);
    api.put(PODS, runningPod('odd', 'r.example.com/odd:1'));
    const open = async () => (await ask('/v1/ask/where?cluster=eu-1')).undigested;
    await expect.poll(open, soon).toMatchObject([{ reference: 'r.example.com/odd:1' }]);
    await watch.close();
    expect([events(), waiting()]).toEqual([['cluster-observed'], 0]);
  });

  it('keeps what it sees while the server is away, and after its own restart', async () => {
    const watch = await follow();
    await expect.poll(events, soon).toContain('cluster-observed');
    await expect.poll(waiting, soon).toBe(0);
    await server.close();
    api.put(PODS, runningPod('late', 'r.example.com/late:1', { digest: DIGEST }));
    await expect.poll(events, soon).toContain('server-away');
    await watch.close();
    expect(waiting()).toBe(1);
    const then = new Date().toISOString();
    api.remove(PODS, 'late', 'shop');
    await serve();
    const again = await follow();
    await expect.poll(waiting, soon).toBe(0);
    await expect.poll(names, soon).toEqual(['poi-1']);
    const past = await ask(`/v1/ask/where?cluster=eu-1&asOf=${then}`);
    expect(past.deployments.map(({ workload }) => workload.name)).toContain('late');
    await again.close();
  });

  it('says nothing while one of its watches is not open, so its lease ends', async () => {
    const watch = await follow('watcher.of.eu-1', 1_500);
    const silent = async () =>
      (await ask('/v1/ask/where?cluster=eu-1')).silent.map(({ cluster }) => cluster);
    await expect.poll(waiting, soon).toBe(0);
    await expect.poll(events, soon).toContain('cluster-observed');
    api.broken = 500;
    api.endWatches();
    await expect.poll(events, soon).toContain('watch-failed');
    api.put(PODS, runningPod('unseen', 'r.example.com/unseen:1', { digest: DIGEST }));
    await expect.poll(silent, soon).toEqual(['eu-1']);
    expect(await names()).toEqual(['poi-1']);
    api.broken = null;
    await expect.poll(names, soon).toEqual(['poi-1', 'unseen']);
    await expect.poll(silent, soon).toEqual([]);
    await watch.close();
  });

  it('may speak of its own cluster only, with the token that this cluster made', async () => {
    const post = async (cluster: string, about: string, token: string) => {
      const options = {
        method: 'POST',
        ca: readFileSync(server.caFile ?? ''),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      };
      const body = JSON.stringify({
        ...{ apiVersion: 'waybill.dev/v1', kind: 'Deployment', cluster: about, region: null },
        ...{ observedAt: new Date().toISOString(), leaseMs: 60_000, workloads: [] },
      });
      const url = `${server.url}/v1/evidence?kind=deployment&cluster=${cluster}`;
      return (await sendRequest(url, options, body)).status;
    };
    expect(await post('us-1', 'us-1', 'watcher.of.eu-1')).toBe(201);
    expect(await post('us-1', 'eu-1', 'watcher.of.eu-1')).toBe(422);
    expect(await post('us-1', 'us-1', 'a.stranger.comes')).toBe(401);
    expect(await post('us-1', 'us-1', READER)).toBe(403);
  });

  it('records in the home of this machine where no server is named', async () => {
    const home = join(scene.folder, 'own');
    const config = { ...scene.config, home, database: join(home, 'waybill.db') };
    const watch = await followCluster(
      {
        ...{ kubeconfig: join(scene.folder, 'kubeconfig'), context: null, cluster: 'eu-1' },
        ...{ region: undefined, leaseMs: 60_000, isRebuilt: false, env: {}, log: () => undefined },
      },
      deliverHere(config),
    );
    const { openQuestions } = await import('../../src/entrypoints/compose/graph.ts');
    const read = async (): Promise<readonly string[]> => {
      const reader = await openQuestions(config).catch(() => null);
      if (reader === null) return [];
      const [last] = orThrow(await reader.ask({ name: 'observations', cluster: 'eu-1', at: null }));
      await reader.close();
      return (last?.workloads ?? []).map(({ name }) => name);
    };
    await expect.poll(read, soon).toContain('poi-1');
    await watch.close();
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, clusterPrograms } from '../support/cluster.ts';
import { CommandLine, type RunningCommand } from '../support/command-line.ts';
import { Scene } from '../support/scene.ts';
import { sendRequest } from '../support/send-request.ts';

const programs = clusterPrograms();
const READER = 'a-token-that-only-reads';
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const soon = { timeout: 60_000, interval: 200 };

interface Whereabouts {
  readonly deployments: readonly {
    readonly cluster: string;
    readonly region: string | null;
    readonly image: string;
    readonly until: string | null;
    readonly workload: { readonly kind: string; readonly name: string };
  }[];
  readonly undigested: readonly { readonly reference: string }[];
}

/** A node, and what its kubelet and the controllers would do. */
async function putNode(cluster: Cluster, name: string, region: string): Promise<void> {
  const labels = {
    'topology.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': `${region}-1`,
  };
  await apply(cluster, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
}

async function apply(cluster: Cluster, ...objects: readonly object[]): Promise<void> {
  const { code, stderr } = await cluster.apply(objects);
  if (code !== 0) throw new Error(stderr);
}

/** A pod of a ReplicaSet of a Deployment, with the status that a kubelet writes. */
async function runPod(cluster: Cluster, name: string, imageID: string): Promise<void> {
  const containers = [{ name: 'app', image: `r.example.com/shop/${name}:1` }];
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { selector: { matchLabels: labels }, template };
  const metadata = { name, namespace: 'shop' };
  await apply(cluster, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
  const findUid = (kind: string, one: string) =>
    cluster.output('-n', 'shop', 'get', kind, one, '-o', 'jsonpath={.metadata.uid}');
  const owner = async (kind: string, one: string) => ({
    ownerReferences: [
      { apiVersion: 'apps/v1', kind, name: one, uid: await findUid(kind, one), controller: true },
    ],
  });
  await apply(cluster, {
    ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', spec },
    metadata: { ...metadata, name: `${name}-abc`, ...(await owner('Deployment', name)) },
  });
  await apply(cluster, {
    ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers, nodeName: 'n1' } },
    metadata: {
      ...{ namespace: 'shop', name: `${name}-abc-1`, labels },
      ...(await owner('ReplicaSet', `${name}-abc`)),
    },
  });
  const state = { running: { startedAt: new Date().toISOString() } };
  const one = { name: 'app', image: 'x', imageID, state, ready: true, restartCount: 0 };
  const status = { status: { phase: 'Running', containerStatuses: [one] } };
  await cluster.output(
    ...['-n', 'shop', 'patch', 'pod', `${name}-abc-1`, '--subresource=status', '--type=merge'],
    ...['-p', JSON.stringify(status)],
  );
}

describe.skipIf(programs === null)('P11, P12: two clusters that are watched into one graph', () => {
  let scene: Scene;
  let line: CommandLine;
  const clusters: Record<'eu-1' | 'us-1', Cluster> = {} as never;
  const watchers: Partial<Record<string, RunningCommand>> = {};
  let server: RunningCommand;
  let address = '127.0.0.1:0';

  const serve = async (): Promise<void> => {
    server = await line.start(
      ...['serve', '--listen', address, '--token-file', 'tokens', '--clusters', 'clusters.json'],
      ...['--tls-cert', 'tls/tls.crt', '--tls-key', 'tls/tls.key'],
    );
    address = /https:\/\/(\S+)/.exec(server.line)?.[1] ?? '';
  };

  /** What `waybill cluster watcher` prints, and its accounts as files for this machine. */
  async function install(name: 'eu-1' | 'us-1', region: string): Promise<void> {
    if (programs === null) return;
    const cluster = await Cluster.start(programs);
    clusters[name] = cluster;
    await putNode(cluster, 'n1', region);
    await cluster.output('create', 'namespace', 'shop');
    const printed = await line.output(
      ...[
        'cluster',
        'watcher',
        '--image',
        `r.example.com/waybill@${digest('c')}`,
        '--ca',
        'tls/ca.crt',
      ],
      ...['--cluster', name, '--server', 'https://waybill.example.com', '--format', 'json'],
    );
    await apply(cluster, ...(JSON.parse(printed) as { items: object[] }).items);
    const token = (account: string, ...more: readonly string[]) =>
      cluster.output('-n', 'waybill', 'create', 'token', account, ...more);
    const admin = JSON.parse(readFileSync(join(cluster.folder, 'kubeconfig'), 'utf8')) as object;
    const as = (text: string) =>
      JSON.stringify({ ...admin, users: [{ name: 'admin', user: { token: text.trim() } }] });
    const put = (file: string, text: string) =>
      writeFileSync(join(line.folder, file), text, { mode: 0o600 });
    put(`${name}.watcher`, as(await token('waybill-watcher')));
    put(`${name}.reviewer`, as(await token('waybill-token-reviewer')));
    put(`${name}.token`, await token('waybill-watcher', '--audience', 'waybill'));
  }

  async function watch(name: string, lease: string): Promise<void> {
    watchers[name] = await line.start(
      ...['watch', '--follow', '--cluster', name, '--kubeconfig', `${name}.watcher`],
      ...['--server', `https://${address}`, '--server-ca', 'tls/ca.crt', '--lease', lease],
      ...['--token-file', `${name}.token`],
    );
  }

  const ask = async (query: string): Promise<Whereabouts> => {
    const options = {
      ...{ method: 'GET', ca: readFileSync(join(line.folder, 'tls/ca.crt')) },
      headers: { authorization: `Bearer ${READER}` },
    };
    const answer = await sendRequest(`https://${address}/v1/ask/where?${query}`, options);
    return JSON.parse(answer.body) as Whereabouts;
  };
  const running = async (cluster: string): Promise<readonly string[]> =>
    (await ask(`cluster=${cluster}`)).deployments
      .map(({ region, image: one, workload: { kind, name } }) =>
        [kind, name, region, one.slice(0, 10)].join(' '),
      )
      .toSorted();

  beforeAll(async () => {
    scene = await Scene.open();
    scene.policy({ allowedRegistries: [`${scene.registry.registry}/shop`] });
    line = new CommandLine(scene.folder);
    await line.output('cluster', 'certificate', 'tls', '--host', '127.0.0.1');
    await Promise.all([install('eu-1', 'westeurope'), install('us-1', 'eastus')]);
    const entries = ['eu-1', 'us-1'].map((name) => ({
      ...{ name, serviceAccount: 'waybill/waybill-watcher', kubeconfig: `${name}.reviewer` },
    }));
    const document = { apiVersion: 'waybill.dev/v1', kind: 'Clusters', clusters: entries };
    writeFileSync(join(line.folder, 'clusters.json'), JSON.stringify(document));
    writeFileSync(join(line.folder, 'tokens'), `reader read ${READER}\n`);
    await serve();
  }, 300_000);
  afterAll(async () => {
    await line?.close();
    for (const cluster of Object.values(clusters)) await cluster.stop();
    await scene?.close();
  });

  it('say what runs there, from pod to Deployment, by the digest that really runs', async () => {
    await runPod(clusters['eu-1'], 'trips', `r.example.com/shop/trips@${digest('a')}`);
    await runPod(clusters['us-1'], 'trips', `docker-pullable://r.example.com/t@${digest('b')}`);
    await watch('eu-1', '10m');
    await watch('us-1', '6s');
    await expect
      .poll(() => running('eu-1'), soon)
      .toEqual(['Deployment trips westeurope sha256:aaa']);
    await expect.poll(() => running('us-1'), soon).toEqual(['Deployment trips eastus sha256:bbb']);
    await runPod(clusters['eu-1'], 'odd', `docker://${digest('d')}`);
    await expect
      .poll(async () => (await ask('cluster=eu-1')).undigested, soon)
      .toMatchObject([{ reference: 'r.example.com/shop/odd:1' }]);
  });

  it('see a deletion, also one that happened while the API server was away', async () => {
    await runPod(clusters['eu-1'], 'poi', `r.example.com/shop/poi@${digest('e')}`);
    await expect.poll(() => running('eu-1'), soon).toHaveLength(2);
    await clusters['eu-1'].restartApiServer(async () => undefined);
    const gone = ['-n', 'shop', 'delete', 'pod', 'poi-abc-1', '--force', '--grace-period=0'];
    await clusters['eu-1'].output(...gone);
    await expect
      .poll(() => running('eu-1'), soon)
      .toEqual(['Deployment trips westeurope sha256:aaa']);
  });

  it('keep what they see while the server is away', async () => {
    await server.stop();
    await runPod(clusters['eu-1'], 'late', `r.example.com/shop/late@${digest('f')}`);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await serve();
    await expect.poll(() => running('eu-1'), soon).toHaveLength(2);
  });

  it('one that goes silent is shown with the end of its lease, and the other is not', async () => {
    await watchers['us-1']?.stop('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    const now = new Date().toISOString();
    const open = (await ask('')).deployments.map(({ cluster, until }) => [
      cluster,
      until === null || until > now,
    ]);
    expect(new Map(open as [string, boolean][])).toEqual(
      new Map([
        ['eu-1', true],
        ['us-1', false],
      ]),
    );
  });

  it('may see what runs, no secrets, and change nothing: the rights that are printed', async () => {
    const can = async (...what: readonly string[]) =>
      (
        await clusters['eu-1'].kubectl(
          ...['auth', 'can-i', ...what, '-A'],
          '--as=system:serviceaccount:waybill:waybill-watcher',
        )
      ).stdout.trim();
    expect(await Promise.all([can('list', 'pods'), can('watch', 'nodes')])).toEqual(['yes', 'yes']);
    for (const what of [
      ['get', 'secrets'],
      ['list', 'configmaps'],
      ['delete', 'pods'],
      ['create', 'tokenreviews'],
    ])
      expect(await can(...what)).toBe('no');
  });
});

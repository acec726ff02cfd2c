import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeApi } from '../../../test/support/kube-api.ts';
import { type ClusterTokens, openClusterTokens } from './cluster-tokens.ts';

const WATCHER = 'system:serviceaccount:waybill:waybill-watcher';
let api: KubeApi;
let folder: string;
let now: number;
let tokens: ClusterTokens;

const write = (clusters: readonly object[]): string => {
  const file = join(folder, 'clusters.yaml');
  writeFileSync(file, JSON.stringify({ apiVersion: 'waybill.dev/v1', kind: 'Clusters', clusters }));
  return file;
};
const entry = {
  ...{ name: 'eu-1', serviceAccount: 'waybill/waybill-watcher', kubeconfig: 'kubeconfig' },
};

beforeEach(async () => {
  api = await KubeApi.open();
  folder = mkdtempSync(join(tmpdir(), 'waybill-clusters-'));
  now = 0;
  api.writeKubeconfig(folder);
  api.tokens.set('a.b.c', { username: WATCHER, audiences: ['waybill'] });
  tokens = await openClusterTokens(write([entry]), {}, () => now);
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const unauthorised = { code: 'UNAUTHORISED' };

describe('P12: the token of a cluster’s watcher', () => {
  it('counts where the cluster says that it made it, and is asked about each minute', async () => {
    await tokens.prove('eu-1', 'a.b.c');
    await tokens.prove('eu-1', 'a.b.c');
    expect(api.asked).toEqual(['review']);
    now = 60_001;
    api.tokens.clear();
    await expect(tokens.prove('eu-1', 'a.b.c')).rejects.toMatchObject(unauthorised);
  });

  it.each([
    ['another account', { username: 'system:serviceaccount:shop:default', audiences: ['waybill'] }],
    ['a person', { username: 'admin', audiences: ['waybill'] }],
    ['another audience', { username: WATCHER, audiences: ['https://kubernetes.default.svc'] }],
  ])('is refused if it is of %s', async (_, known) => {
    api.tokens.set('d.e.f', known);
    await expect(tokens.prove('eu-1', 'd.e.f')).rejects.toMatchObject(unauthorised);
    await expect(tokens.prove('eu-1', 'x.y.z')).rejects.toMatchObject(unauthorised);
    await expect(tokens.prove('us-1', 'a.b.c')).rejects.toMatchObject(unauthorised);
    await expect(tokens.prove('constructor', 'a.b.c')).rejects.toMatchObject(unauthorised);
  });

  it('is not taken while the cluster cannot say whose it is', async () => {
    api.broken = 503;
    const away = { code: 'CLUSTER_UNREACHABLE' };
    await expect(tokens.prove('eu-1', 'a.b.c')).rejects.toMatchObject(away);
  });

  it('cannot be guessed in many tries at once: the cluster is asked about eight', async () => {
    const tries = Array.from({ length: 20 }, (_, at) => tokens.prove('eu-1', `g.g.${at}`));
    const codes = (await Promise.allSettled(tries)).map((one) =>
      one.status === 'rejected' ? (one.reason as { code: string }).code : 'taken',
    );
    expect(codes.filter((code) => code === 'RATE_EXCEEDED')).toHaveLength(12);
    expect(codes.filter((code) => code === 'UNAUTHORISED')).toHaveLength(8);
    expect(api.asked).toHaveLength(8);
  });

  it.each([
    ['a cluster twice', [entry, entry]],
    ['an account without its namespace', [{ ...entry, serviceAccount: 'waybill-watcher' }]],
    ['an account with a wild card', [{ ...entry, serviceAccount: '*/waybill-watcher' }]],
    ['a key that it does not know', [{ ...entry, token: 'a' }]],
  ])('a file with %s is refused', async (_, clusters) => {
    await expect(openClusterTokens(write(clusters), {})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

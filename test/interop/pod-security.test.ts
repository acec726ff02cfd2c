import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, clusterPrograms } from '../support/cluster.ts';
import { listSecurityCases } from '../support/pod-security.ts';

const programs = clusterPrograms();
let cluster: Cluster;

describe.skipIf(programs === null)('the restricted standard of a real API server', () => {
  beforeAll(async () => {
    if (programs === null) return;
    cluster = await Cluster.start(programs);
    await cluster.output('create', 'namespace', 'strict');
    const enforced = 'pod-security.kubernetes.io/enforce=restricted';
    await cluster.output('label', 'namespace', 'strict', enforced);
  });
  afterAll(() => cluster?.stop());

  it('truth A19: admits and refuses what our table says', async () => {
    const cases = listSecurityCases();
    const pods = cases.map(({ name, annotations, spec }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'strict', annotations },
      spec,
    }));
    const { stdout, stderr } = await cluster.apply(pods, 'create', '--dry-run=server');
    const judged = cases.map(({ name }) => {
      const isRefused = stderr.includes(`pods "${name}" is forbidden: violates PodSecurity`);
      return [name, isRefused ? false : stdout.includes(`pod/${name} created`) ? true : 'unknown'];
    });
    expect(judged).toEqual(cases.map(({ name, admitted }) => [name, admitted]));
  });
});

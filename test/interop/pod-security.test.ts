import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { listSettings } from '../../src/phases/operate/pod-settings.ts';
import { Cluster, clusterPrograms } from '../support/cluster.ts';
import { listMixedPods, listSecurityCases } from '../support/pod-security.ts';

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

  it('truth A19: and we say of any mix of settings what it says', {
    timeout: 120_000,
  }, async () => {
    const mixed = listMixedPods(400);
    const pods = mixed.map(({ name, annotations, spec }) => ({
      ...{ apiVersion: 'v1', kind: 'Pod', spec },
      metadata: { name, namespace: 'strict', annotations },
    }));
    const { stdout, stderr } = await cluster.apply(pods, 'create', '--dry-run=server');
    // What is no valid pod at all is refused for another reason.
    const judged = mixed.flatMap(({ name, annotations, spec }) => {
      const isRefused = stderr.includes(`pods "${name}" is forbidden: violates PodSecurity`);
      if (!isRefused && !stdout.includes(`pod/${name} created`)) return [];
      const { containers = [], initContainers = [] } = spec as Record<string, JsonObject[]>;
      const settings = [...containers, ...initContainers].flatMap((one) =>
        listSettings(spec as JsonObject, one, annotations as JsonObject),
      );
      return [{ name, spec, isRefused, settings }];
    });
    expect(judged.length).toBeGreaterThan(200);
    const odd = judged.filter(({ isRefused, settings }) => isRefused !== settings.length > 0);
    expect(odd).toEqual([]);
  });
});

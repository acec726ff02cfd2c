import { describe, expect, it } from 'vitest';
import { clusterNode, runningPod } from '../../../test/support/kube-api.ts';
import { toInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import { readClusterList } from './cluster-list.ts';
import { buildObservation } from './observation.ts';
import {
  shrinkObject,
  WATCHED_KINDS,
  WatchedCluster,
  type WatchedKind,
} from './watched-cluster.ts';

const HEX = 'a'.repeat(64);
const OWNED = { apiVersion: 'apps/v1', kind: 'ReplicaSet' };
const REPLICA_SET = {
  ...OWNED,
  metadata: {
    ...{ name: 'trips-5d9c7', namespace: 'shop' },
    ownerReferences: [{ kind: 'Deployment', name: 'trips', controller: true }],
  },
};
const POD = { ...runningPod('trips-1', 'r.example.com/trips:1', { owner: 'trips' }), kind: 'Pod' };
const FORMS = {
  pullable: `docker-pullable://r.example.com/trips@sha256:${HEX}`,
  plain: `r.example.com/trips@sha256:${HEX}`,
  bare: HEX,
  configuration: `docker://sha256:${HEX}`,
  absent: '',
};

function withImageId(imageID: string): object {
  const status = {
    phase: 'Running',
    containerStatuses: [{ name: 'app', image: 'x', imageID }],
  };
  return { ...POD, status };
}

const watched = { cluster: 'eu-1', region: undefined, clusterUid: null, mayBeEmpty: true };
const options = { ...watched, observedAt: toInstant(0), leaseMs: 60_000 };

function observe(objects: Readonly<Partial<Record<WatchedKind, readonly object[]>>>) {
  const cluster = new WatchedCluster();
  for (const { kind } of WATCHED_KINDS)
    cluster.replace(
      kind,
      (objects[kind] ?? []).map((one) => orThrow(shrinkObject(one as JsonObject, kind))),
    );
  return orThrow(buildObservation(cluster.list(), options));
}

describe('P12, C22: what is kept of a watched object', () => {
  it.each(Object.entries(FORMS))('leads to what a list leads to: image id %s', (_, imageId) => {
    const node = { ...clusterNode('n1'), kind: 'Node' };
    const pod = withImageId(imageId);
    const text = JSON.stringify({ kind: 'List', items: [node, REPLICA_SET, pod] });
    const listed = buildObservation(orThrow(readClusterList(Buffer.from(text))), options);
    expect(observe({ Node: [node], ReplicaSet: [REPLICA_SET], Pod: [pod] })).toEqual(
      orThrow(listed),
    );
  });

  it('is small: no environment, no specification', () => {
    const env = [{ name: 'PASSWORD', value: 'secret-of-the-shop' }];
    const spec = { nodeName: 'n1', containers: [{ name: 'app', image: 'trips', env }] };
    const kept = orThrow(shrinkObject({ ...POD, spec } as unknown as JsonObject, 'Pod'));
    expect(JSON.stringify(kept)).not.toContain('secret-of-the-shop');
  });

  it('nothing is said before every kind was listed, and what is deleted is gone', () => {
    const cluster = new WatchedCluster();
    for (const { kind } of WATCHED_KINDS) {
      expect(cluster.isComplete()).toBe(false);
      cluster.replace(kind, []);
    }
    expect(cluster.isComplete()).toBe(true);
    const pod = orThrow(shrinkObject(POD as unknown as JsonObject, 'Pod'));
    cluster.apply('Pod', pod, false);
    expect(cluster.list().objects).toHaveLength(1);
    cluster.apply('Pod', pod, true);
    expect(cluster.list().objects).toEqual([]);
  });
});

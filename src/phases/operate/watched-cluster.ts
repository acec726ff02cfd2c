import type { JsonObject } from '../../core/json.ts';
import { ok, type Result } from '../../core/result.ts';
import {
  type ClusterList,
  type ClusterObject,
  readClusterObject,
  readObject,
  readObjects,
  readText,
} from './cluster-list.ts';
import { listImages } from './running-images.ts';

/** The kinds that a watch follows, each as its path in the API. */
export const WATCHED_KINDS = [
  { kind: 'Pod', path: '/api/v1/pods', isMetadata: false },
  { kind: 'Node', path: '/api/v1/nodes', isMetadata: true },
  { kind: 'ReplicaSet', path: '/apis/apps/v1/replicasets', isMetadata: true },
  { kind: 'Deployment', path: '/apis/apps/v1/deployments', isMetadata: true },
  { kind: 'StatefulSet', path: '/apis/apps/v1/statefulsets', isMetadata: true },
  { kind: 'DaemonSet', path: '/apis/apps/v1/daemonsets', isMetadata: true },
  { kind: 'Job', path: '/apis/batch/v1/jobs', isMetadata: true },
  { kind: 'CronJob', path: '/apis/batch/v1/cronjobs', isMetadata: true },
] as const;
export type WatchedKind = (typeof WATCHED_KINDS)[number]['kind'];

/**
 * What a cluster has, as its API server tells it: of each object what an observation needs, so that
 * ten thousand pods take some megabytes.
 */
export class WatchedCluster {
  readonly #kinds = new Map<WatchedKind, Map<string, ClusterObject>>();
  /** The namespace whose uid says which cluster this is. */
  #system: ClusterObject | null = null;

  /** The complete list of a kind: what is not in it does not exist. */
  replace(kind: WatchedKind, objects: readonly ClusterObject[]): void {
    this.#kinds.set(kind, new Map(objects.map((one) => [formatKey(one), one])));
  }

  apply(kind: WatchedKind, object: ClusterObject, isGone: boolean): void {
    const known = this.#kinds.get(kind);
    // mutant watched-object-that-is-gone by watched-cluster: condition -> false
    if (isGone) known?.delete(formatKey(object));
    else known?.set(formatKey(object), object);
  }

  identify(namespace: ClusterObject | null): void {
    this.#system = namespace;
  }

  /** Whether each kind was listed: before that, what is absent is unknown. */
  isComplete(): boolean {
    // mutant watched-before-it-is-listed by watched-cluster: value -> true
    return WATCHED_KINDS.every(({ kind }) => this.#kinds.has(kind));
  }

  list(): ClusterList {
    const objects = [...this.#kinds.values()].flatMap((all) => [...all.values()]);
    if (this.#system !== null) objects.push(this.#system);
    return { objects, kinds: new Set(WATCHED_KINDS.map(({ kind }) => kind)) };
  }
}

function formatKey({ namespace, name }: ClusterObject): string {
  return `${namespace}/${name}`;
}

/**
 * What is kept of an object of the API. Of a pod: its owner, node, phase and images; of others, the
 * owner and labels.
 */
export function shrinkObject(
  body: JsonObject,
  kind: WatchedKind | 'Namespace',
): Result<ClusterObject> {
  const read = readClusterObject(body, kind);
  if (!read.ok) return read;
  const object = read.value;
  const metadata = readObject(body['metadata']);
  const owners = readObjects(metadata['ownerReferences']).map(
    ({ kind: one, name, controller }) => ({
      ...(one === undefined ? {} : { kind: one }),
      ...(name === undefined ? {} : { name }),
      ...(controller === undefined ? {} : { controller }),
    }),
  );
  const born = metadata['creationTimestamp'];
  const kept = {
    ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    ...(born === undefined ? {} : { creationTimestamp: born }),
  };
  const labels = Object.fromEntries(
    Object.entries(object.labels).filter(([name]) => LABELS.has(name)),
  );
  if (kind !== 'Pod') return ok({ ...object, labels, body: { metadata: kept } });
  const phase = readText(readObject(body['status'])['phase']);
  const node = readText(readObject(body['spec'])['nodeName']);
  return ok({
    ...object,
    labels,
    images: listImages(object),
    body: {
      metadata: kept,
      spec: node === null ? {} : { nodeName: node },
      status: phase === null ? {} : { phase },
    },
  });
}

/** Labels that an observation reads: where a node is, and which ReplicaSet a pod is of. */
const LABELS = new Set([
  ...['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'],
  ...['failure-domain.beta.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone'],
  'pod-template-hash',
]);

import type { DeploymentRecord, RecordFields } from '../../capabilities/evidence/index.ts';
import { formatCount } from '../../core/count.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import {
  type ClusterList,
  type ClusterObject,
  PIPE,
  readObject,
  readText,
} from './cluster-list.ts';
import type { NoDigestReason, PodImages } from './pod-images.ts';
import { Owners } from './pod-owner.ts';
import { isRunning, listImages } from './running-images.ts';

/** What is not in the list itself. */
export interface WatchOptions {
  readonly cluster: string;
  /** Undefined: taken from the labels of the nodes; null: none. */
  readonly region: string | null | undefined;
  readonly clusterUid: string | null;
  readonly observedAt: Instant;
  readonly leaseMs: number;
  /** Whether a list without pods is accepted. */
  readonly mayBeEmpty: boolean;
}

export interface ClusterObservation {
  readonly record: RecordFields<'deployment'>;
  /** What the observation leaves unknown, for people. */
  readonly notes: readonly string[];
}

type Workload = DeploymentRecord['workloads'][number];

/**
 * What runs in a cluster, by workload. An incomplete list is refused: what it does not name would
 * seem to have ended, and a cluster without its nodes could be any cluster.
 */
export function buildObservation(
  list: ClusterList,
  watched: WatchOptions,
): Result<ClusterObservation> {
  const nodes = listNodes(list);
  const region = watched.region === undefined ? findRegion(list, nodes) : ok(watched.region);
  if (!region.ok) return region;
  const pods = list.objects.filter(({ kind }) => kind === 'Pod');
  const lack = findLack(watched, pods, nodes);
  if (lack !== null) return failed(lack);
  const running = pods.filter(isRunning).map((pod) => ({
    pod,
    images: pod.images ?? listImages(pod),
  }));
  const workloads = listWorkloads(list, running, new Map(nodes.map((node) => [node.name, node])));
  if (!workloads.ok) return workloads;
  const uid = watched.clusterUid ?? findClusterUid(list);
  const { cluster, observedAt, leaseMs } = watched;
  const shown = nodes.map(({ name, uid: own, zone }) => ({ name, uid: own, zone }));
  const identity = {
    ...(uid === null ? {} : { clusterUid: uid }),
    ...(nodes.length === 0 ? {} : { nodes: shown }),
  };
  const record = {
    cluster,
    region: region.value,
    ...identity,
    observedAt,
    leaseMs,
    workloads: workloads.value,
  };
  return ok({ record, notes: listNotes(running, nodes, pods.length - running.length) });
}

function findLack(
  { mayBeEmpty }: WatchOptions,
  pods: readonly ClusterObject[],
  nodes: readonly Node[],
): Failure | null {
  // mutant watch-list-without-pods: operand -> false
  if (pods.length === 0 && !mayBeEmpty) {
    const remedy = `${PIPE}. If nothing runs there any more: --empty.`;
    return new Failure(
      'EVIDENCE_REJECTED',
      'the list has no pods: everything that runs would seem to have ended',
      remedy,
    );
  }
  if (pods.length > LIMITS.podsMax || nodes.length > LIMITS.nodesMax) {
    const over =
      `${formatCount(pods.length, 'pod')} and ${formatCount(nodes.length, 'node')} are over the ` +
      `limits of ${LIMITS.podsMax} and ${LIMITS.nodesMax}`;
    return new Failure('LIMIT_EXCEEDED', over, 'Report this: no known cluster is as large.');
  }
  return null;
}

interface Node {
  readonly name: string;
  readonly uid: string | null;
  readonly zone: string | null;
  readonly region: string | null;
}

function listNodes({ objects }: ClusterList): readonly Node[] {
  return objects
    .filter(({ kind }) => kind === 'Node')
    .map(({ name, uid, labels }) => ({
      name,
      uid,
      zone: readLabel(labels, 'zone'),
      region: readLabel(labels, 'region'),
    }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** The well-known label, or the label that it replaced. */
function readLabel(labels: ClusterObject['labels'], what: 'zone' | 'region'): string | null {
  return (
    labels[`topology.kubernetes.io/${what}`] ||
    labels[`failure-domain.beta.kubernetes.io/${what}`] ||
    null
  );
}

function findRegion(_list: ClusterList, nodes: readonly Node[]): Result<string | null> {
  const regions = [...new Set(nodes.flatMap(({ region }) => region ?? []))];
  if (nodes.length === 0) {
    const why = 'the list has no nodes, so the region and the identity of the cluster are unknown';
    return failed(new Failure('EVIDENCE_REJECTED', why, `${PIPE}. Or name the region: --region.`));
  }
  if (regions.length < 2) return ok(regions[0] ?? null);
  const why = `the nodes are in several regions: ${regions.slice(0, 5).join(', ')}`;
  return failed(new Failure('EVIDENCE_REJECTED', why, 'Name the region of the cluster: --region.'));
}

/**
 * The uid of the kube-system namespace: every cluster has it, and it lives as long as the cluster.
 */
function findClusterUid({ objects }: ClusterList): string | null {
  return (
    objects.find(({ kind, name }) => kind === 'Namespace' && name === 'kube-system')?.uid ?? null
  );
}

interface RunningPod {
  readonly pod: ClusterObject;
  readonly images: PodImages;
}

function listWorkloads(
  { objects, kinds }: ClusterList,
  running: readonly RunningPod[],
  nodes: ReadonlyMap<string, Node>,
): Result<Workload[]> {
  const owners = new Owners(objects, kinds);
  const grouped = Map.groupBy(running, ({ pod }) => {
    const { kind, name } = owners.findOwner(pod);
    return JSON.stringify([pod.namespace, kind, name]);
  });
  const workloads: Workload[] = [];
  for (const [key, group] of [...grouped].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const [namespace = '', kind = '', name = ''] = JSON.parse(key) as string[];
    const images = uniteImages(group);
    if (images.length > 1_000)
      return failTooMany(`${kind} ${namespace}/${name} runs ${images.length} images`);
    const pods = group
      .map(({ pod }) => ({ name: pod.name, node: readNodeName(pod) }))
      .toSorted(compareByName);
    const zones = [
      ...new Set(pods.flatMap(({ node }) => nodes.get(node ?? '')?.zone ?? [])),
    ].toSorted();
    workloads.push({ namespace: namespace || 'default', kind, name, images, zones, pods });
  }
  return workloads.length > 100_000
    ? failTooMany(`the list has ${workloads.length} workloads`)
    : ok(workloads);
}

function failTooMany(what: string): Result<never> {
  return failed(
    new Failure(
      'LIMIT_EXCEEDED',
      `${what}, which is more than one observation can record`,
      'Report this.',
    ),
  );
}

function compareByName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}

function readNodeName({ body }: ClusterObject): string | null {
  return readText(readObject(body['spec'])['nodeName']);
}

/**
 * During a rollout the pods of a workload run different images: all of them are recorded, each
 * once.
 */
function uniteImages(group: readonly RunningPod[]): Workload['images'] {
  const united = new Map<string, Workload['images'][number]>();
  for (const { container, reference, digest, kind, settings } of group.flatMap(
    ({ images }) => images.images,
  )) {
    const key = JSON.stringify([container, kind, reference, digest]);
    const known = united.get(key)?.settings ?? [];
    const all = [...new Set([...known, ...settings])].slice(0, 100);
    united.set(key, { container, reference, digest, kind, settings: all });
  }
  return [...united].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, image]) => image);
}

const WHY: Readonly<Record<NoDigestReason, string>> = {
  'not-started': 'a container has no image id before it starts',
  'configuration-id': 'the image id is the id of a configuration, which names no manifest',
  'not-told': 'the image id names no digest',
};

function listNotes(
  running: readonly RunningPod[],
  nodes: readonly Node[],
  ended: number,
): readonly string[] {
  const why = Map.groupBy(
    running.flatMap(({ images }) => images.undigested),
    (one) => one,
  );
  const names = new Set(nodes.map(({ name }) => name));
  const lost = running.filter(
    ({ pod }) => readNodeName(pod) !== null && !names.has(readNodeName(pod) ?? ''),
  );
  const zoneless = nodes.filter(({ zone }) => zone === null).length;
  return [
    ...[...why].map(
      ([one, all]) =>
        `the release of ${formatCount(all.length, 'container')} is unknown: ${WHY[one]}`,
    ),
    ...(lost.length === 0
      ? []
      : [`the zone of ${formatCount(lost.length, 'pod')} is unknown: the node is not in the list`]),
    ...(zoneless === 0
      ? []
      : [
          `the zone of ${zoneless} of ${formatCount(nodes.length, 'node')} is unknown: ` +
            'no zone label',
        ]),
    ...(ended === 0 ? [] : [`not running: ${formatCount(ended, 'completed or failed pod')}`]),
  ];
}

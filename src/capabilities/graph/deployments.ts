import { type Instant, toInstant } from '../../core/instant.ts';
import type { DeploymentRecord } from '../evidence/index.ts';

/** One container of one workload that runs one image, for as long as it was observed. */
export interface Interval {
  /** Workload, container, reference and image digest: what identifies it. */
  readonly key: string;
  readonly from: Instant;
  /** Null while no observation shows its end. */
  readonly to: Instant | null;
}

/** The state of a cluster after an observation. */
export interface ClusterState {
  /** When the last observation was made, and until when it counts; null before the first. */
  readonly observedAt: Instant | null;
  readonly leaseEnd: Instant | null;
  readonly open: readonly Interval[];
}

export const UNSEEN: ClusterState = { observedAt: null, leaseEnd: null, open: [] };

export interface Observation {
  readonly observedAt: Instant;
  readonly leaseMs: number;
  readonly keys: ReadonlySet<string>;
}

/**
 * What an observation changes. A cluster without an observation for longer than its lease did not
 * keep running what it ran: those intervals end where the lease ended, and what is observed again
 * begins again (foundation 3: the end is computed from observations and lease length, never from a
 * clock).
 */
export function observe(
  state: ClusterState,
  seen: Observation,
): { readonly ended: readonly Interval[]; readonly state: ClusterState } {
  // mutant silent-cluster-lease-ends by 3-two-kinds-of-time: value -> false
  const silent = state.leaseEnd !== null && state.leaseEnd < seen.observedAt;
  const ended: Interval[] = [];
  const open: Interval[] = [];
  const kept = new Set<string>();
  for (const interval of state.open) {
    if (!silent && seen.keys.has(interval.key)) {
      open.push(interval);
      kept.add(interval.key);
    } else ended.push({ ...interval, to: silent ? state.leaseEnd : seen.observedAt });
  }
  for (const key of seen.keys)
    if (!kept.has(key)) open.push({ key, from: seen.observedAt, to: null });
  const leaseEnd = toInstant(seen.observedAt + seen.leaseMs);
  return { ended: ended.filter(hasLasted), state: { observedAt: seen.observedAt, leaseEnd, open } };
}

/**
 * All intervals of the observations in the order of their time. The projection must equal this
 * reference.
 */
export function listIntervals(observations: readonly Observation[]): readonly Interval[] {
  const ended: Interval[] = [];
  let state = UNSEEN;
  for (const seen of observations) {
    const next = observe(state, seen);
    ended.push(...next.ended);
    state = next.state;
  }
  return [...ended, ...state.open];
}

/** Two observations of one moment: what only the earlier one saw has lasted no time. */
function hasLasted(interval: Interval): boolean {
  return interval.to === null || interval.to > interval.from;
}

export interface RunningContainer {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly container: string;
  readonly reference: string;
  readonly digest: string;
}

/**
 * The containers of an observation by key. A container without a digest cannot be joined to
 * anything and is left out.
 */
export function listContainers(record: DeploymentRecord): ReadonlyMap<string, RunningContainer> {
  const containers = new Map<string, RunningContainer>();
  for (const { namespace, kind, name, images } of record.workloads) {
    for (const { container, reference, digest } of images) {
      if (digest === null) continue;
      const running = { namespace, kind, name, container, reference, digest };
      containers.set(formatKey(record.region, running), running);
    }
  }
  return containers;
}

function formatKey(
  region: string | null,
  { namespace, kind, name, container, reference, digest }: RunningContainer,
): string {
  return JSON.stringify([region, namespace, kind, name, container, reference, digest]);
}

/**
 * The containers that run after an observation. One of changes names only the workloads that are
 * different: of the others, what ran before it still runs.
 */
export function listObservedKeys(
  record: DeploymentRecord,
  before: readonly Interval[],
): ReadonlySet<string> {
  const keys = new Set(listContainers(record).keys());
  if (record.changes === undefined) return keys;
  const told = new Set([...record.workloads, ...record.changes.ended].map(formatWorkload));
  for (const { key } of before) {
    const [, namespace, kind, name] = JSON.parse(key) as readonly string[];
    // mutant observed-workload-that-changed by observed-changes: condition -> true
    if (!told.has(JSON.stringify([namespace, kind, name]))) keys.add(key);
  }
  return keys;
}

/** The whole observation that changes lead to, from the whole observation before them. */
export function applyChanges(whole: DeploymentRecord, next: DeploymentRecord): DeploymentRecord {
  if (next.changes === undefined) return next;
  const workloads = new Map(whole.workloads.map((one) => [formatWorkload(one), one]));
  for (const one of next.changes.ended) workloads.delete(formatWorkload(one));
  for (const one of next.workloads) workloads.set(formatWorkload(one), one);
  const { changes: _, ...told } = next;
  const nodes = next.nodes ?? whole.nodes;
  return {
    ...told,
    ...(nodes === undefined ? {} : { nodes }),
    workloads: [...workloads.values()],
  };
}

function formatWorkload({ namespace, kind, name }: WorkloadName): string {
  return JSON.stringify([namespace, kind, name]);
}

type WorkloadName = Pick<RunningContainer, 'namespace' | 'kind' | 'name'>;

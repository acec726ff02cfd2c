import type { DeploymentRecord, RecordFields } from '../../capabilities/evidence/index.ts';
import type { Findings } from '../../capabilities/graph/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import { type Cause, findCause } from '../../gates/audit/index.ts';
import type { RuntimeEvent } from './runtime-event.ts';

/** What events are joined with. */
export interface ViolationPorts {
  /**
   * How the cluster was last observed, at the moment or before it; one record for each of its
   * regions.
   */
  readonly seenAt: (at: Instant) => Promise<Result<readonly DeploymentRecord[]>>;
  readonly listFindings: (image: Digest) => Promise<Result<Findings>>;
}

export interface ViolationContext {
  readonly cluster: string;
  readonly now: Instant;
}

type ViolationFields = RecordFields<'violation'>;

/** Before this moment there was no Kubernetes: a clock with an earlier time was never set. */
const EARLIEST = Date.UTC(2014, 5, 1);

/**
 * Joins an event to its workload and image by what was observed when it happened. What neither the
 * event nor an observation says stays unknown and is named: nothing is joined by a guess.
 */
export async function toViolation(
  event: RuntimeEvent,
  { cluster, now }: ViolationContext,
  ports: ViolationPorts,
): Promise<Result<ViolationFields>> {
  // mutant violation-from-the-future: operand 3 -> $operand !== $operand3
  const isTold = event.at !== null && event.at >= EARLIEST && event.at <= now + LIMITS.clockSkewMs;
  const place = isTold ? await findPlace(event, event.at, ports) : ok(null);
  if (!place.ok) return place;
  const image = event.image.digest ?? place.value?.image ?? null;
  const cause = await findEventCause(image, place.value, ports);
  if (!cause.ok) return cause;
  const { namespace, pod, container } = event;
  const unknown = [
    ...(isTold ? [] : ['time']),
    ...(namespace === null ? ['namespace'] : []),
    ...(pod === null ? ['pod'] : []),
    ...(place.value === null ? ['workload'] : []),
    ...(image === null ? ['image'] : []),
  ];
  const zone = place.value?.zone ?? null;
  return ok({
    id: event.id,
    at: event.at ?? now,
    workload: toWorkload(event, cluster, place.value),
    image,
    rule: event.rule,
    severity: event.severity,
    detail: event.output,
    event: event.digest,
    cause: { kind: cause.value.kind, facts: [...cause.value.facts] },
    ...(pod === null ? {} : { pod }),
    ...(container === null ? {} : { container }),
    ...(event.host === null ? {} : { node: event.host }),
    ...(zone === null ? {} : { zone }),
    ...(event.process === null ? {} : { process: event.process }),
    ...(event.image.reference === null ? {} : { reference: event.image.reference }),
    ...(unknown.length === 0 ? {} : { unknown }),
  });
}

const UNKNOWN = 'unknown';

/**
 * Without an observation that has the pod, the pod itself is all that is known about the workload.
 */
function toWorkload(
  { namespace, pod, workload: named }: RuntimeEvent,
  cluster: string,
  place: EventPlace | null,
) {
  if (place !== null)
    return { cluster, region: place.region, namespace: place.namespace, ...place.owner };
  const told = named ?? { kind: UNKNOWN, name: UNKNOWN };
  const bare = pod === null ? told : { kind: 'Pod', name: pod };
  return { cluster, region: null, namespace: namespace ?? UNKNOWN, ...bare };
}

interface EventPlace {
  readonly region: string | null;
  readonly namespace: string;
  readonly owner: { readonly kind: string; readonly name: string };
  readonly zone: string | null;
  /** Null if several images, or no known image, ran under the name of the container. */
  readonly image: Digest | null;
  readonly settings: readonly string[] | null;
}

async function findPlace(
  event: RuntimeEvent,
  at: Instant,
  ports: ViolationPorts,
): Promise<Result<EventPlace | null>> {
  const { namespace, pod, workload } = event;
  if (namespace === null || (pod === null && workload === undefined)) return ok(null);
  const seen = await ports.seenAt(at);
  if (!seen.ok) return seen;
  // mutant violation-after-lease: remove call 2
  const places = seen.value
    // A cluster without observations for longer than its lease says nothing about the moment.
    .filter(({ observedAt, leaseMs }) => at < observedAt + leaseMs)
    .flatMap((record) => findPlaceIn(record, event) ?? []);
  // mutant violation-of-two-clusters: argument -> $branch
  return ok(places.length === 1 ? (places[0] ?? null) : null);
}

const PODS = new WeakMap<
  DeploymentRecord,
  ReadonlyMap<string, DeploymentRecord['workloads'][number]>
>();

/** The workloads of an observation by their pods, computed once for all of its events. */
function indexPods(
  record: DeploymentRecord,
): ReadonlyMap<string, DeploymentRecord['workloads'][number]> {
  const known = PODS.get(record);
  if (known !== undefined) return known;
  const made = new Map(
    record.workloads.flatMap((workload) =>
      (workload.pods ?? []).map(
        ({ name }) => [JSON.stringify([workload.namespace, name]), workload] as const,
      ),
    ),
  );
  PODS.set(record, made);
  return made;
}

function findPlaceIn(record: DeploymentRecord, event: RuntimeEvent): EventPlace | null {
  const { namespace, pod, container } = event;
  const workload =
    pod === null
      ? findWorkload(record, event)
      : indexPods(record).get(JSON.stringify([namespace, pod]));
  if (workload === undefined) return null;
  const node = workload.pods?.find(({ name }) => name === pod)?.node ?? null;
  const all = workload.images.filter(({ kind }) => kind !== 'volume');
  const named = container === null ? [] : all.filter((one) => one.container === container);
  // A pod with one container leaves no choice, whatever name the event uses.
  const meant = named.length > 0 ? named : all.length === 1 ? all : [];
  const digests = [...new Set(meant.map(({ digest }) => digest))];
  const settings = meant.map((one) => one.settings);
  return {
    region: record.region,
    namespace: workload.namespace,
    owner: { kind: workload.kind, name: workload.name },
    zone: record.nodes?.find(({ name }) => name === node)?.zone ?? null,
    // mutant violation-of-several-images: value -> $branch
    image: digests.length === 1 ? (digests[0] ?? null) : null,
    settings:
      meant.length === 0 || settings.includes(undefined)
        ? null
        : [...new Set(settings.flatMap((one) => one ?? []))],
  };
}

/**
 * The workload that a sensor names. It may name what a Deployment or a CronJob made: then the pods
 * tell, because their names begin with it. Two of them are none.
 */
function findWorkload(record: DeploymentRecord, { namespace, workload: named }: RuntimeEvent) {
  if (named === undefined) return undefined;
  const near = record.workloads.filter((one) => one.namespace === namespace);
  const own = near.find(({ kind, name }) => kind === named.kind && name === named.name);
  if (own !== undefined) return own;
  const made = near.filter(({ pods = [] }) =>
    pods.some(({ name }) => name.startsWith(`${named.name}-`)),
  );
  // mutant violation-of-two-workloads by sensor-events: condition -> true
  return MADE.has(named.kind) && made.length === 1 ? made[0] : undefined;
}

/** Kinds that another object makes, so that an observation names that one. */
const MADE = new Set(['ReplicaSet', 'Job']);

async function findEventCause(
  image: Digest | null,
  place: EventPlace | null,
  { listFindings }: ViolationPorts,
): Promise<Result<Cause>> {
  const found = image === null ? null : await listFindings(image);
  if (found !== null && !found.ok && found.failure.code !== 'UNKNOWN_NAME') return found;
  const known = found?.ok === true && found.value.inventory !== null ? found.value.findings : null;
  return ok(findCause({ settings: place?.settings ?? null, findings: known }));
}

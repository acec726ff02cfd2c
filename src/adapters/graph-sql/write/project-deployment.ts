import { type DeploymentRecord, parseRecord } from '../../../capabilities/evidence/index.ts';
import {
  type ClusterState,
  type Interval,
  listContainers,
  listObservedKeys,
  type Observation,
  observe,
  type RunningContainer,
} from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { addDoubt, findDoubt } from './doubtful-observation.ts';
import { selectObservationBodies } from './observation-documents.ts';
import type { Projection } from './projection.ts';

/**
 * An observation of a cluster. A late observation changes the conclusions from the later ones: the
 * intervals since the observation before it are concluded again, in the order of their time.
 */
export async function projectDeployment(
  projection: Projection,
  record: DeploymentRecord,
): Promise<void> {
  const { connected, shard, ids, position, digest } = projection;
  const clusterKey = JSON.stringify([record.cluster, record.region]);
  const cluster = await ids.internOne('cluster', clusterKey, {
    columns: ['name'],
    cells: () => [record.cluster],
  });
  const doubt = await findDoubt(projection, cluster, record);
  if (doubt !== null) return addDoubt(projection, clusterKey, doubt);
  const columns = ['shard', 'cluster', 'observed_at', 'position', 'lease_ms', 'document'];
  await connected.insertRows('cluster_observation', columns, [
    [shard, cluster, record.observedAt, position, record.leaseMs, digest],
  ]);
  const before = await readStateBefore(projection, cluster, record.observedAt);
  const intervals = new Map<string, Interval>();
  const containers = new Map<string, RunningContainer>();
  let state: ClusterState = before;
  for (const seen of await readObservationsFrom(projection, cluster, record)) {
    for (const [key, running] of listContainers(seen)) containers.set(key, running);
    const next = observe(state, toObservation(seen, state));
    for (const interval of next.ended) intervals.set(formatIntervalName(interval), interval);
    state = next.state;
  }
  for (const interval of state.open) intervals.set(formatIntervalName(interval), interval);
  await replaceIntervals(projection, cluster, before.observedAt, { intervals, containers, record });
}

function toObservation(record: DeploymentRecord, { open }: ClusterState): Observation {
  return {
    observedAt: record.observedAt,
    leaseMs: record.leaseMs,
    keys: listObservedKeys(record, open),
  };
}

function formatIntervalName({ key, from }: Interval): string {
  return `${from} ${key}`;
}

/** The state of the cluster after the last observation before `moment`, by the believed rows. */
async function readStateBefore(
  { connected, shard, position }: Projection,
  cluster: number,
  moment: Instant,
): Promise<ClusterState> {
  const last = await connected.db
    .selectFrom('cluster_observation')
    .select(['observed_at', 'lease_ms'])
    .where('shard', '=', shard)
    .where('cluster', '=', cluster)
    .where('observed_at', '<=', moment)
    .where('position', '<', position)
    .orderBy('observed_at', 'desc')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return { observedAt: null, leaseEnd: null, open: [] };
  const at = toInstant(last.observed_at);
  const open = (await readIntervals({ connected, shard }, cluster, at)).filter(
    (row) => row.valid_from <= at && (row.valid_to === null || row.valid_to > at),
  );
  return {
    observedAt: at,
    leaseEnd: toInstant(at + last.lease_ms),
    open: open.map((row) => ({ key: row.interval_key, from: toInstant(row.valid_from), to: null })),
  };
}

/** The believed intervals that were not over at `from`. */
async function readIntervals(
  { connected, shard }: Pick<Projection, 'connected' | 'shard'>,
  cluster: number,
  from: Instant | null,
) {
  return connected.db
    .selectFrom('deployment')
    .select(['id', 'interval_key', 'valid_from', 'valid_to'])
    .where('shard', '=', shard)
    .where('cluster', '=', cluster)
    .where('known_to', 'is', null)
    .where((row) =>
      row.or([row('valid_to', 'is', null), row('valid_to', '>', from ?? Number.MIN_SAFE_INTEGER)]),
    )
    .execute();
}

/** This observation and the later ones. Usually there are no later ones. */
async function readObservationsFrom(
  { connected, shard, position, recordedAt }: Projection,
  cluster: number,
  record: DeploymentRecord,
): Promise<readonly DeploymentRecord[]> {
  // mutant observation-that-was-ahead by doubtful-observation: remove call 4
  const later = await selectObservationBodies(connected.db, shard, cluster)
    .where('seen.observed_at', '>', record.observedAt)
    .where('seen.position', '<', position)
    // One that is yet to come was made by a clock that was ahead: what it concluded ends here.
    .where('seen.observed_at', '<=', recordedAt + LIMITS.clockSkewMs)
    .orderBy('seen.observed_at')
    .orderBy('seen.position')
    .execute();
  return [record, ...later.map(({ body }) => orThrow(parseRecord('deployment', body)))];
}

interface Conclusion {
  readonly intervals: ReadonlyMap<string, Interval>;
  readonly containers: ReadonlyMap<string, RunningContainer>;
  readonly record: DeploymentRecord;
}

/** Ends the belief in rows that are now concluded differently, and adds the new rows. */
async function replaceIntervals(
  projection: Projection,
  cluster: number,
  from: Instant | null,
  concluded: Conclusion,
): Promise<void> {
  const { connected, shard, ids, position } = projection;
  const wanted = new Map(concluded.intervals);
  const gone: number[] = [];
  const carried = new Map<string, number>();
  for (const row of await readIntervals(projection, cluster, from)) {
    const name = `${row.valid_from} ${row.interval_key}`;
    carried.set(row.interval_key, row.id);
    if (wanted.get(name)?.to === row.valid_to) wanted.delete(name);
    else gone.push(row.id);
  }
  const places = await readPlaces(projection, [...wanted.values()], carried, concluded);
  for (const id of gone) {
    await connected.db
      .updateTable('deployment')
      .set({ known_to: position })
      .where('shard', '=', shard)
      .where('id', '=', id)
      .execute();
  }
  const first = wanted.size === 0 ? 0 : await ids.allocate('deployment', wanted.size);
  const rows = [...wanted.values()].map((interval, at) => {
    const place = places.get(interval.key);
    if (place === undefined)
      throw new Failure('INTERNAL', 'an interval without a place', 'Report this.');
    return [
      shard,
      first + at,
      cluster,
      interval.key,
      ...place,
      interval.from,
      interval.to,
      position,
    ];
  });
  await connected.insertRows(
    'deployment',
    [
      ...['shard', 'id', 'cluster', 'interval_key', ...PLACE_COLUMNS],
      ...['valid_from', 'valid_to', 'known_from'],
    ],
    rows,
  );
}

type PlaceCells = readonly (string | number | null)[];
const PLACE_COLUMNS = [
  ...(['image', 'region', 'namespace', 'workload_kind', 'workload_name'] as const),
  ...(['container', 'reference'] as const),
];

/**
 * Where an interval's container runs: from the observations that are read now or, if it ended
 * before them, from its row.
 */
async function readPlaces(
  { connected, shard, ids }: Projection,
  intervals: readonly Interval[],
  carried: ReadonlyMap<string, number>,
  { containers }: Conclusion,
): Promise<ReadonlyMap<string, PlaceCells>> {
  const images = (
    await ids.intern(
      'image',
      [...containers.values()].map(({ digest }) => digest),
    )
  ).ids;
  const places = new Map<string, PlaceCells>();
  for (const { key } of intervals) {
    const running = containers.get(key);
    if (running !== undefined) {
      const { namespace, kind, name, container, reference, digest } = running;
      places.set(key, [
        images.get(digest) ?? 0,
        parseRegion(key),
        namespace,
        kind,
        name,
        container,
        reference,
      ]);
      continue;
    }
    const row = await connected.db
      .selectFrom('deployment')
      .select(PLACE_COLUMNS)
      .where('shard', '=', shard)
      .where('id', '=', carried.get(key) ?? 0)
      .executeTakeFirstOrThrow();
    places.set(
      key,
      PLACE_COLUMNS.map((column) => row[column]),
    );
  }
  return places;
}

/** The region is the first part of an interval's key. */
function parseRegion(key: string): string | null {
  const parts: unknown = JSON.parse(key);
  const region: unknown = Array.isArray(parts) ? parts[0] : null;
  return typeof region === 'string' ? region : null;
}

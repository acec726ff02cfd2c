import { type DeploymentRecord, parseRecord } from '../../../capabilities/evidence/index.ts';
import { describeClusterDifference, isIdentified } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { selectObservationBodies } from './observation-documents.ts';
import { addProblem, type Projection } from './projection.ts';

/** Why an observation is on record and is not believed. */
export interface Doubt {
  readonly kind: 'cluster-conflict' | 'observation-to-come' | 'observation-gap';
  readonly detail: string;
}

/**
 * An observation ends everything that it does not name. So an observation of another cluster under
 * the same name, or with a future time, must not be believed, however it came into the log.
 */
export async function findDoubt(
  projection: Projection,
  cluster: number,
  record: DeploymentRecord,
): Promise<Doubt | null> {
  const { observedAt, cluster: name } = record;
  // mutant observation-from-the-future: operand 4 -> 1_000 * $
  if (observedAt > projection.recordedAt + LIMITS.clockSkewMs) {
    const detail =
      `${name} would have been seen at ${formatInstant(observedAt)}, which was yet to come at ` +
      `${formatInstant(projection.recordedAt)}`;
    return { kind: 'observation-to-come', detail };
  }
  const gap = await findGap(projection, cluster, record);
  if (gap !== null) return gap;
  if (record.rebuilt === true || !isIdentified(record)) return null;
  const own =
    (await findIdentifiedObservation(projection, cluster, record, '<=')) ??
    (await findIdentifiedObservation(projection, cluster, record, '>'));
  const isBefore = own !== null && own.rebuilt === true && own.observedAt > observedAt;
  // mutant observation-of-another-cluster: call -> null
  const difference = own === null || isBefore ? null : describeClusterDifference(own, record);
  return difference === null
    ? null
    : { kind: 'cluster-conflict', detail: `${name} is the name of another cluster: ${difference}` };
}

/**
 * Changes say what is different since one observation. Where that one is not believed, or no longer
 * counted when they were seen, nobody knows what the rest of the cluster ran.
 */
async function findGap(
  { connected, shard, position }: Projection,
  cluster: number,
  { cluster: name, changes, observedAt }: DeploymentRecord,
): Promise<Doubt | null> {
  if (changes === undefined) return null;
  const last = await connected.db
    .selectFrom('cluster_observation')
    .select(['lease_ms'])
    .where('shard', '=', shard)
    .where('cluster', '=', cluster)
    .where('observed_at', '=', changes.since)
    .where('position', '<', position)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  // mutant changes-after-a-gap by observed-changes: condition -> last !== undefined
  if (last !== undefined && changes.since + last.lease_ms >= observedAt) return null;
  const detail =
    `${name} says what changed since ${formatInstant(changes.since)}, and no observation of then ` +
    `counted until ${formatInstant(observedAt)}`;
  return { kind: 'observation-gap', detail };
}

/** How many observations are searched for one that identifies its cluster. */
// mutant observation-without-identity: value -> 1
const OBSERVATIONS_TRIED_MAX = 20;

/** The nearest believed observation, before or after, that identifies its cluster. */
async function findIdentifiedObservation(
  { connected, shard, position }: Projection,
  cluster: number,
  { observedAt }: DeploymentRecord,
  side: '<=' | '>',
): Promise<DeploymentRecord | null> {
  for (let offset = 0; offset < OBSERVATIONS_TRIED_MAX; offset++) {
    const row = await selectObservationBodies(connected.db, shard, cluster)
      .where('seen.position', '<', position)
      .where('seen.observed_at', side, observedAt)
      .orderBy('seen.observed_at', side === '<=' ? 'desc' : 'asc')
      .orderBy('seen.position', 'desc')
      .limit(1)
      .offset(offset)
      .executeTakeFirst();
    if (row === undefined) return null;
    const read = orThrow(parseRecord('deployment', row.body));
    if (isIdentified(read)) return read;
  }
  return null;
}

/** Reported once for each fault, however often it is repeated. */
export async function addDoubt(
  projection: Projection,
  subject: string,
  { kind, detail }: Doubt,
): Promise<void> {
  const { connected, shard } = projection;
  const known = await connected.db
    .selectFrom('problem')
    .select('id')
    .where('shard', '=', shard)
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('known_to', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (known === undefined) await addProblem(projection, kind, subject, detail);
}

import type { ExpressionBuilder } from 'kysely';
import type { DeploymentAnswer } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { instantOf } from '../../../core/instant.ts';
import { chunksOf } from '../chunks.ts';
import type { Database } from '../schema.ts';
import { believedAt, type Scope } from './scope.ts';

interface Lease {
  readonly observedAt: number;
  readonly end: number;
}

/** Until when the last observation of each cluster that was known holds. */
async function leasesOf({ db, shard, known }: Scope, clusters: readonly number[]): Promise<ReadonlyMap<number, Lease>> {
  const leases = new Map<number, Lease>();
  for (const cluster of new Set(clusters)) {
    const last = await db
      .selectFrom('cluster_observation')
      .select(['observed_at', 'lease_ms'])
      .where('shard', '=', shard)
      .where('cluster', '=', cluster)
      .where('position', '<=', known)
      .orderBy('observed_at', 'desc')
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (last !== undefined)
      leases.set(cluster, { observedAt: last.observed_at, end: last.observed_at + last.lease_ms });
  }
  return leases;
}

/** Deployments by image that were running at the moment asked about or, without one, have no known end. */
export async function deploymentsOf(
  scope: Scope,
  images: readonly number[],
  rowsMax: number,
  afterId = 0,
): Promise<readonly DeployedRow[]> {
  const { db, shard, known, ask } = scope;
  const found: DeployedRow[] = [];
  for (const some of chunksOf(images)) {
    if (found.length >= rowsMax) break;
    const rows = await db
      .selectFrom('deployment')
      .innerJoin('cluster', (on) =>
        on.onRef('cluster.shard', '=', 'deployment.shard').onRef('cluster.id', '=', 'deployment.cluster'),
      )
      .innerJoin('image', (on) =>
        on.onRef('image.shard', '=', 'deployment.shard').onRef('image.id', '=', 'deployment.image'),
      )
      .selectAll('deployment')
      .select(['cluster.name as cluster_name', 'image.digest as image_digest'])
      .where('deployment.shard', '=', shard)
      .where('deployment.image', 'in', some)
      .where('deployment.id', '>', afterId)
      .where((row) => believedAt(row, 'deployment', known))
      .where((row) => runningAt(row, ask.asOf))
      .orderBy('deployment.id')
      .limit(rowsMax + 1)
      .execute();
    const leases = await leasesOf(
      scope,
      rows.map((row) => row.cluster),
    );
    for (const row of rows) {
      const end = leases.get(row.cluster)?.end ?? row.valid_from;
      if (row.valid_to === null && ask.asOf !== null && end <= ask.asOf) continue;
      found.push({ id: row.id, image: row.image, answer: answerOf(row, end) });
    }
  }
  return found;
}

export interface DeployedRow {
  readonly id: number;
  readonly image: number;
  readonly answer: DeploymentAnswer;
}

function runningAt(row: ExpressionBuilder<Database, 'deployment'>, asOf: number | null) {
  if (asOf === null) return row('deployment.valid_to', 'is', null);
  return row.and([
    row('deployment.valid_from', '<=', asOf),
    row.or([row('deployment.valid_to', 'is', null), row('deployment.valid_to', '>', asOf)]),
  ]);
}

interface Row {
  readonly cluster_name: string;
  readonly region: string | null;
  readonly namespace: string;
  readonly workload_kind: string;
  readonly workload_name: string;
  readonly container: string;
  readonly image_digest: string;
  readonly reference: string;
  readonly valid_from: number;
  readonly valid_to: number | null;
}

function answerOf(row: Row, leaseEnd: number): DeploymentAnswer {
  return {
    cluster: row.cluster_name,
    region: row.region,
    namespace: row.namespace,
    workload: { kind: row.workload_kind, name: row.workload_name, container: row.container },
    image: row.image_digest as Digest,
    reference: row.reference,
    from: instantOf(row.valid_from),
    until: instantOf(row.valid_to ?? leaseEnd),
    open: row.valid_to === null,
  };
}

/** The image itself, the indexes that it is a member of and the members of it: what runs may be named by any of them. */
export async function relatedImages(
  { db, shard, known }: Scope,
  digest: Digest,
): Promise<{ readonly self: number | null; readonly all: readonly number[] }> {
  const self = await db
    .selectFrom('image')
    .select('id')
    .where('shard', '=', shard)
    .where('digest', '=', digest)
    .executeTakeFirst();
  if (self === undefined) return { self: null, all: [] };
  const members = await db
    .selectFrom('image_member')
    .select(['image_index', 'member'])
    .where('shard', '=', shard)
    .where((row) => row.or([row('image_index', '=', self.id), row('member', '=', self.id)]))
    .where('known_from', '<=', known)
    .limit(1_000)
    .execute();
  const all = new Set([self.id, ...members.flatMap(({ image_index: index, member }) => [index, member])]);
  return { self: self.id, all: [...all] };
}

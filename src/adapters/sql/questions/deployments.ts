import type { ExpressionBuilder } from 'kysely';
import type { DeploymentAnswer } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { instantOf } from '../../../core/instant.ts';
import { chunksOf } from '../chunks.ts';
import type { Database } from '../schema.ts';
import { believedAt, type Scope } from './scope.ts';
import { signedDeployment } from './signed.ts';

/** Deployments by image that were running at the moment asked about or, without one, have no known end; by id. */
export async function deploymentsOf(
  scope: Scope,
  images: readonly number[],
  rowsMax: number,
  afterId = 0,
): Promise<readonly DeployedRow[]> {
  const found: DeployedRow[] = [];
  for (const some of chunksOf(images)) {
    const rows = await deployedRows(scope, some, rowsMax + 1, afterId);
    const ends = await leaseEndsOf(scope, new Set(rows.map((row) => row.cluster)));
    for (const row of rows)
      found.push({ id: row.id, image: row.image, answer: answerOf(row, ends.get(row.cluster) ?? row.valid_from) });
  }
  // Each part has its own smallest ids: only all of them together have an order that a page can end in.
  return found.sort((one, other) => one.id - other.id).slice(0, rowsMax + 1);
}

async function deployedRows(scope: Scope, images: readonly number[], limit: number, afterId: number) {
  const { db, shard, known } = scope;
  return db
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
    .where('deployment.image', 'in', images)
    .where('deployment.id', '>', afterId)
    .where((row) => believedAt(row, 'deployment', known))
    .where((row) => runningAt(scope, row))
    .$if(scope.ask.signedBy !== null, (query) => query.where((row) => signedDeployment(scope, row)))
    .orderBy('deployment.id')
    .limit(limit)
    .execute();
}

/** The lease ends of the clusters, each asked for once, however many deployments it has. */
async function leaseEndsOf(
  { db, shard, known }: Scope,
  clusters: ReadonlySet<number>,
): Promise<ReadonlyMap<number, number>> {
  const ends = new Map<number, number>();
  for (const cluster of clusters) {
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
    if (last !== undefined) ends.set(cluster, last.observed_at + last.lease_ms);
  }
  return ends;
}

/** Until when the last observation of the cluster that was known holds. */
function leaseEnd({ known }: Scope, row: ExpressionBuilder<Database, 'deployment'>) {
  return row
    .selectFrom('cluster_observation as seen')
    .select((inner) => inner('seen.observed_at', '+', inner.ref('seen.lease_ms')).as('lease_end'))
    .whereRef('seen.shard', '=', 'deployment.shard')
    .whereRef('seen.cluster', '=', 'deployment.cluster')
    .where('seen.position', '<=', known)
    .orderBy('seen.observed_at', 'desc')
    .orderBy('seen.position', 'desc')
    .limit(1);
}

export interface DeployedRow {
  readonly id: number;
  readonly image: number;
  readonly answer: DeploymentAnswer;
}

/** An interval without an end holds until the lease of its cluster does: silence ends it, not the clock. */
function runningAt(scope: Scope, row: ExpressionBuilder<Database, 'deployment'>) {
  const { asOf } = scope.ask;
  const isOpen = row('deployment.valid_to', 'is', null);
  if (asOf === null) return isOpen;
  return row.and([
    row('deployment.valid_from', '<=', asOf),
    row.or([row('deployment.valid_to', '>', asOf), row.and([isOpen, row(leaseEnd(scope, row), '>', asOf)])]),
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

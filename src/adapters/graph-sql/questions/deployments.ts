import type { ExpressionBuilder } from 'kysely';
import type { DeploymentAnswer, EvidenceAnswer } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import type { Database } from '../schema/schema.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readEvidence } from './evidence.ts';
import { isInScope } from './release-filter.ts';
import { findObservationBound, isBelieved, type Scope } from './scope.ts';
import { isSignedDeployment, isSignedDocument } from './signatures.ts';

/** Which deployments are requested, in addition to the filters of every question. */
export interface DeploymentFilter {
  readonly afterId?: number;
  readonly place?: PlaceClusters;
  /** Only deployments of a requested release: by owner, by date. */
  readonly ofReleases?: boolean;
}

/** A place whose clusters are looked up. There are few of them. */
export interface PlaceClusters {
  /** Null: in any cluster. */
  readonly clusters: readonly number[] | null;
  readonly namespace: string | null;
}

const ONE_BY_ONE_MAX = 20;
const IMAGES_AT_ONCE = 500;

/**
 * Deployments by image that were running at the moment of the question or, without a moment, have
 * no known end; by id.
 */
export async function readDeployments(
  scope: Scope,
  images: readonly number[],
  rowsMax: number,
  filter: DeploymentFilter = {},
): Promise<readonly DeployedRow[]> {
  const found: Row[] = [];
  // For one image an index has the rows in the requested order. Several images at once would be
  // read whole and sorted.
  for (const some of splitIntoChunks(
    images,
    images.length <= ONE_BY_ONE_MAX ? 1 : IMAGES_AT_ONCE,
  )) {
    const rows = await queryDeployments(scope, filter)
      .where('deployment.image', 'in', some)
      .limit(rowsMax + 1)
      .execute();
    found.push(...rows);
  }
  // Each part has its own smallest ids. Only all parts together have an order in which a page can
  // end.
  return answerRows(scope, found.sort((one, other) => one.id - other.id).slice(0, rowsMax + 1));
}

/** All deployments in a place, of any image. */
export async function readPlaceDeployments(
  scope: Scope,
  rowsMax: number,
  filter: DeploymentFilter & { readonly place: PlaceClusters },
): Promise<readonly DeployedRow[]> {
  const { clusters, namespace } = filter.place;
  const anywhere = { ...filter, place: { clusters: null, namespace } };
  if (clusters === null) {
    const rows = await queryDeployments(scope, anywhere)
      .limit(rowsMax + 1)
      .execute();
    return answerRows(scope, rows);
  }
  const found: Row[] = [];
  // One cluster at a time: an index has the rows of each cluster in the requested order.
  for (const cluster of clusters) {
    const rows = await queryDeployments(scope, anywhere)
      .where('deployment.cluster', '=', cluster)
      .limit(rowsMax + 1)
      .execute();
    found.push(...rows);
  }
  return answerRows(scope, found.sort((one, other) => one.id - other.id).slice(0, rowsMax + 1));
}

/** The deployments that are believed, with the names of their clusters and their images. */
export function selectDeployments(scope: Scope) {
  return scope.db
    .selectFrom('deployment')
    .innerJoin('cluster', (on) =>
      on
        .onRef('cluster.shard', '=', 'deployment.shard')
        .onRef('cluster.id', '=', 'deployment.cluster'),
    )
    .innerJoin('image', (on) =>
      on.onRef('image.shard', '=', 'deployment.shard').onRef('image.id', '=', 'deployment.image'),
    )
    .selectAll('deployment')
    .select(['cluster.name as cluster_name', 'image.digest as image_digest'])
    .where('deployment.shard', '=', scope.shard)
    .where((row) => isBelieved(row, 'deployment', scope));
}

function queryDeployments(
  scope: Scope,
  { afterId = 0, place, ofReleases = false }: DeploymentFilter,
) {
  const clusters = place?.clusters ?? null;
  const namespace = place?.namespace ?? null;
  return selectDeployments(scope)
    .where('deployment.id', '>', afterId)
    .where((row) => isRunning(scope, row))
    .$if(clusters !== null, (query) =>
      query.where('deployment.cluster', 'in', [...(clusters ?? [])]),
    )
    .$if(namespace !== null, (query) => query.where('deployment.namespace', '=', namespace ?? ''))
    .$if(ofReleases, (query) => query.where((row) => isReleased(scope, row)))
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedDeployment(scope, row)),
    )
    .orderBy('deployment.id');
}

/**
 * The deployment belongs to a requested release: as the image that the release names, or as a
 * member of that image.
 */
function isReleased(scope: Scope, row: ExpressionBuilder<Database, 'deployment'>) {
  const { db: _, ...narrowing } = scope;
  return row.exists(
    row
      .selectFrom('release_image as held')
      .innerJoin('release', (on) =>
        on.onRef('release.shard', '=', 'held.shard').onRef('release.id', '=', 'held.release'),
      )
      .select('held.id')
      .where('held.shard', '=', scope.shard)
      .whereRef('held.image', '=', 'deployment.image')
      .where('held.known_from', '<=', scope.known)
      .where((inner) => isInScope(narrowing, inner)),
  );
}

/** The observation that a row is based on: the last known one within the row's interval. */
interface LastObservation {
  readonly observed_at: number;
  readonly lease_ms: number;
  readonly document: string;
}

async function answerRows(scope: Scope, rows: readonly Row[]): Promise<readonly DeployedRow[]> {
  const seen = new Map<string, LastObservation | null>();
  const formatKey = (row: Row) => `${row.cluster} ${computeBound(scope, row)}`;
  // Each cluster is read once, however many deployments it has.
  for (const row of rows) {
    if (!seen.has(formatKey(row)))
      seen.set(
        formatKey(row),
        await readLastObservation(scope, row.cluster, computeBound(scope, row)),
      );
  }
  const documents = [...seen.values()].flatMap((last) => (last === null ? [] : [last.document]));
  const said = await readEvidence(scope, 'deployment', documents);
  return rows.map((row) => {
    const last = seen.get(formatKey(row)) ?? null;
    const evidence = said.get(last?.document ?? '');
    const leaseEnd = last === null ? row.valid_from : last.observed_at + last.lease_ms;
    return {
      id: row.id,
      image: row.image,
      answer: toAnswer(row, leaseEnd, evidence === undefined ? [] : [evidence]),
    };
  });
}

/**
 * Observations before this moment saw the row: its end, or the moment of the question if that is
 * earlier.
 */
function computeBound(scope: Scope, row: Row): number {
  const { ask } = scope;
  const last = ask.asOf === null ? findObservationBound(scope) : Number.MAX_SAFE_INTEGER;
  const end = row.valid_to ?? last;
  // Open rows hold as long as the lease of the very last observation. The shown end is computed
  // from it.
  return row.valid_to === null || ask.asOf === null ? end : Math.min(end, ask.asOf + 1);
}

/** The last observation of a cluster before this moment. */
export async function readLastObservation(
  scope: Scope,
  cluster: number,
  bound: number,
): Promise<LastObservation | null> {
  const { db, shard, known, ask } = scope;
  const row = await db
    .selectFrom('cluster_observation')
    .select(['observed_at', 'lease_ms', 'document'])
    .where('shard', '=', shard)
    .where('cluster', '=', cluster)
    .where('observed_at', '<', bound)
    .where('position', '<=', known)
    .$if(ask.signedBy !== null, (query) =>
      query.where((inner) => isSignedDocument(scope, inner, 'cluster_observation.document')),
    )
    .orderBy('observed_at', 'desc')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** Until when the last known observation of the cluster holds. */
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

/**
 * An interval without an end holds until the lease of its cluster ends. Missing observations end
 * it, not the clock.
 */
export function isRunning(scope: Scope, row: ExpressionBuilder<Database, 'deployment'>) {
  const { asOf } = scope.ask;
  const isOpen = row('deployment.valid_to', 'is', null);
  if (asOf === null) return isOpen;
  return row.and([
    row('deployment.valid_from', '<=', asOf),
    row.or([
      row('deployment.valid_to', '>', asOf),
      row.and([isOpen, row(leaseEnd(scope, row), '>', asOf)]),
    ]),
  ]);
}

interface Row {
  readonly id: number;
  readonly image: number;
  readonly cluster: number;
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

function toAnswer(
  row: Row,
  leaseEnd: number,
  evidence: readonly EvidenceAnswer[],
): DeploymentAnswer {
  return {
    cluster: row.cluster_name,
    region: row.region,
    namespace: row.namespace,
    workload: { kind: row.workload_kind, name: row.workload_name, container: row.container },
    image: row.image_digest as Digest,
    reference: row.reference,
    from: toInstant(row.valid_from),
    until: toInstant(row.valid_to ?? leaseEnd),
    open: row.valid_to === null,
    evidence,
  };
}

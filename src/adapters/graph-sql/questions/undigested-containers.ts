import type { DeploymentRecord } from '../../../capabilities/evidence/index.ts';
import type { UndigestedContainer } from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import {
  foldObservations,
  readObservationChain,
  selectObservationBodies,
  toAsciiText,
} from '../write/observation-documents.ts';
import { type PlaceClusters, readLastObservation } from './deployments.ts';
import { readEvidence } from './evidence.ts';
import { findObservationBound, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';

interface UndigestedContainers {
  readonly containers: readonly UndigestedContainer[];
  /** There are more of them, or clusters that were not examined. */
  readonly more: boolean;
}

export const NO_CONTAINERS: UndigestedContainers = { containers: [], more: false };

/** The same, as the members of an answer. */
export function toAnswer({ containers, more }: UndigestedContainers) {
  return { undigested: containers, undigestedMore: more };
}

export const EVERYWHERE: PlaceClusters = { clusters: null, namespace: null };

/**
 * Those of the first page, in a place. They have no owner and no date: a question about these is
 * not about them.
 */
export async function findUndigestedIn(
  scope: Scope,
  place: PlaceClusters,
): Promise<UndigestedContainers> {
  const { page, owner, since } = scope.ask;
  const isWhole = page.after === null && owner === null && since === null;
  // mutant container-that-runs-nobody-knows-what by undigested-containers: value -> NO_CONTAINERS
  return isWhole ? findUndigested(scope, place) : NO_CONTAINERS;
}

/** Clusters that are read together. */
const PIECE = 100;

/**
 * Containers that run, as the last observation of each cluster says, with an image of which the
 * digest is not known: no inventory, release or finding can be theirs.
 */
export async function findUndigested(
  scope: Scope,
  place: PlaceClusters = EVERYWHERE,
): Promise<UndigestedContainers> {
  const max = LIMITS.unreleasedImagesMax;
  const found: UndigestedContainer[] = [];
  let bytes = 0;
  for (let last = 0; ; ) {
    const clusters = await listClusters(scope, last);
    for (const id of clusters) {
      // mutant containers-of-another-cluster by undigested-containers: condition -> false
      if (place.clusters?.includes(id) === false) continue;
      if (found.length > max || bytes > LIMITS.documentBytesMax)
        return { containers: found.slice(0, max), more: true };
      const seen = await readObservation(scope, id);
      bytes += seen?.bodies.reduce((sum, { length }) => sum + length, 0) ?? 0;
      if (seen !== null) found.push(...(await listUndigested(scope, seen, place)));
    }
    last = clusters.at(-1) ?? 0;
    if (clusters.length < PIECE)
      return { containers: found.slice(0, max), more: found.length > max };
  }
}

async function listClusters({ db, shard }: Scope, after: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('cluster')
    .select('id')
    .where('shard', '=', shard)
    .where('id', '>', after)
    .orderBy('id')
    .limit(PIECE)
    .execute();
  return rows.map(({ id }) => id);
}

interface LastDocument {
  readonly document: string;
  /** Of one of changes, with those before it, the newest first. */
  readonly bodies: readonly Uint8Array[];
}

/** Null where nothing was seen, or where its lease had ended at the moment that is asked about. */
async function readObservation(scope: Scope, cluster: number): Promise<LastDocument | null> {
  const { db, shard, ask } = scope;
  const last = await readLastObservation(scope, cluster, findObservationBound(scope));
  if (last === null) return null;
  // mutant containers-of-an-ended-lease by undigested-containers: condition -> false
  if (ask.asOf !== null && last.observed_at + last.lease_ms <= ask.asOf) return null;
  const bodies = await readObservationChain(
    selectObservationBodies(db, shard, cluster)
      .where('seen.observed_at', '<=', last.observed_at)
      .where('seen.position', '<=', scope.known)
      .$if(ask.signedBy !== null, (query) =>
        query.where((inner) => isSignedDocument(scope, inner, 'seen.document')),
      )
      .orderBy('seen.observed_at', 'desc')
      .orderBy('seen.position', 'desc'),
  );
  return { document: last.document, bodies };
}

/** A record without such a container is usual, and is not parsed. */
const NO_DIGEST = /"digest"\s{0,8}:\s{0,8}null/;

async function listUndigested(
  scope: Scope,
  { document, bodies }: LastDocument,
  place: PlaceClusters,
): Promise<readonly UndigestedContainer[]> {
  const record = bodies.some((body) => NO_DIGEST.test(toAsciiText(body)))
    ? foldObservations(bodies)
    : null;
  if (record === null) return [];
  const said = (await readEvidence(scope, 'deployment', [document])).get(document);
  const evidence = said === undefined ? [] : [said];
  return listOpen(record, place).map((one) => ({ ...one, evidence }));
}

function listOpen({ cluster, region, workloads }: DeploymentRecord, place: PlaceClusters) {
  const open: Omit<UndigestedContainer, 'evidence'>[] = [];
  for (const { namespace, kind, name, images } of workloads) {
    if (place.namespace !== null && namespace !== place.namespace) continue;
    for (const { container, reference, digest } of images) {
      if (digest !== null) continue;
      open.push({ cluster, region, namespace, workload: { kind, name, container }, reference });
      // One more than are shown says that there are more.
      if (open.length > LIMITS.unreleasedImagesMax) return open;
    }
  }
  return open;
}

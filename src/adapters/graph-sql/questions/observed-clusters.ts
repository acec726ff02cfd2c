import { parseRecord } from '../../../capabilities/evidence/index.ts';
import type { SilentCluster } from '../../../capabilities/graph/index.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { PlaceClusters } from './deployments.ts';
import { readDocumentBody } from './document-body.ts';
import { takeRegion } from './place.ts';
import { findObservationBound, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';
import { EVERYWHERE } from './undigested-containers.ts';

interface ObservedClusters {
  /** Whether any cluster of the place was observed at the moment of the question or before it. */
  readonly observed: boolean;
  /** Those whose last observation had ended at that moment. */
  readonly silent: readonly SilentCluster[];
  readonly silentMore: boolean;
}

/** Clusters that are read together. */
const PIECE = 100;

/**
 * How far it is known what runs in a place. A cluster that was first observed later is not missed;
 * one whose last observation says that nothing runs there any more has ended.
 */
export async function readObserved(
  scope: Scope,
  place: PlaceClusters = EVERYWHERE,
): Promise<ObservedClusters> {
  const max = LIMITS.unreleasedImagesMax;
  const silent: SilentCluster[] = [];
  let observed = false;
  for (let after = 0; ; ) {
    const clusters = await readLast(scope, after);
    for (const { id, name, key, until, document } of clusters) {
      // mutant silence-of-another-cluster by observed-clusters: condition -> false
      if (place.clusters?.includes(id) === false) continue;
      if (until === null || document === null) continue;
      observed = true;
      if (until > scope.moment || (await saysEmpty(scope, document))) continue;
      if (silent.length >= max) return { observed, silent, silentMore: true };
      silent.push({ cluster: name, region: takeRegion(key), until: toInstant(until) });
    }
    after = clusters.at(-1)?.id ?? 0;
    if (clusters.length < PIECE) return { observed, silent, silentMore: false };
  }
}

/** Each cluster with its last observation that is not yet to come. */
function readLast(scope: Scope, after: number) {
  const { db, shard, known, ask } = scope;
  return db
    .selectFrom('cluster')
    .select((row) => {
      const last = row
        .selectFrom('cluster_observation as seen')
        .whereRef('seen.shard', '=', 'cluster.shard')
        .whereRef('seen.cluster', '=', 'cluster.id')
        .where('seen.observed_at', '<', findObservationBound(scope))
        .where('seen.position', '<=', known)
        .$if(ask.signedBy !== null, (query) =>
          query.where((inner) => isSignedDocument(scope, inner, 'seen.document')),
        )
        .orderBy('seen.observed_at', 'desc')
        .orderBy('seen.position', 'desc')
        .limit(1);
      return [
        ...(['cluster.id', 'cluster.name', 'cluster.key'] as const),
        last
          .select((one) => one('seen.observed_at', '+', one.ref('seen.lease_ms')).as('until'))
          .as('until'),
        last.select('seen.document').as('document'),
      ];
    })
    .where('cluster.shard', '=', shard)
    .where('cluster.id', '>', after)
    .orderBy('cluster.id')
    .limit(PIECE)
    .execute();
}

/** No text within a string reads like this: its quotes are escaped. */
const NOTHING_RUNS = /"workloads"\s{0,8}:\s{0,8}\[\s{0,8}\]/;

/** Whether an observation says that nothing runs in the cluster, as `watch --empty` does. */
async function saysEmpty(scope: Scope, document: string): Promise<boolean> {
  const body = await readDocumentBody(scope, document);
  if (body === null) return false;
  const { buffer, byteOffset, length } = body;
  if (!NOTHING_RUNS.test(Buffer.from(buffer, byteOffset, length).toString('latin1'))) return false;
  const record = parseRecord('deployment', body);
  // mutant cluster-that-has-ended by observed-clusters: value -> false
  return record.ok && record.value.workloads.length === 0 && !('changes' in record.value);
}

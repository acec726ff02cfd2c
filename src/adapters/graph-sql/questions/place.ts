import type { PlaceFilter } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { PlaceClusters } from './deployments.ts';
import { unknownNameFailure } from './known-names.ts';
import type { Scope } from './scope.ts';

/**
 * The clusters of a place. A cluster, region or namespace that was never seen fails with similar
 * names.
 */
export async function resolvePlace(scope: Scope, place: PlaceFilter): Promise<PlaceClusters> {
  const { cluster, region, namespace } = place;
  if (cluster === null && region === null && namespace === null)
    return { clusters: null, namespace };
  const all = await clusters(scope);
  const named = cluster === null ? all : all.filter(({ name }) => name === cluster);
  if (cluster !== null && named.length === 0)
    throw unknownNameFailure(
      'cluster',
      cluster,
      all.map(({ name }) => name),
    );
  const there = region === null ? named : named.filter((one) => one.region === region);
  if (region !== null && there.length === 0)
    throw unknownNameFailure(
      'region',
      region,
      all.flatMap((one) => one.region ?? []),
    );
  if (namespace !== null) await requireNamespace(scope, namespace);
  return {
    clusters: cluster === null && region === null ? null : there.map(({ id }) => id),
    namespace,
  };
}

async function clusters({ db, shard }: Scope) {
  const rows = await db
    .selectFrom('cluster')
    .select(['id', 'key', 'name'])
    .where('shard', '=', shard)
    .limit(LIMITS.placeClustersMax + 1)
    .execute();
  if (rows.length > LIMITS.placeClustersMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `there are more than ${LIMITS.placeClustersMax} clusters`,
      'Ask about an image or a release.',
    );
  }
  return rows.map(({ id, key, name }) => ({ id, name, region: takeRegion(key) }));
}

/**
 * The key of a cluster is its name, its region and anything else that distinguishes two clusters.
 */
export function takeRegion(key: string): string | null {
  const parts: unknown = JSON.parse(key);
  const region: unknown = Array.isArray(parts) ? parts[1] : null;
  return typeof region === 'string' ? region : null;
}

async function requireNamespace({ db, shard }: Scope, namespace: string): Promise<void> {
  const rows = db.selectFrom('deployment').select('namespace').where('shard', '=', shard);
  const there = await rows.where('namespace', '=', namespace).limit(1).executeTakeFirst();
  if (there !== undefined) return;
  const known = await rows.limit(LIMITS.nearNamesScannedMax).execute();
  throw unknownNameFailure(
    'namespace',
    namespace,
    known.map((row) => row.namespace),
  );
}

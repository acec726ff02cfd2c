import type { DeploymentAnswer } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readDeployments } from './deployments.ts';
import { readKin } from './kin.ts';
import type { Scope } from './scope.ts';

/** Where each image runs, by its own digest, or by that of an index or a member. */
export async function readImageDeployments(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly DeploymentAnswer[]>> {
  const kin = await readKin(scope, images);
  const near = new Map(images.map((image) => [image, [image, ...(kin.get(image) ?? [])]]));
  const all = [...new Set([...near.values()].flat())];
  const rows =
    all.length === 0 ? [] : await readDeployments(scope, all, LIMITS.exposureDeploymentsMax);
  const byImage = Map.groupBy(rows, ({ image }) => image);
  return new Map(
    [...near].map(([image, meant]) => [
      image,
      meant.flatMap((one) => (byImage.get(one) ?? []).map(({ answer }) => answer)),
    ]),
  );
}

/** Each row with the places where its image runs. */
export async function addDeployments<T extends { readonly image: Digest }>(
  scope: Scope,
  rows: readonly T[],
): Promise<readonly (T & { readonly deployments: readonly DeploymentAnswer[] })[]> {
  const ids = new Map<string, number>();
  for (const some of splitIntoChunks([...new Set(rows.map(({ image }) => image))])) {
    const found = await scope.db
      .selectFrom('image')
      .select(['id', 'digest'])
      .where('shard', '=', scope.shard)
      .where('digest', 'in', some)
      .execute();
    for (const { id, digest } of found) ids.set(digest, id);
  }
  const places = await readImageDeployments(scope, [...ids.values()]);
  return rows.map((row) => ({ ...row, deployments: places.get(ids.get(row.image) ?? 0) ?? [] }));
}

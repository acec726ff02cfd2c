import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';

export interface UncoveredComponents {
  /** In the order of their package URLs. */
  readonly purls: readonly Purl[];
  readonly more: boolean;
}

/** The components of these sets that have no name in advisories that we can match. */
export async function readNotCovered(
  scope: Scope,
  sets: readonly number[],
  rowsMax: number = LIMITS.notCoveredMax,
): Promise<UncoveredComponents> {
  const open = await selectUncoveredSets(scope, sets);
  if (open.length === 0) return { purls: [], more: false };
  const rows = await scope.db
    .selectFrom('set_member')
    .innerJoin('package_version', inOrder)
    .select('package_version.purl')
    .distinct()
    .where('set_member.shard', '=', scope.shard)
    .where('set_member.component_set', 'in', open)
    .whereRef('package_version.shard', '=', 'set_member.shard')
    .whereRef('package_version.id', '=', 'set_member.package_version')
    .where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom('version_key')
            .select('version_key.match_key')
            .where('version_key.shard', '=', scope.shard)
            .whereRef('version_key.package_version', '=', 'set_member.package_version'),
        ),
      ),
    )
    .orderBy('package_version.purl')
    .limit(rowsMax + 1)
    .execute();
  const purls = rows.slice(0, rowsMax).map(({ purl }) => purl as Purl);
  return { purls, more: rows.length > rowsMax };
}

async function selectUncoveredSets(
  { db, shard }: Scope,
  sets: readonly number[],
): Promise<readonly number[]> {
  const open: number[] = [];
  for (const some of splitIntoChunks(sets)) {
    const rows = await db
      .selectFrom('component_set')
      .select('id')
      .where('shard', '=', shard)
      .where('id', 'in', some)
      .where('uncovered', '>', 0)
      .execute();
    open.push(...rows.map(({ id }) => id));
  }
  return open;
}

/** The sets with such components, by release. */
export async function readUncoveredReleases(
  scope: Scope,
  releases: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const { db, shard, known } = scope;
  const rows = await db
    .selectFrom('release_image')
    .innerJoin('image_set', inOrder)
    .innerJoin('component_set', inOrder)
    .select(['release_image.release', 'component_set.id'])
    .distinct()
    .where('release_image.shard', '=', shard)
    .where('release_image.release', 'in', releases)
    .where('release_image.known_from', '<=', known)
    .whereRef('image_set.shard', '=', 'release_image.shard')
    .whereRef('image_set.image', '=', 'release_image.image')
    .where('image_set.known_from', '<=', known)
    .whereRef('component_set.shard', '=', 'release_image.shard')
    .whereRef('component_set.id', '=', 'image_set.component_set')
    .where('component_set.uncovered', '>', 0)
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedEdge(scope, row, 'image_set')),
    )
    .execute();
  const sets = new Map<number, number[]>();
  for (const { release, id } of rows) sets.set(release, [...(sets.get(release) ?? []), id]);
  return sets;
}

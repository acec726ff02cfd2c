import type { ExpressionBuilder } from 'kysely';
import type { UnreleasedImage } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { inOrder } from '../dialects/dialect.ts';
import type { Database } from '../schema/schema.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';
import { readExcuses } from './vex.ts';

type HeldImage = Pick<UnreleasedImage, 'image' | 'purl'>;

interface UnreleasedImages {
  readonly images: readonly HeldImage[];
  readonly more: boolean;
}

export const NO_UNRELEASED = { images: [], more: false } as const;

/**
 * Images that hold one of these versions and belong to no recorded release, without those that
 * trusted VEX excludes. They have no owner and no date: a question about these is not about them.
 */
export async function readUnreleased(
  scope: Scope,
  names: readonly string[],
  versions: readonly number[],
): Promise<UnreleasedImages> {
  if (scope.ask.owner !== null || scope.ask.since !== null) return NO_UNRELEASED;
  const found: HeldImage[] = [];
  for (const some of splitIntoChunks(versions)) {
    const rows = await queryUnreleased(scope, some);
    found.push(...rows.map((row) => ({ image: row.digest as Digest, purl: row.purl as Purl })));
    if (found.length > LIMITS.unreleasedImagesMax) break;
  }
  const findExcuse =
    found.length === 0 ? null : await readExcuses(scope, [...new Set(found.map(toDigest))]);
  // mutant unreleased-excused-by-vex by unreleased-images: value -> found
  const open = found.filter(
    ({ image, purl }) => (findExcuse?.(names, purl, image) ?? null) === null,
  );
  const max = LIMITS.unreleasedImagesMax;
  return { images: open.slice(0, max), more: found.length > max };
}

function toDigest({ image }: HeldImage): Digest {
  return image;
}

async function queryUnreleased(scope: Scope, versions: readonly number[]) {
  const { db, shard, known } = scope;
  return db
    .selectFrom('set_member')
    .innerJoin('image_set', inOrder)
    .innerJoin('image', inOrder)
    .innerJoin('package_version', inOrder)
    .select(['image.digest', 'package_version.purl'])
    .distinct()
    .where('set_member.shard', '=', shard)
    .where('set_member.package_version', 'in', versions)
    .whereRef('image_set.shard', '=', 'set_member.shard')
    .whereRef('image_set.component_set', '=', 'set_member.component_set')
    .where('image_set.known_from', '<=', known)
    .whereRef('image.shard', '=', 'set_member.shard')
    .whereRef('image.id', '=', 'image_set.image')
    .whereRef('package_version.shard', '=', 'set_member.shard')
    .whereRef('package_version.id', '=', 'set_member.package_version')
    .where((row) => row.not(isReleased(scope, row, 'image_set.image')))
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedEdge(scope, row, 'image_set')),
    )
    .limit(LIMITS.unreleasedImagesMax + 1)
    .execute();
}

/** The images without a release that hold one of these versions. Null if there are too many. */
export async function findUnreleased(
  scope: Scope,
  versions: readonly number[],
): Promise<ReadonlySet<Digest> | null> {
  const found = new Set<Digest>();
  for (const some of splitIntoChunks(versions)) {
    const rows = await queryUnreleased(scope, some);
    for (const { digest } of rows) found.add(digest as Digest);
    if (rows.length > LIMITS.unreleasedImagesMax) return null;
  }
  return found;
}

/** By itself, or as a member of an index. */
export function isReleased<T extends 'image' | 'image_set'>(
  { shard, known }: Scope,
  of: ExpressionBuilder<Database, T>,
  column: 'image.id' | 'image_set.image',
) {
  const row = of as unknown as ExpressionBuilder<Database, 'image' | 'image_set'>;
  const own = row
    .selectFrom('release_image')
    .select('release_image.id')
    .where('release_image.shard', '=', shard)
    .whereRef('release_image.image', '=', column)
    .where('release_image.known_from', '<=', known);
  const byIndex = row
    .selectFrom('image_member')
    .innerJoin('release_image', inOrder)
    .select('image_member.id')
    .where('image_member.shard', '=', shard)
    .whereRef('image_member.member', '=', column)
    .where('image_member.known_from', '<=', known)
    .whereRef('release_image.shard', '=', 'image_member.shard')
    .whereRef('release_image.image', '=', 'image_member.image_index')
    .where('release_image.known_from', '<=', known);
  return row.or([row.exists(own), row.exists(byIndex)]);
}

import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Scope } from './scope.ts';

/**
 * The indexes and the members of images. A release names an index and a member runs, but some
 * clusters report the index. Members of one index are not related to each other, because they are
 * for other platforms.
 */
export async function readKin(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const kin = new Map<number, number[]>();
  for (const some of splitIntoChunks(images)) {
    for (const [image, near] of [
      ...(await queryPairs(scope, some, 'image_index', 'member')),
      ...(await queryPairs(scope, some, 'member', 'image_index')),
    ])
      kin.set(image, [...(kin.get(image) ?? []), near]);
  }
  return kin;
}

/** The indexes that list each of these images. */
export async function readIndexes(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  return readSide(scope, images, 'member', 'image_index');
}

/** The images that each of these indexes lists. */
export async function readMembers(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  return readSide(scope, images, 'image_index', 'member');
}

async function readSide(scope: Scope, images: readonly number[], of: Side, near: Side) {
  const found = new Map<number, number[]>();
  for (const some of splitIntoChunks(images))
    for (const [image, other] of await queryPairs(scope, some, of, near))
      found.set(image, [...(found.get(image) ?? []), other]);
  return found;
}

type Side = 'image_index' | 'member';

async function queryPairs(
  { db, shard, known }: Scope,
  images: readonly number[],
  of: Side,
  near: Side,
) {
  const rows = await db
    .selectFrom('image_member')
    .select(['image_index', 'member'])
    .distinct()
    .where('shard', '=', shard)
    .where(of, 'in', images)
    .where('known_from', '<=', known)
    .execute();
  return rows.map((row) => [row[of], row[near]] as const);
}

export async function readDigests(
  { db, shard }: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly Digest[]>> {
  const digests = new Map<number, readonly Digest[]>();
  for (const some of splitIntoChunks(images)) {
    const rows = await db
      .selectFrom('image')
      .select(['id', 'digest'])
      .where('shard', '=', shard)
      .where('id', 'in', some)
      .execute();
    for (const { id, digest } of rows) digests.set(id, [digest as Digest]);
  }
  return digests;
}

/** An image that evidence names, with its indexes and members. */
export interface Family {
  readonly self: number;
  readonly indexes: readonly number[];
  readonly members: readonly number[];
  readonly all: readonly number[];
}

/** The image with every digest that may name it. UNKNOWN_NAME if no evidence names it. */
export async function readFamily(scope: Scope, digest: Digest): Promise<Family> {
  const image = await scope.db
    .selectFrom('image')
    .select('id')
    .where('shard', '=', scope.shard)
    .where('digest', '=', digest)
    .executeTakeFirst();
  if (image === undefined)
    throw new Failure(
      'UNKNOWN_NAME',
      `no evidence names the image ${digest}`,
      'Check the digest, or import its SBOM.',
    );
  const members = (await queryPairs(scope, [image.id], 'image_index', 'member')).map(
    ([, member]) => member,
  );
  const indexes = (await queryPairs(scope, [image.id], 'member', 'image_index')).map(
    ([, index]) => index,
  );
  const all = [...new Set([image.id, ...indexes, ...members])];
  if (all.length <= LIMITS.relatedImagesMax) return { self: image.id, indexes, members, all };
  throw new Failure(
    'LIMIT_EXCEEDED',
    `${digest} is in more than ${LIMITS.relatedImagesMax} indexes`,
    'Ask about one of its indexes.',
  );
}

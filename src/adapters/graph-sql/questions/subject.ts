import type { Subject } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  parseImageReference,
} from '../../../core/image-reference.ts';
import { LIMITS } from '../../../core/limits.ts';
import { inOrder } from '../dialects/dialect.ts';
import { type Family, readFamily } from './kin.ts';
import { unknownNameFailure } from './known-names.ts';
import { isInScope } from './release-filter.ts';
import type { Scope } from './scope.ts';

/**
 * What a subject means: its images, each with its indexes and members, and the releases, if a
 * release was named.
 */
export interface ResolvedSubject {
  readonly families: readonly Family[];
  /** Ids of all images. */
  readonly all: readonly number[];
  /** Null: an image was named, and all releases that contain it are meant. */
  readonly releases: readonly number[] | null;
  /** The name means more than the answer can contain. */
  readonly more: boolean;
}

/** UNKNOWN_NAME with similar names if nothing has this name. */
export async function resolveSubject(scope: Scope, subject: Subject): Promise<ResolvedSubject> {
  if (typeof subject === 'string') return resolveImages(scope, [subject]);
  const { called } = subject;
  const named = await findReleasesByName(scope, called);
  if (named !== null) return resolveReleases(scope, named);
  const digests = await findReferenceDigests(scope, called);
  if (digests.length > 0) return resolveImages(scope, digests);
  throw unknownNameFailure('release or image', called, await suggestNames(scope, called));
}

async function resolveImages(scope: Scope, digests: readonly Digest[]): Promise<ResolvedSubject> {
  const families: Family[] = [];
  for (const digest of digests) families.push(await readFamily(scope, digest));
  return { families, all: listImages(families), releases: null, more: false };
}

function listImages(families: readonly Family[]): readonly number[] {
  return [...new Set(families.flatMap(({ all }) => all))];
}

async function resolveReleases(
  scope: Scope,
  releases: readonly number[],
): Promise<ResolvedSubject> {
  const shown = releases.slice(0, LIMITS.subjectReleasesMax);
  const { db, shard, known } = scope;
  const rows =
    shown.length === 0
      ? []
      : await db
          .selectFrom('release_image')
          .innerJoin('image', inOrder)
          .select('image.digest')
          .distinct()
          .where('release_image.shard', '=', shard)
          .whereRef('image.shard', '=', 'release_image.shard')
          .whereRef('image.id', '=', 'release_image.image')
          .where('release_image.release', 'in', shown)
          .where('release_image.member', '=', 0)
          .where('release_image.known_from', '<=', known)
          .orderBy('image.digest')
          .limit(LIMITS.subjectImagesMax + 1)
          .execute();
  if (rows.length > LIMITS.subjectImagesMax) {
    const over = `the name means more than ${LIMITS.subjectImagesMax} images`;
    throw new Failure('LIMIT_EXCEEDED', over, 'Give one version, or an image.');
  }
  const images = await resolveImages(
    scope,
    rows.map(({ digest }) => digest as Digest),
  );
  return { ...images, releases: shown, more: releases.length > shown.length };
}

/**
 * The requested releases of `name` or `name@version`, newest first. Null if nothing ever had this
 * name.
 */
async function findReleasesByName(scope: Scope, called: string): Promise<readonly number[] | null> {
  const at = called.lastIndexOf('@');
  const spellings: (readonly [string, string | null])[] = [[called, null]];
  if (at > 0) spellings.push([called.slice(0, at), called.slice(at + 1)]);
  for (const [name, version] of spellings) {
    const named = scope.db
      .selectFrom('release')
      .where('release.shard', '=', scope.shard)
      .where('release.name', '=', name)
      .$if(version !== null, (query) => query.where('release.version', '=', version ?? ''));
    const any = await named.select('release.id').limit(1).executeTakeFirst();
    if (any === undefined) continue;
    const rows = await named
      .select('release.id')
      .where((row) => isInScope(scope, row))
      .orderBy('release.released_at', 'desc')
      .orderBy('release.id', 'desc')
      .limit(LIMITS.subjectReleasesMax + 1)
      .execute();
    return rows.map(({ id }) => id);
  }
  return null;
}

/**
 * The last meaning of an image reference: the tag as it was seen, otherwise the newest release that
 * uses the reference.
 */
async function findReferenceDigests(scope: Scope, called: string): Promise<readonly Digest[]> {
  const reference = parseImageReference(called);
  if (!reference.ok) return [];
  const { db, shard, known, moment } = scope;
  const { tag } = reference.value;
  const seen = await db
    .selectFrom('tag')
    .select('digest')
    .where('shard', '=', shard)
    .where('repository', '=', formatRepository(reference.value))
    .where('tag', '=', tag ?? '')
    .where('observed_at', '<=', moment)
    .where('known_from', '<=', known)
    .orderBy('observed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (seen !== undefined) return [seen.digest as Digest];
  const spellings = [...new Set([called, formatImageReference(reference.value)])];
  const released = await db
    .selectFrom('release_image')
    .innerJoin('release', inOrder)
    .innerJoin('image', inOrder)
    .select('image.digest')
    .where('release_image.shard', '=', shard)
    .whereRef('release.shard', '=', 'release_image.shard')
    .whereRef('release.id', '=', 'release_image.release')
    .whereRef('image.shard', '=', 'release_image.shard')
    .whereRef('image.id', '=', 'release_image.image')
    .where('release_image.reference', 'in', spellings)
    .where('release_image.member', '=', 0)
    .where('release_image.known_from', '<=', known)
    .where('release.released_at', '<=', moment)
    .orderBy('release.released_at', 'desc')
    .orderBy('release.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return released === undefined ? [] : [released.digest as Digest];
}

/**
 * Names of releases, their versions if the name itself is right, and references, if they are
 * similar.
 */
async function suggestNames(scope: Scope, called: string): Promise<readonly string[]> {
  const { db, shard } = scope;
  const at = called.lastIndexOf('@');
  const name = at > 0 ? called.slice(0, at) : called;
  const versions = await db
    .selectFrom('release')
    .select(['name', 'version'])
    .distinct()
    .where('shard', '=', shard)
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  if (versions.length > 0) return versions.map((row) => `${row.name}@${row.version}`);
  const names = await db
    .selectFrom('release')
    .select('name')
    .where('shard', '=', shard)
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  const references = await db
    .selectFrom('release_image')
    .select('reference')
    .where('shard', '=', shard)
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  return [...names.map((row) => row.name), ...references.map((row) => row.reference)];
}

/** The member of an answer that names the image, if the question named it by digest. */
export function nameImage(subject: Subject): { readonly image?: Digest } {
  return typeof subject === 'string' ? { image: subject } : {};
}

import type { ReleaseName } from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { isInScope } from './release-filter.ts';
import type { Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';
import type { ResolvedSubject } from './subject.ts';

export interface SubjectReleases {
  readonly ids: readonly number[];
  readonly more: boolean;
}

/**
 * The releases that are meant or, if images are meant, the releases that contain one of them;
 * newest first.
 */
export async function readSubjectReleases(
  scope: Scope,
  meant: ResolvedSubject,
): Promise<SubjectReleases> {
  const { db, shard, known } = scope;
  if (meant.releases?.length === 0 || meant.all.length === 0) return { ids: [], more: meant.more };
  const found: { readonly id: number; readonly released_at: number }[] = [];
  for (const some of splitIntoChunks(meant.all)) {
    const rows = await db
      .selectFrom('release_image')
      // from the images to their releases, never through all releases by date
      .innerJoin('release', inOrder)
      .select(['release.id', 'release.released_at'])
      .distinct()
      .where('release_image.shard', '=', shard)
      .where('release_image.image', 'in', some)
      .whereRef('release.shard', '=', 'release_image.shard')
      .whereRef('release.id', '=', 'release_image.release')
      .where('release_image.known_from', '<=', known)
      .where((row) => isInScope(scope, row))
      .$if(meant.releases !== null, (query) =>
        query.where('release.id', 'in', [...(meant.releases ?? [])]),
      )
      .$if(scope.ask.signedBy !== null, (query) =>
        query.where((row) => isSignedDocument(scope, row, 'release.document')),
      )
      .orderBy('release.released_at', 'desc')
      .orderBy('release.id', 'desc')
      .limit(LIMITS.pageRowsMax + 1)
      .execute();
    found.push(...rows);
  }
  found.sort((one, other) => other.released_at - one.released_at || other.id - one.id);
  const ids = [...new Set(found.map(({ id }) => id))];
  return {
    ids: ids.slice(0, LIMITS.pageRowsMax),
    more: meant.more || ids.length > LIMITS.pageRowsMax,
  };
}

/**
 * The newest releases that contain each image, itself or as a member; at most LIMITS.rowEvidenceMax
 * for each.
 */
export async function readReleaseNames(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly NamedRelease[]>> {
  const names = new Map<number, NamedRelease[]>();
  for (const some of splitIntoChunks([...new Set(images)])) {
    for (const image of some) names.set(image, []);
    const limit = some.length * LIMITS.rowEvidenceMax;
    let rows = await queryReleaseNames(scope, some, limit + 1);
    // An image of very many releases does not reduce the releases of the others.
    // mutant names-of-one-image-alone by judged-subjects: condition -> false
    if (rows.length > limit && some.length > 1) {
      rows = [];
      for (const image of some)
        rows.push(...(await queryReleaseNames(scope, [image], LIMITS.rowEvidenceMax)));
    }
    for (const { image, ...release } of rows) {
      const all = names.get(image) ?? [];
      if (all.length < LIMITS.rowEvidenceMax) all.push(release);
      names.set(image, all);
    }
  }
  return names;
}

type NamedRelease = ReleaseName & { readonly id: number };

async function queryReleaseNames(scope: Scope, images: readonly number[], limit: number) {
  return (
    scope.db
      .selectFrom('release_image')
      // from the images to their releases, never through all releases by date
      .innerJoin('release', inOrder)
      .select(['release_image.image', 'release.id', 'release.name', 'release.version'])
      .where('release_image.shard', '=', scope.shard)
      .where('release_image.image', 'in', images)
      .whereRef('release.shard', '=', 'release_image.shard')
      .whereRef('release.id', '=', 'release_image.release')
      .where('release_image.known_from', '<=', scope.known)
      .where((row) => isInScope(scope, row))
      .orderBy('release.released_at', 'desc')
      .orderBy('release.id', 'desc')
      .limit(limit)
      .execute()
  );
}

export function toReleaseName({ name, version }: ReleaseName): ReleaseName {
  return { name, version };
}

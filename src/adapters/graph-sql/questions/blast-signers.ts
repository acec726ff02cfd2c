import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Cause, CauseFilter } from './blast-cause.ts';
import { unknownNameFailure } from './known-names.ts';
import { isBelieved, type Scope } from './scope.ts';

/**
 * What an identity or a key signed, as the signatures were verified: images, documents about them
 * and the commits that they were made from.
 */
export async function createSignerCause(
  scope: Scope,
  column: 'identity' | 'thumbprint',
  name: string,
): Promise<Cause> {
  const { db, shard } = scope;
  const signers = await db
    .selectFrom('signer')
    .select(['id', 'format', 'identity', 'thumbprint'])
    .where('shard', '=', shard)
    .where(column, '=', name)
    .orderBy('id')
    .limit(SIGNERS_MAX)
    .execute();
  const what = column === 'identity' ? 'signer' : 'key';
  if (signers.length === 0) throw unknownNameFailure(what, name, await listNames(scope, column));
  const ids = signers.map(({ id }) => id);
  const matched = signers.map(({ format, identity, thumbprint }) =>
    [identity, format, ...(thumbprint === null ? [] : [thumbprint])].join(' '),
  );
  return {
    matched: matched.slice(0, LIMITS.notComparedMax),
    matchedMore: matched.length > LIMITS.notComparedMax || signers.length === SIGNERS_MAX,
    listImages: async (wanted) => {
      const signed = await listSignedImages(scope, ids, wanted);
      const about = await listImagesOfDocuments(scope, ids, wanted);
      return [...new Set([...signed, ...about])].slice(0, wanted.limit);
    },
    listReleases: (wanted) => listSignedCommits(scope, ids, wanted),
    selectUnknown: (releases) => selectUnverified(scope, releases),
  };
}

/** Signers of one name: it may sign in several formats and with several keys. */
const SIGNERS_MAX = 500;

async function listNames(
  { db, shard }: Scope,
  column: 'identity' | 'thumbprint',
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('signer')
    .select(column)
    .where('shard', '=', shard)
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  return [...new Set(rows.flatMap((row) => row[column as 'identity'] ?? []))];
}

/** The signatures of these signers that count. */
function selectTrusted(scope: Scope, signers: readonly number[]) {
  // mutant blast-radius-of-a-refused-signature by blast-radius: remove call 2
  return scope.db
    .selectFrom('verification')
    .where('verification.shard', '=', scope.shard)
    .where('verification.signer', 'in', signers)
    .where('verification.outcome', '=', 'trusted')
    .where((row) => isBelieved(row, 'verification', scope));
}

async function listSignedImages(
  scope: Scope,
  signers: readonly number[],
  { among, limit }: CauseFilter,
) {
  const rows = await selectTrusted(scope, signers)
    .innerJoin('image', (on) =>
      on
        .onRef('image.shard', '=', 'verification.shard')
        .onRef('image.digest', '=', 'verification.document'),
    )
    .select('image.id')
    .distinct()
    .$if(among !== null, (query) => query.where('image.id', 'in', among ?? []))
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

async function listImagesOfDocuments(
  scope: Scope,
  signers: readonly number[],
  { among, limit }: CauseFilter,
) {
  const rows = await selectTrusted(scope, signers)
    .innerJoin('log_entry as entry', (on) =>
      on
        .onRef('entry.shard', '=', 'verification.shard')
        .onRef('entry.digest', '=', 'verification.document'),
    )
    .innerJoin('image', (on) =>
      on.onRef('image.shard', '=', 'entry.shard').onRef('image.digest', '=', 'entry.subject'),
    )
    .select('image.id')
    .distinct()
    .where('entry.position', '<=', scope.known)
    .$if(among !== null, (query) => query.where('image.id', 'in', among ?? []))
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

async function listSignedCommits(scope: Scope, signers: readonly number[], wanted: CauseFilter) {
  const { db, shard, known } = scope;
  const { among, limit } = wanted;
  const rows = await db
    .selectFrom('commit_fact')
    .innerJoin('release', (on) =>
      on
        .onRef('release.shard', '=', 'commit_fact.shard')
        .onRef('release.code_commit', '=', 'commit_fact.code_commit'),
    )
    .select('release.id')
    .distinct()
    .where('commit_fact.shard', '=', shard)
    .where('commit_fact.signer', 'in', signers)
    .where('commit_fact.known_from', '<=', known)
    .where('release.known_from', '<=', known)
    .$if(among !== null, (query) => query.where('release.id', 'in', among ?? []))
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Releases without an image whose signature was ever found trusted or refused. */
async function selectUnverified(
  { db, shard, known }: Scope,
  releases: readonly number[],
): Promise<readonly number[]> {
  const verified = new Set<number>();
  for (const some of splitIntoChunks(releases)) {
    const rows = await db
      .selectFrom('release_image')
      .innerJoin('image', (on) =>
        on
          .onRef('image.shard', '=', 'release_image.shard')
          .onRef('image.id', '=', 'release_image.image'),
      )
      .innerJoin('verification', (on) =>
        on
          .onRef('verification.shard', '=', 'image.shard')
          .onRef('verification.document', '=', 'image.digest'),
      )
      .select('release_image.release')
      .distinct()
      .where('release_image.shard', '=', shard)
      .where('release_image.release', 'in', some)
      .where('verification.outcome', '!=', 'undetermined')
      .where('verification.known_from', '<=', known)
      .execute();
    for (const { release } of rows) verified.add(release);
  }
  return releases.filter((id) => !verified.has(id));
}

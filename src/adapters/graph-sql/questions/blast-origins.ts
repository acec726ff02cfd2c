import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Cause, CauseFilter } from './blast-cause.ts';
import { unknownNameFailure } from './known-names.ts';
import type { Scope } from './scope.ts';

/** What a builder made: as a build record says of an image, or a release of itself. */
export async function createBuilderCause(scope: Scope, builder: string): Promise<Cause> {
  const { db, shard, known } = scope;
  const any = await db
    .selectFrom('build')
    .select('id')
    .where('shard', '=', shard)
    .where('builder', '=', builder)
    .limit(1)
    .executeTakeFirst();
  if (any === undefined) throw unknownNameFailure('builder', builder, await listBuilders(scope));
  return {
    matched: [builder],
    matchedMore: false,
    listImages: async ({ among, limit }) => {
      const rows = await db
        .selectFrom('build')
        .innerJoin('build_image', (on) =>
          on
            .onRef('build_image.shard', '=', 'build.shard')
            .onRef('build_image.build', '=', 'build.id'),
        )
        .select('build_image.image')
        .distinct()
        .where('build.shard', '=', shard)
        .where('build.builder', '=', builder)
        .where('build_image.known_from', '<=', known)
        .$if(among !== null, (query) => query.where('build_image.image', 'in', among ?? []))
        .limit(limit)
        .execute();
      return rows.map(({ image }) => image);
    },
    listReleases: async ({ among, limit }) => {
      const rows = await db
        .selectFrom('build')
        .innerJoin('release', (on) =>
          on.onRef('release.shard', '=', 'build.shard').onRef('release.build', '=', 'build.id'),
        )
        .select('release.id')
        .where('build.shard', '=', shard)
        .where('build.builder', '=', builder)
        .where('release.known_from', '<=', known)
        .$if(among !== null, (query) => query.where('release.id', 'in', among ?? []))
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
    selectUnknown: (releases) => selectWithout(scope, releases, 'build'),
  };
}

async function listBuilders({ db, shard }: Scope): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('build')
    .select('builder')
    .where('shard', '=', shard)
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  return [...new Set(rows.map(({ builder }) => builder))];
}

/** A whole hash, or its beginning of at least seven characters. */
const HASH = /^[0-9A-Za-z]{7,128}$/;

/** What was made from a commit. */
export async function createCommitCause(scope: Scope, written: string): Promise<Cause> {
  // mutant commit-by-too-few-characters by blast-radius: condition -> false
  if (!HASH.test(written))
    throw new Failure(
      'USAGE',
      'this is not the hash of a commit',
      'Write it, or its beginning of at least 7 characters.',
    );
  const { db, shard } = scope;
  const hash = written.toLowerCase();
  const rows = await db
    .selectFrom('code_commit')
    .select(['id', 'key'])
    .where('shard', '=', shard)
    .where('hash', '>=', hash)
    .where('hash', '<', `${hash}~`)
    .orderBy('hash')
    .orderBy('id')
    .limit(COMMITS_MAX + 1)
    .execute();
  if (rows.length === 0) throw unknownNameFailure('commit', written, []);
  return createCommitsCause(scope, rows);
}

/** Commits that one question may be about. */
const COMMITS_MAX = 1_000;

/** What was made from the commits of an author, a committer or a signer of commits. */
export async function createPersonCause(scope: Scope, person: string): Promise<Cause> {
  const { db, shard, known } = scope;
  const commits = new Map<number, string>();
  for (const column of ['author', 'committer'] as const) {
    const rows = await db
      .selectFrom('commit_fact')
      .innerJoin('code_commit', (on) =>
        on
          .onRef('code_commit.shard', '=', 'commit_fact.shard')
          .onRef('code_commit.id', '=', 'commit_fact.code_commit'),
      )
      .select(['code_commit.id', 'code_commit.key'])
      .where('commit_fact.shard', '=', shard)
      .where(`commit_fact.${column}`, '=', person)
      .where('commit_fact.known_from', '<=', known)
      .limit(COMMITS_MAX + 1)
      .execute();
    for (const { id, key } of rows) commits.set(id, key);
  }
  if (commits.size === 0) throw unknownNameFailure('person', person, await listPeople(scope));
  return createCommitsCause(
    scope,
    [...commits].map(([id, key]) => ({ id, key })),
  );
}

async function listPeople({ db, shard }: Scope): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('commit_fact')
    .select(['author', 'committer'])
    .where('shard', '=', shard)
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  const people = rows.flatMap(({ author, committer }) => [author, committer]);
  return [...new Set(people.filter((one) => one !== null))];
}

function createCommitsCause(
  scope: Scope,
  commits: readonly { readonly id: number; readonly key: string }[],
): Cause {
  const { db, shard, known } = scope;
  if (commits.length > COMMITS_MAX)
    throw new Failure(
      'LIMIT_EXCEEDED',
      `it means more than ${COMMITS_MAX} commits`,
      'Ask about one commit.',
    );
  const ids = commits.map(({ id }) => id);
  const shown = commits.slice(0, LIMITS.notComparedMax);
  return {
    matched: shown.map(({ key }) => formatCommit(key)),
    matchedMore: commits.length > shown.length,
    listImages: async ({ among, limit }: CauseFilter) => {
      const images = new Set<number>();
      for (const some of splitIntoChunks(ids)) {
        const rows = await db
          .selectFrom('build_fact')
          .innerJoin('build_image', (on) =>
            on
              .onRef('build_image.shard', '=', 'build_fact.shard')
              .onRef('build_image.build', '=', 'build_fact.build'),
          )
          .select('build_image.image')
          .distinct()
          .where('build_fact.shard', '=', shard)
          .where('build_fact.code_commit', 'in', some)
          .where('build_fact.known_from', '<=', known)
          .where('build_image.known_from', '<=', known)
          .$if(among !== null, (query) => query.where('build_image.image', 'in', among ?? []))
          .limit(limit)
          .execute();
        for (const { image } of rows) images.add(image);
      }
      return [...images].slice(0, limit);
    },
    listReleases: async ({ among, limit }) => {
      const found: number[] = [];
      for (const some of splitIntoChunks(ids)) {
        const rows = await db
          .selectFrom('release')
          .select('release.id')
          .where('release.shard', '=', shard)
          .where('release.code_commit', 'in', some)
          .where('release.known_from', '<=', known)
          .$if(among !== null, (query) => query.where('release.id', 'in', among ?? []))
          .limit(limit)
          .execute();
        found.push(...rows.map(({ id }) => id));
      }
      return found.slice(0, limit);
    },
    selectUnknown: (releases) => selectWithout(scope, releases, 'code_commit'),
  };
}

/** `https://git.example.com shop/trips c0ffee` */
function formatCommit(key: string): string {
  const parts: unknown = JSON.parse(key);
  return Array.isArray(parts) ? parts.join(' ') : key;
}

/** Releases whose record does not say it. */
async function selectWithout(
  { db, shard }: Scope,
  releases: readonly number[],
  column: 'build' | 'code_commit',
): Promise<readonly number[]> {
  const found: number[] = [];
  for (const some of splitIntoChunks(releases)) {
    const rows = await db
      .selectFrom('release')
      .select('id')
      .where('shard', '=', shard)
      .where('id', 'in', some)
      .where(column, 'is', null)
      .execute();
    found.push(...rows.map(({ id }) => id));
  }
  return found;
}

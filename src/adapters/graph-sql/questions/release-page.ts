import type { ExpressionBuilder } from 'kysely';
import { inOrder } from '../dialects/dialect.ts';
import type { Database } from '../schema/schema.ts';
import { selectHolders } from './held-components.ts';
import { isBehind, type ReleaseRow, walkNewest } from './newest-releases.ts';
import { isInScope } from './release-filter.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';

/**
 * With more sets than this, it is faster to look at the newest releases first than to sort all
 * matches.
 */
const RARE_SETS_MAX = 2_000;
/** How many releases are looked at before it is cheaper to sort the matches. */
const WALKED_MAX = 2_000;

export interface ReleasePage {
  readonly ids: readonly number[];
  readonly next: string | null;
}

/** One page of the releases that contain any of the versions, by release date, newest first. */
export async function readReleasePage(
  scope: Scope,
  versions: readonly number[],
): Promise<ReleasePage> {
  if (versions.length === 0) return { ids: [], next: null };
  const limit = checkRowsMax(scope.ask.page) + 1;
  const popular = await isPopular(scope, versions);
  const walked = popular ? await readNewestHolders(scope, versions, limit) : null;
  const found = walked ?? (await readAllHolders(scope, versions, limit));
  const rows = found.slice(0, limit - 1);
  const last = rows.at(-1);
  const next =
    found.length < limit || last === undefined ? null : formatCursor([last.released_at, last.id]);
  return { ids: rows.map(({ id }) => id), next };
}

async function isPopular({ db, shard }: Scope, versions: readonly number[]): Promise<boolean> {
  const counted = await db
    .selectFrom(
      db
        .selectFrom('set_member')
        .select('component_set')
        .where('shard', '=', shard)
        .where('package_version', 'in', versions)
        .limit(RARE_SETS_MAX + 1)
        .as('some'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return counted.count > RARE_SETS_MAX;
}

/** Whether a release is requested and comes after the page marker. */
function isOnPage(scope: Scope, row: ExpressionBuilder<Database, 'release'>) {
  const after = parseCursor(scope.ask.page.after, ['number', 'number']) as
    | readonly [number, number]
    | null;
  const asked = isInScope(scope, row);
  if (after === null) return asked;
  return row.and([asked, isBehind(row, { released_at: after[0], id: after[1] })]);
}

/**
 * From the versions to the releases, in order: the work grows with the number of matches. A planner
 * might begin with all releases, because their index has the requested order.
 */
async function readAllHolders(
  scope: Scope,
  versions: readonly number[],
  limit: number,
): Promise<readonly ReleaseRow[]> {
  const { db, shard, known } = scope;
  return db
    .selectFrom('set_member')
    .innerJoin('image_set', inOrder)
    .innerJoin('release_image', inOrder)
    .innerJoin('release', inOrder)
    .select(['release.id', 'release.released_at'])
    .where('set_member.shard', '=', shard)
    .where('set_member.package_version', 'in', versions)
    .whereRef('image_set.shard', '=', 'set_member.shard')
    .whereRef('image_set.component_set', '=', 'set_member.component_set')
    .where('image_set.known_from', '<=', known)
    .whereRef('release_image.shard', '=', 'set_member.shard')
    .whereRef('release_image.image', '=', 'image_set.image')
    .where('release_image.known_from', '<=', known)
    .whereRef('release.shard', '=', 'set_member.shard')
    .whereRef('release.id', '=', 'release_image.release')
    .where((row) => isOnPage(scope, row))
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedEdge(scope, row, 'image_set')),
    )
    .groupBy(['release.released_at', 'release.id'])
    .orderBy('release.released_at', 'desc')
    .orderBy('release.id', 'desc')
    .limit(limit)
    .execute();
}

/** Checks the releases one by one, newest first. Null if a page was not filled soon. */
async function readNewestHolders(
  scope: Scope,
  versions: readonly number[],
  limit: number,
): Promise<readonly ReleaseRow[] | null> {
  const found: ReleaseRow[] = [];
  let walked = 0;
  for await (const some of walkNewest(scope, (row) => isOnPage(scope, row), limit)) {
    const ids = some.map(({ id }) => id);
    const holding = new Set(await selectHolders(scope, versions, ids));
    found.push(...some.filter(({ id }) => holding.has(id)));
    walked += some.length;
    if (found.length >= limit) break;
    if (walked >= WALKED_MAX) return null;
  }
  return found.slice(0, limit);
}

import type {
  AffectedMatcher,
  BlastRadius,
  DeploymentAnswer,
  Question,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Cause } from './blast-cause.ts';
import { findCause } from './blast-causes.ts';
import { addDeployments, readImageDeployments } from './image-deployments.ts';
import { isBehind, type ReleaseRow, walkNewest } from './newest-releases.ts';
import { readObserved } from './observed-clusters.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { isInScope } from './release-filter.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { toReleaseName } from './subject-releases.ts';
import { EVERYWHERE, findUndigestedIn, toAnswer } from './undigested-containers.ts';
import { isReleased } from './unreleased-images.ts';

/** With more images or releases than this, it is faster to look at the newest releases first. */
const RARE_MAX = 2_000;
/** Releases that one page examines, where very many are touched. */
const WALKED_MAX = 2_000;

/** From a cause to the releases that rest on it and where they run, newest first. */
export async function answerBlastRadius(
  scope: Scope,
  question: Question<'blast-radius'>,
  { matcher }: { readonly matcher: AffectedMatcher },
): Promise<BlastRadius> {
  const cause = await findCause(scope, question, matcher);
  const rare = await listRare(scope, cause);
  const page = rare === null ? await walkPage(scope, cause) : await sortPage(scope, rare);
  const isFirst = scope.ask.page.after === null;
  const unreleased = isFirst ? await readUnreleased(scope, cause) : NONE;
  const unknown = isFirst ? await readUnknown(scope, cause) : NONE;
  return {
    matched: cause.matched,
    matchedMore: cause.matchedMore,
    releases: await answerReleases(scope, page.ids),
    unreleased: await addDeployments(scope, unreleased.found),
    unreleasedMore: unreleased.more,
    unknown: unknown.found,
    unknownMore: unknown.more,
    ...toAnswer(await findUndigestedIn(scope, EVERYWHERE)),
    ...(await readObserved(scope)),
    next: page.next,
  };
}

const NONE = { found: [], more: false } as const;

interface Radius {
  readonly images: readonly number[];
  readonly releases: readonly number[];
}

/** Everything that the cause touches; null where it is too much to sort. */
async function listRare(scope: Scope, cause: Cause): Promise<Radius | null> {
  const images = await cause.listImages({ among: null, limit: RARE_MAX + 1 });
  const releases = await cause.listReleases({ among: null, limit: RARE_MAX + 1 });
  // mutant blast-radius-that-is-cut by blast-radius: condition -> false
  if (images.length > RARE_MAX || releases.length > RARE_MAX) return null;
  const holding = new Set(releases);
  for (const some of splitIntoChunks(images)) {
    const rows = await queryHolders(scope, some);
    for (const { release } of rows) holding.add(release);
  }
  return { images, releases: [...holding] };
}

function queryHolders({ db, shard, known }: Scope, images: readonly number[]) {
  return db
    .selectFrom('release_image')
    .select('release')
    .distinct()
    .where('shard', '=', shard)
    .where('image', 'in', images)
    .where('known_from', '<=', known)
    .execute();
}

interface ReleasePage {
  readonly ids: readonly number[];
  readonly next: string | null;
}

async function sortPage(scope: Scope, { releases }: Radius): Promise<ReleasePage> {
  const rows: ReleaseRow[] = [];
  for (const some of splitIntoChunks(releases))
    rows.push(
      ...(await scope.db
        .selectFrom('release')
        .select(['release.id', 'release.released_at'])
        .where('release.shard', '=', scope.shard)
        .where('release.id', 'in', some)
        .where((row) => isInScope(scope, row))
        .execute()),
    );
  const after = readMarker(scope);
  const rest = rows
    .filter((row) => after === null || compareRows(row, after) > 0)
    .sort(compareRows);
  const rowsMax = checkRowsMax(scope.ask.page);
  const shown = rest.slice(0, rowsMax);
  return {
    ids: shown.map(({ id }) => id),
    next: rest.length > rowsMax ? formatMarker(shown.at(-1)) : null,
  };
}

function compareRows(one: ReleaseRow, other: ReleaseRow): number {
  return other.released_at - one.released_at || other.id - one.id;
}

function readMarker({ ask }: Scope): ReleaseRow | null {
  const parts = parseCursor(ask.page.after, ['number', 'number']);
  return parts === null ? null : { released_at: Number(parts[0]), id: Number(parts[1]) };
}

function formatMarker(last: ReleaseRow | undefined): string | null {
  return last === undefined ? null : formatCursor([last.released_at, last.id]);
}

/** One release after the other: a page examines a bounded number, and the next one goes on. */
async function walkPage(scope: Scope, cause: Cause): Promise<ReleasePage> {
  const rowsMax = checkRowsMax(scope.ask.page);
  const after = readMarker(scope);
  const ids: number[] = [];
  let last: ReleaseRow | undefined;
  let walked = 0;
  for await (const some of walkNewest(
    scope,
    (row) => {
      const asked = isInScope(scope, row);
      return after === null ? asked : row.and([asked, isBehind(row, after)]);
    },
    200,
  )) {
    const touched = await selectTouched(
      scope,
      cause,
      some.map(({ id }) => id),
    );
    for (const row of some) {
      if (ids.length >= rowsMax || walked >= WALKED_MAX) return { ids, next: formatMarker(last) };
      walked++;
      last = row;
      if (touched.has(row.id)) ids.push(row.id);
    }
  }
  return { ids, next: null };
}

async function selectTouched(
  scope: Scope,
  cause: Cause,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await scope.db
    .selectFrom('release_image')
    .select(['release', 'image'])
    .where('shard', '=', scope.shard)
    .where('release', 'in', ids)
    .where('known_from', '<=', scope.known)
    .execute();
  const among = [...new Set(rows.map(({ image }) => image))];
  const images = new Set(
    among.length === 0 ? [] : await cause.listImages({ among, limit: among.length }),
  );
  const direct = await cause.listReleases({ among: ids, limit: ids.length });
  return new Set([
    ...direct,
    ...rows.flatMap(({ release, image }) => (images.has(image) ? [release] : [])),
  ]);
}

async function answerReleases(
  scope: Scope,
  ids: readonly number[],
): Promise<BlastRadius['releases']> {
  const answers = await readReleaseAnswers(scope, ids);
  const held = new Map<number, number[]>();
  for (const some of splitIntoChunks(ids)) {
    const rows = await scope.db
      .selectFrom('release_image')
      .select(['release', 'image'])
      .where('shard', '=', scope.shard)
      .where('release', 'in', some)
      .where('known_from', '<=', scope.known)
      .execute();
    for (const { release, image } of rows) {
      const images = held.get(release);
      if (images === undefined) held.set(release, [image]);
      else images.push(image);
    }
  }
  const runs = await readImageDeployments(scope, [...new Set([...held.values()].flat())]);
  return ids.flatMap((id) => {
    const answer = answers.get(id);
    const places = (held.get(id) ?? []).flatMap((image) => runs.get(image) ?? []);
    return answer === undefined ? [] : [{ ...answer, deployments: keepOnce(places) }];
  });
}

function keepOnce(places: readonly DeploymentAnswer[]): readonly DeploymentAnswer[] {
  const once = new Map(
    places.map((one) => [
      JSON.stringify([one.cluster, one.region, one.namespace, one.workload, one.image, one.from]),
      one,
    ]),
  );
  return [...once.values()].slice(0, LIMITS.exposureDeploymentsMax);
}

/** Without an owner and a date, a question about these is not about them. */
async function readUnreleased(scope: Scope, cause: Cause) {
  if (scope.ask.owner !== null || scope.ask.since !== null) return NONE;
  const ids = await cause.listImages({ among: null, limit: RARE_MAX + 1 });
  const found: { readonly image: Digest }[] = [];
  for (const some of splitIntoChunks(ids)) {
    const rows = await scope.db
      .selectFrom('image')
      .select('digest')
      .where('image.shard', '=', scope.shard)
      .where('image.id', 'in', some)
      .where((row) => row.not(isReleased(scope, row, 'image.id')))
      .orderBy('digest')
      .execute();
    found.push(...rows.map(({ digest }) => ({ image: digest as Digest })));
  }
  const max = LIMITS.unreleasedImagesMax;
  return { found: found.slice(0, max), more: found.length > max || ids.length > RARE_MAX };
}

/** Of the newest releases, those of which nothing says what they rest on. */
async function readUnknown(scope: Scope, cause: Cause) {
  const found: number[] = [];
  let walked = 0;
  let isCut = false;
  for await (const some of walkNewest(scope, (row) => isInScope(scope, row), 500)) {
    const ids = some.map(({ id }) => id);
    const touched = await selectTouched(scope, cause, ids);
    const open = ids.filter((id) => !touched.has(id));
    // mutant release-of-which-nothing-is-known by blast-radius: condition -> false
    if (open.length > 0) found.push(...(await cause.selectUnknown(open)));
    walked += some.length;
    isCut = walked >= LIMITS.unknownExposureScannedMax;
    if (isCut || found.length > LIMITS.unknownExposureMax) break;
  }
  const shown = found.slice(0, LIMITS.unknownExposureMax);
  const answers = await readReleaseAnswers(scope, shown);
  return {
    found: shown.flatMap((id) => {
      const answer = answers.get(id);
      return answer === undefined ? [] : [toReleaseName(answer)];
    }),
    more: isCut || found.length > shown.length,
  };
}

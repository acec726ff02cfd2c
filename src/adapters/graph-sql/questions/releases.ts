import type { ExpressionBuilder } from 'kysely';
import type {
  AffectedMatcher,
  ComponentAnswer,
  EvidenceAnswer,
  PackageSelector,
  ReleaseMatches,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { inOrder } from '../dialects/dialect.ts';
import type { Database } from '../schema/schema.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readEdgeEvidence } from './evidence.ts';
import { matchVersions } from './packages.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';

/**
 * Above this many sets it pays to look at the newest releases first instead of sorting all that
 * match.
 */
const RARE_SETS_MAX = 2_000;
/** How many releases are looked at before it is cheaper to sort those that match. */
const WALKED_MAX = 2_000;

/** Which releases consist of an image whose inventory holds the component, newest first. */
export async function answerReleases(
  scope: Scope,
  selector: PackageSelector,
  matcher: AffectedMatcher,
): Promise<ReleaseMatches> {
  const { packages, more, versions, notCompared, otherVersions } = await matchVersions(
    scope,
    selector,
    matcher,
  );
  const page = await readReleasePage(scope, versions);
  const answers = await readReleaseAnswers(scope, page.ids);
  const components = await readComponents(scope, page.ids, versions);
  const releases = page.ids.flatMap((id) => {
    const answer = answers.get(id);
    if (answer === undefined) return [];
    const held = components.find(id);
    return [{ ...answer, components: held.components, componentsMore: held.more }];
  });
  return {
    matched: packages,
    matchedMore: more,
    notCompared,
    otherVersions,
    releases,
    next: page.next,
  };
}

export interface ReleasePage {
  readonly ids: readonly number[];
  readonly next: string | null;
}

interface ReleaseRow {
  readonly id: number;
  readonly released_at: number;
}

/** One page of the releases that hold any of the versions, by release date, newest first. */
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

/**
 * What decides whether a release is asked for; a question inside another has no database of its
 * own.
 */
export type ScopeFilter = Omit<Scope, 'db'>;

/** Whether the question admits a release: known, in time and owned. */
export function isInScope<DB, T extends keyof DB & string>(
  { shard, known, ask, moment }: ScopeFilter,
  rows: ExpressionBuilder<DB, T>,
) {
  const row = rows as unknown as ExpressionBuilder<Database, 'release'>;
  const conditions = [row('release.known_from', '<=', known)];
  if (ask.since !== null) conditions.push(row('release.released_at', '>=', ask.since));
  if (ask.asOf !== null) conditions.push(row('release.released_at', '<=', ask.asOf));
  if (ask.owner !== null) conditions.push(isOwnedBy({ shard, known, moment }, row, ask.owner));
  return row.and(conditions);
}

/** Whether a release is asked for and lies behind the page marker. */
function isOnPage(scope: Scope, row: ExpressionBuilder<Database, 'release'>) {
  const after = parseCursor(scope.ask.page.after, ['number', 'number']) as
    | readonly [number, number]
    | null;
  const asked = isInScope(scope, row);
  if (after === null) return asked;
  return row.and([
    asked,
    row(row.refTuple('release.released_at', 'release.id'), '<', row.tuple(after[0], after[1])),
  ]);
}

/**
 * Who owned the name last, at the moment asked about; without such a statement, whom the release
 * record names.
 */
function isOwnedBy(
  { shard, known, moment }: Pick<Scope, 'shard' | 'known' | 'moment'>,
  row: ExpressionBuilder<Database, 'release'>,
  owner: string,
) {
  const last = row
    .selectFrom('ownership')
    .select('ownership.owner')
    .where('ownership.shard', '=', shard)
    .whereRef('ownership.release_name', '=', 'release.name')
    .where('ownership.known_from', '<=', known)
    .where('ownership.valid_from', '<=', moment)
    .orderBy('ownership.valid_from', 'desc')
    .orderBy('ownership.id', 'desc')
    .limit(1);
  return row(row.fn.coalesce(last, 'release.owner'), '=', owner);
}

/**
 * From the versions to the releases, in order: as much work as there are matches. A planner might
 * begin with all releases, because their index has the order that is asked for.
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

/** From the newest releases on, asking each; null when a page was not filled soon. */
async function readNewestHolders(
  scope: Scope,
  versions: readonly number[],
  limit: number,
): Promise<readonly ReleaseRow[] | null> {
  const found: ReleaseRow[] = [];
  const newest = scope.db
    .selectFrom('release')
    .select(['release.id', 'release.released_at'])
    .where('release.shard', '=', scope.shard)
    .where((row) => isOnPage(scope, row))
    .orderBy('release.released_at', 'desc')
    .orderBy('release.id', 'desc')
    .limit(WALKED_MAX);
  const walked = await newest.execute();
  for (let at = 0; at < walked.length && found.length < limit; at += limit) {
    const some = walked.slice(at, at + limit);
    const holding = new Set(
      await selectHolders(
        scope,
        versions,
        some.map(({ id }) => id),
      ),
    );
    found.push(...some.filter(({ id }) => holding.has(id)));
  }
  return found.length >= limit || walked.length < WALKED_MAX ? found.slice(0, limit) : null;
}

export async function selectHolders(
  scope: Scope,
  versions: readonly number[],
  releases: readonly number[],
): Promise<readonly number[]> {
  if (releases.length === 0 || versions.length === 0) return [];
  const rows = await queryHeldMembers(scope, releases, versions)
    .select('release_image.release')
    .distinct()
    .execute();
  return rows.map(({ release }) => release);
}

/** The members of these releases that are one of the versions, each found by its primary key. */
function queryHeldMembers(scope: Scope, releases: readonly number[], versions: readonly number[]) {
  const { db, shard, known } = scope;
  return db
    .selectFrom('release_image')
    .innerJoin('image_set', inOrder)
    .innerJoin('set_member', inOrder)
    .where('release_image.shard', '=', shard)
    .where('release_image.release', 'in', releases)
    .where('release_image.known_from', '<=', known)
    .whereRef('image_set.shard', '=', 'release_image.shard')
    .whereRef('image_set.image', '=', 'release_image.image')
    .where('image_set.known_from', '<=', known)
    .whereRef('set_member.shard', '=', 'release_image.shard')
    .whereRef('set_member.component_set', '=', 'image_set.component_set')
    .where('set_member.package_version', 'in', versions)
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedEdge(scope, row, 'image_set')),
    );
}

export interface HoldingImage {
  readonly release: number;
  readonly image: number;
  readonly digest: Digest;
}

async function queryHoldingImages(
  scope: Scope,
  releases: readonly number[],
  versions: readonly number[],
) {
  return queryHeldMembers(scope, releases, versions)
    .innerJoin('image', (on) =>
      on
        .onRef('image.shard', '=', 'release_image.shard')
        .onRef('image.id', '=', 'release_image.image'),
    )
    .select(['release_image.release', 'release_image.image', 'image.digest'])
    .distinct()
    .execute();
}

/**
 * All images of these releases that hold one of the versions: those of the components, unless some
 * are not shown.
 */
export async function readHoldingImages(
  scope: Scope,
  held: ReleaseComponents,
  releases: readonly number[],
  versions: readonly number[],
): Promise<readonly HoldingImage[]> {
  if (held.isCut) {
    const rows = await queryHoldingImages(scope, releases, versions);
    return rows.map((row) => ({ ...row, digest: row.digest as Digest }));
  }
  return [
    ...new Map(
      held.images.map((holding) => [`${holding.release} ${holding.image}`, holding]),
    ).values(),
  ];
}

export interface HeldComponents {
  readonly components: readonly (ComponentAnswer & { readonly version: number })[];
  /** There are more than LIMITS.releaseComponentsMax. */
  readonly more: boolean;
}

export interface ReleaseComponents {
  find(release: number): HeldComponents;
  /** The images of the components that are shown; where `isCut`, there may be others. */
  readonly images: readonly HoldingImage[];
  readonly isCut: boolean;
}

const NONE_HELD: HeldComponents = { components: [], more: false };

/** Where in each release the versions are. One that has very many takes nothing from the others. */
export async function readComponents(
  scope: Scope,
  releases: readonly number[],
  versions: readonly number[],
): Promise<ReleaseComponents> {
  const found = new Map<number, HeldComponents>();
  if (releases.length === 0 || versions.length === 0)
    return { find: () => NONE_HELD, images: [], isCut: false };
  const shown = LIMITS.releaseComponentsMax;
  const limit = releases.length * (shown + 1);
  let rows = await queryHeldRows(scope, releases, versions, limit);
  if (rows.length === limit && releases.length > 1) {
    rows = [];
    for (const release of releases)
      rows.push(...(await queryHeldRows(scope, [release], versions, shown + 1)));
  }
  const said = await readInventoryEvidence(scope, rows);
  for (const row of rows) {
    const { components } = found.get(row.release) ?? NONE_HELD;
    const layer = row.layer_digest as Digest | null;
    const component = {
      purl: row.purl as Purl,
      image: row.image_digest as Digest,
      layer,
      path: row.path,
    };
    const more = components.length === shown;
    const version = row.package_version;
    const evidence = said.get(`${row.image} ${version}`) ?? [];
    found.set(row.release, {
      components: more ? components : [...components, { ...component, version, evidence }],
      more,
    });
  }
  const images = rows.map((row) => ({
    release: row.release,
    image: row.image,
    digest: row.image_digest as Digest,
  }));
  const isCut = [...found.values()].some(({ more }) => more);
  return { find: (release) => found.get(release) ?? NONE_HELD, images, isCut };
}

/** The SBOMs that hold each version, by image and version. */
async function readInventoryEvidence(
  scope: Scope,
  rows: readonly { readonly image: number; readonly package_version: number }[],
): Promise<ReadonlyMap<string, readonly EvidenceAnswer[]>> {
  const versions = [...new Set(rows.map((row) => row.package_version))];
  const holding: {
    readonly id: number;
    readonly image: number;
    readonly package_version: number;
  }[] = [];
  for (const images of splitIntoChunks([...new Set(rows.map(({ image }) => image))])) {
    for (const some of splitIntoChunks(versions)) {
      const held = await scope.db
        .selectFrom('image_set')
        .innerJoin('set_member', inOrder)
        .select(['image_set.id', 'image_set.image', 'set_member.package_version'])
        .where('image_set.shard', '=', scope.shard)
        .where('image_set.image', 'in', images)
        .where('image_set.known_from', '<=', scope.known)
        .whereRef('set_member.shard', '=', 'image_set.shard')
        .whereRef('set_member.component_set', '=', 'image_set.component_set')
        .where('set_member.package_version', 'in', some)
        .execute();
      holding.push(...held);
    }
  }
  const said = await readEdgeEvidence(
    scope,
    'image_set',
    holding.map(({ id }) => id),
  );
  const found = new Map<string, EvidenceAnswer[]>();
  for (const { id, image, package_version: version } of holding) {
    const all = [...(found.get(`${image} ${version}`) ?? []), ...(said.get(id) ?? [])];
    const once = [...new Map(all.map((one) => [one.document, one])).values()];
    found.set(`${image} ${version}`, once.slice(0, LIMITS.rowEvidenceMax));
  }
  return found;
}

/** SBOMs of one image that agree on a version and on nothing else give one row each. */
async function queryHeldRows(
  scope: Scope,
  releases: readonly number[],
  versions: readonly number[],
  limit: number,
) {
  return queryHeldMembers(scope, releases, versions)
    .innerJoin('package_version', (on) =>
      on
        .onRef('package_version.shard', '=', 'release_image.shard')
        .onRef('package_version.id', '=', 'set_member.package_version'),
    )
    .innerJoin('image', (on) =>
      on.onRef('image.shard', '=', 'release_image.shard').onRef('image.id', '=', 'image_set.image'),
    )
    .leftJoin('layer', (on) =>
      on
        .onRef('layer.shard', '=', 'release_image.shard')
        .onRef('layer.id', '=', 'set_member.layer'),
    )
    .select([
      'release_image.release',
      'release_image.image',
      'set_member.package_version',
      'set_member.path',
    ])
    .select([
      'package_version.purl',
      'image.digest as image_digest',
      'layer.digest as layer_digest',
    ])
    .distinct()
    .limit(limit)
    .execute();
}

import type { ExpressionBuilder } from 'kysely';
import type {
  ExposureGap,
  OpenRelease,
  UnknownReason,
  UnknownRelease,
} from '../../../capabilities/graph/index.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Database } from '../schema/schema.ts';
import { type AffectedVersions, readExposedReleases, selectVersions } from './affected.ts';
import { selectHolders } from './held-components.ts';
import { walkNewest } from './newest-releases.ts';
import { readLookedUp } from './not-covered.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { ReleaseCoverage } from './release-coverage.ts';
import { isInScope } from './release-filter.ts';
import { readReleasePage } from './release-page.ts';
import type { Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';

export interface UnknownReleases {
  readonly releases: readonly UnknownRelease[];
  readonly more: boolean;
  readonly notCovered: readonly ExposureGap[];
  /** Of the data for the releases that were examined. */
  readonly updatedAt: Instant | null;
}

/**
 * The releases whose exposure is unknown: an empty answer must not look like a clean one. Those of
 * which only some components are not covered come last: they may be all, and hide no other.
 */
export async function readUnknownReleases(
  scope: Scope,
  affected: AffectedVersions,
  named: ReadonlySet<string> | null,
): Promise<UnknownReleases> {
  const open = await readUncomparedReleases(scope, affected);
  const coverage = new ReleaseCoverage(scope, named);
  const gaps = await readInventoryGaps(scope, coverage);
  const most = LIMITS.unknownExposureMax;
  const shown = [...gaps.found].slice(0, Math.max(0, most - open.releases.length));
  const answers = await readReleaseAnswers(
    scope,
    shown.map(([id]) => id),
  );
  const missing = shown.flatMap(([id, reason]): GapRelease[] => {
    const answer = answers.get(id);
    return answer === undefined ? [] : [{ id, ...answer, reason, components: [] }];
  });
  const all = [...open.releases, ...missing].slice(0, most);
  // Those that are listed for another reason may lie outside of what was examined.
  await coverage.examine(open.releases.map(({ id }) => id));
  return {
    releases: await nameUncovered(scope, all, coverage),
    more: open.more || gaps.more || open.releases.length + gaps.found.size > most,
    notCovered: await coverage.summarise(),
    updatedAt: coverage.updatedAt,
  };
}

export interface OpenReleases {
  readonly releases: readonly OpenRelease[];
  readonly more: boolean;
}

/** Releases without a known component that may have it: no complete inventory denies it. */
export async function readOpenReleases(
  scope: Scope,
  versions: readonly number[],
): Promise<OpenReleases> {
  const found = new Map<number, OpenRelease['reason']>();
  let [scanned, isCut] = [0, false];
  for await (const piece of walkNewest(scope, (row) => isInScope(scope, row), PIECE)) {
    const some = piece.slice(0, LIMITS.unknownExposureScannedMax - scanned).map(({ id }) => id);
    isCut = some.length < piece.length;
    if (some.length === 0) break;
    scanned += some.length;
    const open = await explainGaps(scope, some);
    const holders = new Set(await selectHolders(scope, versions, [...open.keys()]));
    for (const [id, reason] of open) if (!holders.has(id)) found.set(id, reason);
    if (found.size > LIMITS.unknownExposureMax) break;
  }
  const shown = [...found].slice(0, LIMITS.unknownExposureMax);
  const answers = await readReleaseAnswers(
    scope,
    shown.map(([id]) => id),
  );
  const releases = shown.flatMap(([id, reason]): OpenRelease[] => {
    const answer = answers.get(id);
    return answer === undefined ? [] : [{ ...answer, reason }];
  });
  return { releases, more: isCut || found.size > shown.length };
}

type GapRelease = Omit<UnknownRelease, 'notCovered'> & { readonly id: number };

/** Which components of each release are not covered. */
async function nameUncovered(
  scope: Scope,
  releases: readonly GapRelease[],
  coverage: ReleaseCoverage,
): Promise<readonly UnknownRelease[]> {
  const named: UnknownRelease[] = [];
  for (const { id, ...release } of releases) {
    const open = coverage.listOpen(id);
    const { purls } = await readLookedUp(scope, open, LIMITS.releaseComponentsMax);
    named.push({ ...release, notCovered: purls });
  }
  return named;
}

/** Releases whose only trace is a version that no scheme could compare. */
async function readUncomparedReleases(
  scope: Scope,
  affected: AffectedVersions,
): Promise<{ readonly releases: readonly GapRelease[]; readonly more: boolean }> {
  const page = { rowsMax: LIMITS.unknownExposureMax, after: null };
  const uncertain = selectVersions(affected, 'unknown');
  const found = await readReleasePage({ ...scope, ask: { ...scope.ask, page } }, uncertain);
  const exposed = new Set(
    await selectHolders(scope, selectVersions(affected, 'affected'), found.ids),
  );
  const only = found.ids.filter((id) => !exposed.has(id));
  const releases = await readExposedReleases(
    scope,
    only,
    new Map([...affected].filter(([id]) => uncertain.includes(id))),
  );
  const ids = new Map(
    [...(await readReleaseAnswers(scope, only))].map(([id, { document }]) => [document, id]),
  );
  return {
    releases: releases.map(
      ({ deployments: _, deploymentsMore: __, componentsMore: ___, ...release }) => ({
        id: ids.get(release.document) ?? 0,
        ...release,
        reason: 'version-not-compared' as const,
      }),
    ),
    more: found.next !== null,
  };
}

/** Releases that are examined together; their numbers fit the parameters of one statement. */
const PIECE = 500;

/**
 * Releases, newest first, with an image whose inventory is missing or partial, then those that hold
 * components that are not covered.
 */
async function readInventoryGaps(scope: Scope, coverage: ReleaseCoverage) {
  const found = new Map<number, UnknownReason>();
  const uncovered: number[] = [];
  let [scanned, isCut] = [0, false];
  for await (const piece of walkNewest(scope, (row) => isInScope(scope, row), PIECE)) {
    const some = piece.slice(0, LIMITS.unknownExposureScannedMax - scanned).map(({ id }) => id);
    isCut = some.length < piece.length;
    if (some.length === 0) break;
    scanned += some.length;
    const open = await explainGaps(scope, some);
    // mutant uncovered-components-are-clean by not-covered: remove
    uncovered.push(...(await coverage.examine(some)).filter((id) => !open.has(id)));
    for (const id of some) {
      const reason = open.get(id);
      if (reason !== undefined) found.set(id, reason);
    }
    if (found.size > LIMITS.unknownExposureMax) return { found, more: true };
  }
  const most = LIMITS.unknownExposureMax - found.size;
  for (const id of uncovered.slice(0, most)) found.set(id, 'components-not-covered');
  return { found, more: isCut || uncovered.length > most };
}

/** Why a component of these releases may not be known; complete ones are left out. */
export async function explainGaps(
  scope: Scope,
  releases: readonly number[],
): Promise<ReadonlyMap<number, OpenRelease['reason']>> {
  const { db, shard, known } = scope;
  const of = db
    .selectFrom('release_image')
    .where('release_image.shard', '=', shard)
    .where('release_image.release', 'in', releases)
    .where('release_image.member', '=', 0)
    .where('release_image.known_from', '<=', known);
  const withImages = new Set(
    (await of.select('release').distinct().execute()).map(({ release }) => release),
  );
  const rows = await of
    .select(['release_image.release', 'release_image.image'])
    .select((row) => row.or([hasSet(scope, row, 'any'), anyMemberHasSet(scope, row)]).as('some'))
    .where((row) => row.not(hasSet(scope, row, 'complete')))
    .where((row) => row.or([row.not(hasMember(scope, row)), lacksMember(scope, row)]))
    .execute();
  const open = new Map<number, OpenRelease['reason']>();
  for (const release of releases)
    if (!withImages.has(release)) open.set(release, 'inventory-missing');
  for (const { release, some } of rows) {
    // If there are several images, the image without an inventory is the reason.
    if (open.get(release) !== 'inventory-missing') {
      open.set(release, Number(some) === 1 ? 'inventory-partial' : 'inventory-missing');
    }
  }
  return open;
}

type Row = ExpressionBuilder<Database, 'release_image'>;

function hasSet(scope: Scope, row: Row, outcome: 'complete' | 'any') {
  return row.exists(
    row
      .selectFrom('image_set')
      .select('image_set.id')
      .where('image_set.shard', '=', scope.shard)
      .whereRef('image_set.image', '=', 'release_image.image')
      .where('image_set.known_from', '<=', scope.known)
      .$if(outcome === 'complete', (query) => query.where('image_set.outcome', '=', 'complete'))
      .$if(scope.ask.signedBy !== null, (query) =>
        query.where((inner) => isSignedEdge(scope, inner, 'image_set')),
      ),
  );
}

function queryMembers(scope: Scope, row: Row) {
  return row
    .selectFrom('image_member as part')
    .select('part.id')
    .where('part.shard', '=', scope.shard)
    .whereRef('part.image_index', '=', 'release_image.image')
    .where('part.known_from', '<=', scope.known);
}

function hasMember(scope: Scope, row: Row) {
  return row.exists(queryMembers(scope, row));
}

/** A member whose inventory is not complete. */
function lacksMember(scope: Scope, row: Row) {
  return row.exists(
    queryMembers(scope, row).where((part) =>
      part.not(part.exists(queryMemberSet(scope, part as never, true))),
    ),
  );
}

function anyMemberHasSet(scope: Scope, row: Row) {
  return row.exists(
    queryMembers(scope, row).where((part) =>
      part.exists(queryMemberSet(scope, part as never, false)),
    ),
  );
}

function queryMemberSet(
  scope: Scope,
  part: ExpressionBuilder<Database & { part: Database['image_member'] }, 'part'>,
  complete: boolean,
) {
  return part
    .selectFrom('image_set')
    .select('image_set.id')
    .where('image_set.shard', '=', scope.shard)
    .whereRef('image_set.image', '=', 'part.member')
    .where('image_set.known_from', '<=', scope.known)
    .$if(complete, (query) => query.where('image_set.outcome', '=', 'complete'))
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((inner) => isSignedEdge(scope, inner as never, 'image_set')),
    );
}

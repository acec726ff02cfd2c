import {
  ANYWHERE,
  type PlaceFilter,
  type Question,
  type RunningAnswer,
  type Whereabouts,
} from '../../../capabilities/graph/index.ts';
import { type DeployedRow, readDeployments, readPlaceDeployments } from './deployments.ts';
import { readObserved } from './observed-clusters.ts';
import { resolvePlace } from './place.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { resolveSubject } from './subject.ts';
import { readReleaseNames, readSubjectReleases, toReleaseName } from './subject-releases.ts';
import { findUndigestedIn, toAnswer } from './undigested-containers.ts';

/**
 * Where something runs, as itself, as a member of its index or as the index of its members; or what
 * runs in a place, or anywhere.
 */
export async function answerWhere(
  scope: Scope,
  { subject = null, place: asked }: Question<'where'>,
): Promise<Whereabouts> {
  const place = asked ?? ANYWHERE;
  if (subject === null) return answerPlace(scope, place);
  const meant = await resolveSubject(scope, subject);
  const filter = await buildFilter(scope, place);
  const { shown, next } = cutPage(
    scope,
    await readDeployments(scope, meant.all, checkRowsMax(scope.ask.page), filter),
  );
  const { ids, more } = await readSubjectReleases(scope, meant);
  const answers = await readReleaseAnswers(scope, ids);
  const deployments = await readRunningAnswers(scope, shown);
  return {
    releases: ids.flatMap((id) => answers.get(id) ?? []),
    releasesMore: more,
    deployments,
    ...toAnswer(await findUndigestedIn(scope, filter.place)),
    ...(await readObserved(scope, filter.place)),
    next,
  };
}

async function answerPlace(scope: Scope, place: PlaceFilter): Promise<Whereabouts> {
  const filter = await buildFilter(scope, place);
  const rows = await readPlaceDeployments(scope, checkRowsMax(scope.ask.page), filter);
  const { shown, next } = cutPage(scope, rows);
  const deployments = await readRunningAnswers(scope, shown);
  const ids = [
    ...(
      await readReleaseNames(
        scope,
        shown.map(({ image }) => image),
      )
    ).values(),
  ]
    .flat()
    .map(({ id }) => id);
  const answers = await readReleaseAnswers(scope, [...new Set(ids)]);
  return {
    releases: [...answers.values()],
    releasesMore: next !== null,
    deployments,
    ...toAnswer(await findUndigestedIn(scope, filter.place)),
    ...(await readObserved(scope, filter.place)),
    next,
  };
}

/**
 * The deployments for a question about a place: those after the page marker, of requested releases.
 */
export async function buildFilter(scope: Scope, place: PlaceFilter) {
  const { page, owner, since } = scope.ask;
  const afterId = Number(parseCursor(page.after, ['number'])?.[0] ?? 0);
  return {
    afterId,
    place: await resolvePlace(scope, place),
    ofReleases: owner !== null || since !== null,
  };
}

export function cutPage(scope: Scope, rows: readonly DeployedRow[]) {
  const limit = checkRowsMax(scope.ask.page);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    shown,
    next: rows.length > limit && last !== undefined ? formatCursor([last.id]) : null,
  };
}

/** The deployments with the releases that run there. */
export async function readRunningAnswers(
  scope: Scope,
  rows: readonly DeployedRow[],
): Promise<readonly RunningAnswer[]> {
  const names = await readReleaseNames(
    scope,
    rows.map(({ image }) => image),
  );
  return rows.map(({ image, answer }) => ({
    ...answer,
    releases: (names.get(image) ?? []).map(toReleaseName),
  }));
}

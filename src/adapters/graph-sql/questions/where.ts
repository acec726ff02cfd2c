import {
  ANYWHERE,
  type Place,
  type RunningAnswer,
  type Subject,
  type Whereabouts,
} from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { type DeployedRow, deploymentsIn, deploymentsOf } from './deployments.ts';
import { placeOf } from './place.ts';
import { releaseAnswers } from './release-answers.ts';
import { nameOf, namesOf, releasesOf } from './releases-of.ts';
import { cursorOf, rowsOf, type Scope, valuesOf } from './scope.ts';
import { meantBy } from './subject.ts';

/** Where something runs, as itself, as a member of its index or as the index of its members; or what runs somewhere. */
export async function where(scope: Scope, subject: Subject | null, place: Place = ANYWHERE): Promise<Whereabouts> {
  if (subject === null) return whatRuns(scope, place);
  const meant = await meantBy(scope, subject);
  const filter = await filterOf(scope, place);
  const { shown, next } = pageOf(scope, await deploymentsOf(scope, meant.all, rowsOf(scope.ask.page), filter));
  const { ids, more } = await releasesOf(scope, meant);
  const answers = await releaseAnswers(scope, ids);
  const deployments = await runningOf(scope, shown);
  return { releases: ids.flatMap((id) => answers.get(id) ?? []), releasesMore: more, deployments, next };
}

async function whatRuns(scope: Scope, place: Place): Promise<Whereabouts> {
  if (Object.values(place).every((part) => part === null)) {
    throw new Failure(
      'USAGE',
      'it is not said where, nor what',
      'Name an image or release, or a cluster or namespace.',
    );
  }
  const rows = await deploymentsIn(scope, rowsOf(scope.ask.page), await filterOf(scope, place));
  const { shown, next } = pageOf(scope, rows);
  const deployments = await runningOf(scope, shown);
  const ids = [
    ...(
      await namesOf(
        scope,
        shown.map(({ image }) => image),
      )
    ).values(),
  ]
    .flat()
    .map(({ id }) => id);
  const answers = await releaseAnswers(scope, [...new Set(ids)]);
  return { releases: [...answers.values()], releasesMore: next !== null, deployments, next };
}

/** Which deployments a question about a place means: those behind the page marker, of releases that are asked for. */
export async function filterOf(scope: Scope, place: Place) {
  const { page, owner, since } = scope.ask;
  const afterId = Number(valuesOf(page.after, ['number'])?.[0] ?? 0);
  return { afterId, place: await placeOf(scope, place), ofReleases: owner !== null || since !== null };
}

export function pageOf(scope: Scope, rows: readonly DeployedRow[]) {
  const limit = rowsOf(scope.ask.page);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { shown, next: rows.length > limit && last !== undefined ? cursorOf([last.id]) : null };
}

/** The deployments with the releases that run there. */
export async function runningOf(scope: Scope, rows: readonly DeployedRow[]): Promise<readonly RunningAnswer[]> {
  const names = await namesOf(
    scope,
    rows.map(({ image }) => image),
  );
  return rows.map(({ image, answer }) => ({ ...answer, releases: (names.get(image) ?? []).map(nameOf) }));
}

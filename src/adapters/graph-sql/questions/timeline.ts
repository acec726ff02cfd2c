import type { Question, Timeline, TimelineEvent } from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readCommits } from './commits.ts';
import { readEvidence, readEvidenceAt } from './evidence.ts';
import { readImageSets } from './findings.ts';
import { readDigests } from './kin.ts';
import { readObserved } from './observed-clusters.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { nameImage, resolveSubject } from './subject.ts';
import { readSubjectReleases } from './subject-releases.ts';
import {
  type ListedEvent,
  type ListedEvents,
  listBuilds,
  listDecisions,
  listDocuments,
  listFindings,
  listOwners,
  listRuns,
  listVerifications,
  listViolations,
} from './timeline-events.ts';

/** Everything that is recorded about a release or an image, in the order in which it happened. */
export async function answerTimeline(
  scope: Scope,
  { subject }: Question<'timeline'>,
): Promise<Timeline> {
  // `since` is about the events: a release may be older.
  const whole = { ...scope, ask: { ...scope.ask, since: null } };
  const meant = await resolveSubject(whole, subject);
  const released = await readSubjectReleases(whole, meant);
  const about = {
    images: meant.all,
    digests: new Map(
      [...(await readDigests(whole, meant.all))].flatMap(([id, all]) =>
        all.map((digest) => [digest, id] as const),
      ),
    ),
  };
  const sets = await readImageSets(whole, meant.all);
  const lists = [
    await listReleases(whole, released.ids),
    await listBuilds(whole, about),
    await listDocuments(whole, about),
    await listVerifications(whole, about),
    await listDecisions(whole, about),
    await listRuns(whole, about),
    await listViolations(whole, about),
    await listFindings(whole, sets),
  ];
  const { events, next } = cutPage(
    scope,
    lists.flatMap((list) => list.events).filter(isAsked(scope)),
  );
  return {
    ...nameImage(subject),
    events: await addEvidence(whole, events),
    more: released.more || lists.some(({ isCut }) => isCut),
    ...(await readObserved(scope)),
    next,
  };
}

function isAsked({ ask }: Scope): (event: ListedEvents['events'][number]) => boolean {
  // mutant timeline-of-another-time by timeline: operand 2 -> true
  return ({ at }) => at >= (ask.since ?? 0) && (ask.asOf === null || at <= ask.asOf);
}

function cutPage(scope: Scope, events: ListedEvents['events']) {
  const rowsMax = checkRowsMax(scope.ask.page);
  const after = parseCursor(scope.ask.page.after, ['number', 'string']) as Place | null;
  const placed = events
    .map((event) => [place(event), event] as const)
    .filter(([at]) => after === null || comparePlaces(at, after) > 0)
    .sort(([one], [other]) => comparePlaces(one, other));
  const shown = placed.slice(0, rowsMax);
  const last = shown.at(-1)?.[0];
  return {
    events: shown.map(([, event]) => event),
    next: placed.length > rowsMax && last !== undefined ? formatCursor(last) : null,
  };
}

type Place = readonly [at: number, key: string];

function place({ at, event, what, image, stated }: ListedEvents['events'][number]): Place {
  return [at, JSON.stringify([ORDER.indexOf(event) + ORDER.length, what, image, stated])];
}

/** Of what happened at one moment, what leads to the other comes first. */
const ORDER: readonly TimelineEvent['event'][] = [
  ...(['committed', 'built', 'recorded', 'verified', 'released', 'owned', 'decided'] as const),
  ...(['started', 'affected', 'violated', 'cleared', 'ended'] as const),
];

function comparePlaces(one: Place, other: Place): number {
  return one[0] - other[0] || (one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : 0);
}

/** The releases, their commits and the owners of their names. */
async function listReleases(scope: Scope, ids: readonly number[]): Promise<ListedEvents> {
  const answers = [...(await readReleaseAnswers(scope, ids)).values()];
  const commits = await readCommits(
    scope,
    answers.flatMap(({ source }) => source ?? []),
  );
  const owners = await listOwners(scope, [...new Set(answers.map(({ name }) => name))]);
  const released = answers.map(
    ({ name, version, releasedAt: at, evidence: stated }): ListedEvent => ({
      ...{ at, event: 'released', what: `${name}@${version}`, image: null, stated },
    }),
  );
  const committed = commits.flatMap(
    ({ commit, author, committedAt: at, evidence: stated }): readonly ListedEvent[] => {
      const what = `${commit} by ${author ?? 'unknown'}`;
      return at === null ? [] : [{ at, event: 'committed', what, image: null, stated }];
    },
  );
  return { events: [...released, ...committed, ...owners.events], isCut: owners.isCut };
}

/** The documents behind the events of the page alone. */
async function addEvidence(
  scope: Scope,
  events: ListedEvents['events'],
): Promise<readonly TimelineEvent[]> {
  const at = await readEvidenceAt(
    scope,
    events.flatMap(({ stated }) => (typeof stated === 'number' ? [stated] : [])),
  );
  const named = events.flatMap(({ stated }) =>
    typeof stated === 'object' && 'kind' in stated ? [stated] : [],
  );
  const said = new Map<string, TimelineEvent['evidence'][number]>();
  for (const [kind, some] of Map.groupBy(named, (one) => one.kind))
    for (const [digest, answer] of await readEvidence(
      scope,
      kind,
      some.map(({ digest }) => digest),
    ))
      said.set(digest, answer);
  return events.map(({ stated, ...event }) => ({
    ...event,
    evidence: (typeof stated === 'number'
      ? [at.get(stated) ?? []]
      : 'kind' in stated
        ? [said.get(stated.digest) ?? []]
        : [stated]
    )
      .flat()
      .slice(0, LIMITS.rowEvidenceMax),
  }));
}

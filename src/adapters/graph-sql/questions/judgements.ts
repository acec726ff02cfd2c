import type { ExpressionBuilder } from 'kysely';
import {
  ANYWHERE,
  type EvidenceAnswer,
  type JudgedSubject,
  type JudgedSubjects,
  type LastDecision,
  type PlaceFilter,
  type Question,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import type { Gate } from '../../../core/verdict.ts';
import type { Database } from '../schema/schema.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { type DeployedRow, readPlaceDeployments } from './deployments.ts';
import { readEvidence } from './evidence.ts';
import { readKin } from './kin.ts';
import { readObserved } from './observed-clusters.ts';
import { isInScope } from './release-filter.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { readReleaseNames, toReleaseName } from './subject-releases.ts';
import { findUndigestedIn, NO_CONTAINERS, toAnswer } from './undigested-containers.ts';
import { buildFilter, cutPage, readRunningAnswers } from './where.ts';

/**
 * All subjects on which a policy can be tried, by id: running images for the admission gate,
 * releases for the earlier gates. Each comes with the last decision of the gate about it, or with
 * the fact that the gate never decided.
 */
export async function answerJudgements(
  scope: Scope,
  { gate, place }: Question<'judged'>,
): Promise<JudgedSubjects> {
  return gate === 'admission' || gate === 'audit'
    ? running(scope, gate, place ?? ANYWHERE)
    : readReleased(scope, gate);
}

async function running(scope: Scope, gate: Gate, place: PlaceFilter): Promise<JudgedSubjects> {
  const filter = await buildFilter(scope, place);
  const { shown, next } = cutPage(
    scope,
    await readPlaceDeployments(scope, checkRowsMax(scope.ask.page), filter),
  );
  const answers = await readRunningAnswers(scope, shown);
  const digests = await readFamilyDigests(
    scope,
    shown.map(({ image }) => image),
  );
  const decided = await readDecisions(
    scope,
    gate,
    shown.map((row) => ({ subjects: digests.get(row.image) ?? [], workload: formatWorkload(row) })),
  );
  const subjects = answers.map((answer, at): JudgedSubject => {
    const { last = null, others = [] } = decided[at] ?? {};
    return { image: answer.image, running: answer, releases: answer.releases, last, others };
  });
  return {
    ...{ subjects, next },
    ...toAnswer(await findUndigestedIn(scope, filter.place)),
    ...(await readObserved(scope, filter.place)),
  };
}

/** The text that the projection writes for a decision. */
function formatWorkload({ answer: { cluster, namespace, workload } }: DeployedRow): string {
  return `${cluster}/${namespace}/${workload.kind}/${workload.name}`;
}

async function readReleased(scope: Scope, gate: Gate): Promise<JudgedSubjects> {
  const { db, shard, known, ask } = scope;
  const limit = checkRowsMax(ask.page);
  const after = Number(parseCursor(ask.page.after, ['number'])?.[0] ?? 0);
  const rows = await db
    .selectFrom('image')
    .select(['image.id', 'image.digest'])
    .where('image.shard', '=', shard)
    .where('image.id', '>', after)
    .where((row) =>
      row.exists(
        row
          .selectFrom('release_image as held')
          .innerJoin('release', (on) =>
            on.onRef('release.shard', '=', 'held.shard').onRef('release.id', '=', 'held.release'),
          )
          .select('held.id')
          .where('held.shard', '=', shard)
          .whereRef('held.image', '=', 'image.id')
          .where('held.member', '=', 0)
          .where('held.known_from', '<=', known)
          .where((inner) => isInScope(scope, inner)),
      ),
    )
    .orderBy('image.id')
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const ids = shown.map(({ id }) => id);
  const [names, digests] = [
    await readReleaseNames(scope, ids),
    await readFamilyDigests(scope, ids),
  ];
  const decided = await readDecisions(
    scope,
    gate,
    ids.map((id) => ({ subjects: digests.get(id) ?? [], workload: null })),
  );
  const subjects = shown.map(({ id, digest }, at): JudgedSubject => {
    const { last = null, others = [] } = decided[at] ?? {};
    const releases = (names.get(id) ?? []).map(toReleaseName);
    return { image: digest as Digest, running: null, releases, last, others };
  });
  return {
    subjects,
    next: rows.length > limit && last !== undefined ? formatCursor([last.id]) : null,
    ...toAnswer(NO_CONTAINERS),
    ...{ observed: null, silent: [], silentMore: false },
  };
}

/**
 * Each image's own digest first, then those of its indexes and members: a gate is asked about the
 * index, but a member runs.
 */
async function readFamilyDigests(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const unique = [...new Set(images)];
  if (unique.length === 0) return new Map();
  const kin = await readKin(scope, unique);
  const ids = [...new Set([...unique, ...[...kin.values()].flat()])];
  const rows = await scope.db
    .selectFrom('image')
    .select(['id', 'digest'])
    .where('shard', '=', scope.shard)
    .where('id', 'in', ids)
    .execute();
  const digests = new Map(rows.map(({ id, digest }) => [id, digest]));
  return new Map(
    unique.map((image) => [
      image,
      [image, ...(kin.get(image) ?? [])].flatMap((id) => digests.get(id) ?? []),
    ]),
  );
}

/** Gates that judge images by the same facts: what one gathered, another can be tried on. */
const IMAGE_GATES: readonly Gate[] = ['admission', 'audit', 'release'];

type DecisionKey = Pick<JudgedSubject, 'last' | 'others'>;

/** One row of the answer: an image by all its digests, and where it runs. */
interface SubjectDecision {
  readonly subjects: readonly string[];
  readonly workload: string | null;
}

/** For each row the last decision of the gate, and those of the other gates that judge images. */
async function readDecisions(
  scope: Scope,
  gate: Gate,
  judged: readonly SubjectDecision[],
): Promise<readonly DecisionKey[]> {
  const gates = IMAGE_GATES.includes(gate) ? IMAGE_GATES : [gate];
  const newest = await readNewest(scope, gates, new Set(judged.flatMap((one) => one.subjects)));
  const rows: (readonly VerdictRow[])[] = [];
  for (const one of judged) {
    const found: VerdictRow[] = [];
    for (const by of gates) found.push(...(await pickLast(scope, by, one, newest)));
    rows.push(found);
  }
  const said = await readEvidence(
    scope,
    'decision',
    rows.flat().map(({ document }) => document),
  );
  return rows.map((found) => {
    const all = found.map((row) => toDecision(scope, row, said));
    const others = all.filter((one) => one.gate !== gate);
    return {
      last: all.find((one) => one.gate === gate) ?? null,
      others: others.sort((one, two) => two.decidedAt - one.decidedAt),
    };
  });
}

/**
 * The last decision about this workload, otherwise the last decision about the image in any place.
 */
async function pickLast(
  scope: Scope,
  gate: Gate,
  { subjects, workload }: SubjectDecision,
  newest: ReadonlyMap<string, VerdictRow>,
): Promise<readonly VerdictRow[]> {
  const rows = subjects.flatMap((subject) => newest.get(`${gate} ${subject}`) ?? []);
  const [last] = rows.sort((one, other) => other.id - one.id);
  if (last === undefined) return [];
  // Only if another workload was decided later, its own last decision is a row of its own.
  // mutant judged-by-another-workload by judged-subjects: condition -> true
  if (workload === null || last.workload === workload) return [last];
  return [(await queryNewest(scope, gate, subjects, workload)) ?? last];
}

type VerdictRow = NonNullable<Awaited<ReturnType<typeof queryNewest>>>;

/** The newest decision of each gate about each image in any place, by gate and digest. */
async function readNewest(
  scope: Scope,
  gates: readonly Gate[],
  digests: ReadonlySet<string>,
): Promise<ReadonlyMap<string, VerdictRow>> {
  const { db, shard } = scope;
  const ids: number[] = [];
  for (const some of splitIntoChunks([...digests])) {
    for (const gate of gates) {
      const rows = await db
        .selectFrom('image')
        .select((row) => queryNewestId(scope, row, gate).as('newest'))
        .where('image.shard', '=', shard)
        .where('image.digest', 'in', some)
        .execute();
      ids.push(...rows.flatMap(({ newest }) => newest ?? []));
    }
  }
  const found = new Map<string, VerdictRow>();
  for (const some of splitIntoChunks(ids)) {
    const rows = await db
      .selectFrom('verdict')
      .selectAll()
      .where('shard', '=', shard)
      .where('id', 'in', some)
      .execute();
    for (const row of rows) found.set(`${row.gate} ${row.subject}`, row);
  }
  return found;
}

function queryNewestId(
  { shard, known, ask }: Scope,
  row: ExpressionBuilder<Database, 'image'>,
  gate: Gate,
) {
  return row
    .selectFrom('verdict')
    .select('verdict.id')
    .where('verdict.shard', '=', shard)
    .whereRef('verdict.subject', '=', 'image.digest')
    .where('verdict.gate', '=', gate)
    .where('verdict.known_from', '<=', known)
    .$if(ask.asOf !== null, (query) => query.where('verdict.first_at', '<=', ask.asOf ?? 0))
    .orderBy('verdict.id', 'desc')
    .limit(1);
}

function toDecision(
  { ask }: Scope,
  row: VerdictRow,
  said: ReadonlyMap<string, EvidenceAnswer>,
): LastDecision {
  return {
    gate: row.gate as Gate,
    decision: row.decision as LastDecision['decision'],
    decidedAt: toInstant(ask.asOf === null ? row.last_at : Math.min(row.last_at, ask.asOf)),
    workload: row.workload,
    policy: row.policy as Digest,
    facts: row.facts as Digest | null,
    document: row.document as Digest,
    evidence: [said.get(row.document) ?? []].flat(),
  };
}

/** The newest decision about the image in this workload. */
function queryNewest(
  { db, shard, known, ask }: Scope,
  gate: Gate,
  subjects: readonly string[],
  workload: string,
) {
  return db
    .selectFrom('verdict')
    .selectAll()
    .where('shard', '=', shard)
    .where('subject', 'in', subjects)
    .where('gate', '=', gate)
    .where('workload', '=', workload)
    .where('known_from', '<=', known)
    .$if(ask.asOf !== null, (query) => query.where('first_at', '<=', ask.asOf ?? 0))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

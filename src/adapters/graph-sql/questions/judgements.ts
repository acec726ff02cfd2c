import {
  ANYWHERE,
  type JudgedSubject,
  type JudgedSubjects,
  type LastDecision,
  type PlaceFilter,
  type Question,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import type { Gate } from '../../../core/verdict.ts';
import { type DeployedRow, readPlaceDeployments } from './deployments.ts';
import { readEvidence } from './evidence.ts';
import { readKin } from './kin.ts';
import { isInScope } from './release-filter.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { readReleaseNames, toReleaseName } from './subject-releases.ts';
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
  const subjects: JudgedSubject[] = [];
  for (const [at, row] of shown.entries()) {
    const answer = answers[at];
    if (answer === undefined) continue;
    const decided = await readDecisions(
      scope,
      gate,
      digests.get(row.image) ?? [],
      formatWorkload(row),
    );
    subjects.push({ image: answer.image, running: answer, releases: answer.releases, ...decided });
  }
  return { subjects, next };
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
  const subjects: JudgedSubject[] = [];
  for (const { id, digest } of shown) {
    const decided = await readDecisions(scope, gate, digests.get(id) ?? [], null);
    subjects.push({
      image: digest as Digest,
      running: null,
      releases: (names.get(id) ?? []).map(toReleaseName),
      ...decided,
    });
  }
  return {
    subjects,
    next: rows.length > limit && last !== undefined ? formatCursor([last.id]) : null,
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

/** The last decision of the gate, and those of the other gates that judge images. */
async function readDecisions(
  scope: Scope,
  gate: Gate,
  subjects: readonly string[],
  workload: string | null,
): Promise<Pick<JudgedSubject, 'last' | 'others'>> {
  const last = await readLastDecision(scope, gate, subjects, workload);
  const others: LastDecision[] = [];
  for (const other of IMAGE_GATES.includes(gate) ? IMAGE_GATES : []) {
    const found = other === gate ? null : await readLastDecision(scope, other, subjects, workload);
    if (found !== null) others.push(found);
  }
  return { last, others: others.sort((one, two) => two.decidedAt - one.decidedAt) };
}

/**
 * The last decision about this workload, otherwise the last decision about the image in any place.
 */
async function readLastDecision(
  scope: Scope,
  gate: Gate,
  subjects: readonly string[],
  workload: string | null,
): Promise<LastDecision | null> {
  const own = workload === null ? undefined : await queryNewest(scope, gate, subjects, workload);
  const row = own ?? (await queryNewest(scope, gate, subjects, null));
  if (row === undefined) return null;
  const said = await readEvidence(scope, 'decision', [row.document]);
  return {
    gate,
    decision: row.decision as LastDecision['decision'],
    decidedAt: toInstant(
      scope.ask.asOf === null ? row.last_at : Math.min(row.last_at, scope.ask.asOf),
    ),
    workload: row.workload,
    policy: row.policy as Digest,
    facts: row.facts as Digest | null,
    document: row.document as Digest,
    evidence: [...said.values()],
  };
}

function queryNewest(
  { db, shard, known, ask }: Scope,
  gate: Gate,
  subjects: readonly string[],
  workload: string | null,
) {
  return db
    .selectFrom('verdict')
    .selectAll()
    .where('shard', '=', shard)
    .where('subject', 'in', subjects)
    .where('gate', '=', gate)
    .$if(workload !== null, (query) => query.where('workload', '=', workload ?? ''))
    .where('known_from', '<=', known)
    .$if(ask.asOf !== null, (query) => query.where('first_at', '<=', ask.asOf ?? 0))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

import type { Question, Subject, VerdictHistory } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import type { Gate } from '../../../core/verdict.ts';
import { readEvidence } from './evidence.ts';
import { readDigests, readFamily } from './kin.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';
import { nameImage, resolveSubject } from './subject.ts';

/**
 * The verdicts about a subject, newest first. Each row counts only what was decided and known by
 * the moments of the question.
 */
export async function answerVerdicts(
  scope: Scope,
  { subject }: Question<'verdicts'>,
): Promise<VerdictHistory> {
  const { db, shard, known, ask } = scope;
  const subjects = await resolveDigests(scope, subject);
  const limit = checkRowsMax(ask.page) + 1;
  const after = parseCursor(ask.page.after, ['number'])?.[0];
  const rows = await db
    .selectFrom('verdict')
    .selectAll()
    .where('shard', '=', shard)
    .where('subject', 'in', subjects)
    .$if(ask.since !== null, (query) => query.where('last_at', '>=', ask.since ?? 0))
    .where('known_from', '<=', known)
    .$if(ask.asOf !== null, (query) => query.where('first_at', '<=', ask.asOf ?? 0))
    .$if(ask.signedBy !== null, (query) =>
      query.where((row) => isSignedDocument(scope, row, 'verdict.document')),
    )
    .$if(after !== undefined, (query) => query.where('id', '<', Number(after)))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  // A digest that no evidence mentions is a mistake, not an image without verdicts.
  if (rows.length === 0 && typeof subject === 'string') await requireKnown(scope, subject);
  const shown = rows.slice(0, limit - 1);
  const last = shown.at(-1);
  const said = await readEvidence(
    scope,
    'decision',
    shown.map((row) => row.document),
  );
  const verdicts = [];
  for (const row of shown) {
    verdicts.push({
      gate: row.gate as Gate,
      decision: row.decision as 'allow' | 'deny' | 'undetermined',
      workload: row.workload,
      policy: row.policy as Digest,
      ...(await readSpan(scope, row)),
      document: row.document as Digest,
      evidence: [said.get(row.document) ?? []].flat(),
    });
  }
  return {
    ...nameImage(subject),
    verdicts,
    next: rows.length < limit || last === undefined ? null : formatCursor([last.id]),
  };
}

async function requireKnown(scope: Scope, subject: Digest): Promise<void> {
  const any = await scope.db
    .selectFrom('verdict')
    .select('id')
    .where('shard', '=', scope.shard)
    .where('subject', '=', subject)
    .limit(1)
    .executeTakeFirst();
  if (any === undefined) await readFamily(scope, subject);
}

/** A digest may belong to a commit or to anything else with a decision. A name means images. */
async function resolveDigests(scope: Scope, subject: Subject): Promise<readonly string[]> {
  if (typeof subject === 'string') return [subject];
  // Here `since` is about the decision: a release may be older.
  const { families } = await resolveSubject(
    { ...scope, ask: { ...scope.ask, since: null } },
    subject,
  );
  const digests = await readDigests(
    scope,
    families.map(({ self }) => self),
  );
  return [...digests.values()].flat();
}

interface VerdictRow {
  readonly id: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly repeats: number;
}

/**
 * The counters of the row are the present ones. A question about an earlier moment counts the
 * decisions by then.
 */
async function readSpan(
  { db, shard, known, ask }: Scope,
  row: VerdictRow,
): Promise<{ readonly firstAt: Instant; readonly lastAt: Instant; readonly repeats: number }> {
  const now = {
    firstAt: toInstant(row.first_at),
    lastAt: toInstant(row.last_at),
    repeats: row.repeats,
  };
  if (ask.asOf === null && ask.knownAt === null) return now;
  const then = await db
    .selectFrom('verdict_seen')
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.min('decided_at').as('first_at'),
      fn.max('decided_at').as('last_at'),
    ])
    .where('shard', '=', shard)
    .where('verdict', '=', row.id)
    .where('position', '<=', known)
    .$if(ask.asOf !== null, (query) => query.where('decided_at', '<=', ask.asOf ?? 0))
    .executeTakeFirstOrThrow();
  if (then.count === 0) return now;
  return {
    firstAt: toInstant(then.first_at),
    lastAt: toInstant(then.last_at),
    repeats: then.count - 1,
  };
}

import { POSTED_MARK } from '../../../capabilities/evidence/index.ts';
import type { GatedSource, Question } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { listAddresses, readHost } from '../../../core/repository-address.ts';
import type { Decision } from '../../../core/verdict.ts';
import type { Scope } from './scope.ts';

/**
 * The newest record of a commit and the newest decision of the build gate about it. The subject of
 * that decision is the digest of a record of the commit, and there may be several of them.
 */
export async function answerGatedSource(
  scope: Scope,
  { repository, commit }: Question<'gated-source'>,
): Promise<GatedSource> {
  const records = await readRecords(scope, repository, commit);
  const [newest] = records;
  if (newest === undefined) return { commit: null, buildGate: null };
  const decided = await readDecision(scope, [...new Set(records.map(({ digest }) => digest))]);
  return {
    commit: { signed: newest.signed === 1, signer: newest.identity },
    buildGate:
      decided === undefined
        ? null
        : {
            decision: decided.decision as Decision,
            decidedAt: toInstant(decided.decided_at),
            policy: decided.policy as Digest,
            facts: decided.facts as Digest | null,
          },
  };
}

/** The newest first. */
async function readRecords({ db, shard, known }: Scope, repository: string, commit: string) {
  const keys = listAddresses(repository).map((address) =>
    JSON.stringify([readHost(address), address, commit]),
  );
  const all = db
    .selectFrom('code_commit')
    .innerJoin('commit_fact', (on) =>
      on
        .onRef('commit_fact.shard', '=', 'code_commit.shard')
        .onRef('commit_fact.code_commit', '=', 'code_commit.id'),
    )
    .innerJoin('edge_evidence as said', (on) =>
      on
        .onRef('said.shard', '=', 'commit_fact.shard')
        .onRef('said.edge_id', '=', 'commit_fact.id')
        .on('said.edge', '=', 'commit_fact'),
    )
    .innerJoin('log_entry as entry', (on) =>
      on.onRef('entry.shard', '=', 'said.shard').onRef('entry.position', '=', 'said.position'),
    )
    .leftJoin('signer', (on) =>
      on
        .onRef('signer.shard', '=', 'commit_fact.shard')
        .onRef('signer.id', '=', 'commit_fact.signer'),
    )
    .select(['commit_fact.signed', 'signer.identity', 'entry.digest'])
    .where('code_commit.shard', '=', shard)
    .where('code_commit.key', 'in', keys)
    .where('said.position', '<=', known);
  // mutant gated-source-that-was-posted by gated-source: value -> all
  const own = all.where('entry.media_type', 'not like', `%${POSTED_MARK}%`);
  return own.orderBy('said.position', 'desc').limit(LIMITS.questionVersionsMax).execute();
}

async function readDecision({ db, shard, known }: Scope, subjects: readonly string[]) {
  const all = db
    .selectFrom('verdict')
    .innerJoin('verdict_seen as seen', (on) =>
      on.onRef('seen.shard', '=', 'verdict.shard').onRef('seen.verdict', '=', 'verdict.id'),
    )
    .innerJoin('log_entry as entry', (on) =>
      on.onRef('entry.shard', '=', 'seen.shard').onRef('entry.position', '=', 'seen.position'),
    )
    .select(['verdict.decision', 'verdict.policy', 'verdict.facts', 'seen.decided_at'])
    .where('verdict.shard', '=', shard)
    .where('verdict.subject', 'in', subjects)
    .where('verdict.gate', '=', 'build')
    .where('seen.position', '<=', known);
  // mutant build-gate-that-was-posted by gated-source: value -> all
  const own = all.where('entry.media_type', 'not like', `%${POSTED_MARK}%`);
  // In the order of the log: a clock that was set back makes no older decision newer.
  return own.orderBy('seen.position', 'desc').limit(1).executeTakeFirst();
}

import { evaluate, type Policy } from '../../capabilities/policy/index.ts';

import type { Instant } from '../../core/instant.ts';
import { buildCommitFacts, type JudgedCommit } from './commit-facts.ts';

/** Whether a commit satisfies the rule for signed commits (D4), and if not, why. */
export interface CommitVerdict {
  readonly counts: 'yes' | 'no' | 'unknown';
  /** Empty if it counts. */
  readonly why: string;
  /** Null if it counts. */
  readonly code: string | null;
}

const COUNTS = { allow: 'yes', deny: 'no', undetermined: 'unknown' } as const;

/**
 * Asks the policy about one commit, as the commit gate does: `policy` is its part about signed
 * commits.
 */
export function judgeCommit(judged: JudgedCommit, policy: Policy, now: Instant): CommitVerdict {
  const facts = { commits: buildCommitFacts({ judged: [judged], missing: null }) };
  const { verdict } = evaluate(policy, { gate: 'commit', facts, now });
  const counts = COUNTS[verdict.decision];
  return counts === 'yes' ? { counts, why: '', code: null } : { counts, ...explain(judged) };
}

function explain({ commit, standing }: JudgedCommit): Pick<CommitVerdict, 'why' | 'code'> {
  switch (standing.kind) {
    case 'unsigned':
      return { why: 'it is not signed', code: 'unsigned' };
    case 'untrusted':
      return { why: standing.reason.text, code: standing.reason.code };
    case 'undetermined':
      return { why: standing.cause.message, code: standing.cause.code };
    case 'trusted':
      return explainSigner(commit, standing.committerMatches);
  }
}

function explainSigner(
  { author, committer }: JudgedCommit['commit'],
  committerMatches: boolean,
): Pick<CommitVerdict, 'why' | 'code'> {
  return committerMatches
    ? { why: `the author <${author.email}> is not the signer`, code: 'author-is-not-signer' }
    : {
        why: `the committer <${committer.email}> is not the signer`,
        code: 'committer-is-not-signer',
      };
}

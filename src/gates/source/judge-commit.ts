import { evaluate, type Policy } from '../../capabilities/policy/index.ts';

import { type CommitStanding, type NamedTag, quoteText } from '../../capabilities/signing/index.ts';
import type { Instant } from '../../core/instant.ts';
import { type JudgedSignature, toCommitFact } from './commit-facts.ts';

/** Whether a commit or a tag satisfies the rule for signed commits (D4), and if not, why. */
export interface CommitVerdict {
  readonly counts: 'yes' | 'no' | 'unknown';
  /** Empty if it counts. */
  readonly why: string;
  /** Null if it counts. */
  readonly code: string | null;
}

const COUNTS = { allow: 'yes', deny: 'no', undetermined: 'unknown' } as const;

/**
 * The same about a tag. A ref of another name than the tag has would show an old release as a new
 * one.
 */
export function judgeTag(
  { tag, ref }: NamedTag,
  standing: CommitStanding,
  asked: AskedPolicy,
): CommitVerdict {
  // mutant tag-of-another-name by cli-commits: condition -> false
  if (ref !== null && ref !== `refs/tags/${tag.name}`) {
    const why = `the tag says that it is ${quoteText(tag.name)}, and its ref is ${quoteText(ref)}`;
    return { counts: 'no', why, code: 'tag-name' };
  }
  const verdict = judgeCommit({ commit: tag, standing }, asked.policy, asked.now);
  if (verdict.code !== 'author-is-not-signer' && verdict.code !== 'committer-is-not-signer')
    return verdict;
  const why = `the tagger <${tag.tagger.email}> is not the signer`;
  return { ...verdict, why, code: 'tagger-is-not-signer' };
}

interface AskedPolicy {
  readonly policy: Policy;
  readonly now: Instant;
}

/**
 * Asks the policy about one commit, as the commit gate does: `policy` is its part about signed
 * commits.
 */
export function judgeCommit(judged: JudgedSignature, policy: Policy, now: Instant): CommitVerdict {
  const facts = { commits: [toCommitFact(judged)] };
  const { verdict } = evaluate(policy, { gate: 'commit', facts, now });
  const counts = COUNTS[verdict.decision];
  return counts === 'yes' ? { counts, why: '', code: null } : { counts, ...explain(judged) };
}

function explain({ commit, standing }: JudgedSignature): Pick<CommitVerdict, 'why' | 'code'> {
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
  { author, committer }: JudgedSignature['commit'],
  committerMatches: boolean,
): Pick<CommitVerdict, 'why' | 'code'> {
  return committerMatches
    ? { why: `the author <${author.email}> is not the signer`, code: 'author-is-not-signer' }
    : {
        why: `the committer <${committer.email}> is not the signer`,
        code: 'committer-is-not-signer',
      };
}

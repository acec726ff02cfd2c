import type { Instant } from '../../core/instant.ts';
import type { Result } from '../../core/result.ts';
import type { Decision, Gate, RuleResult } from '../../core/verdict.ts';
import type { Facts } from './facts.ts';
import type { Exception } from './policy.ts';
import type { RegoAnswer } from './rego/read-answers.ts';

/** A question to a policy. */
export interface Question {
  readonly gate: Gate;
  readonly facts: Facts;
  readonly now: Instant;
  /** When a certificate or another basis of the facts expires; the caller who verified it knows. */
  readonly factsValidUntil?: Instant | null;
  /** What OPA answered about the rules in Rego, by id; absent: nobody has asked it. */
  readonly rego?: Result<ReadonlyMap<string, RegoAnswer>>;
  /** For the demo only: the bundled sample of advisories counts. The record says so. */
  readonly sampleCounts?: boolean;
}

/** The result of a question. */
export interface PolicyOutcome {
  readonly results: readonly RuleResult[];
  readonly decision: Decision;
  readonly validUntil: Instant | null;
  readonly applied: readonly Exception[];
  readonly expired: readonly Exception[];
}

/** How one rule was judged. */
export interface RuleJudgement {
  readonly result: RuleResult;
  /** When time alone may change it; null: never. */
  readonly flipsAt: Instant | null;
  readonly applied: readonly Exception[];
}

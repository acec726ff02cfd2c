import type { Instant } from './instant.ts';

/** Where a policy is evaluated. */
export const GATES = ['commit', 'build', 'release', 'admission', 'audit'] as const;
export type Gate = (typeof GATES)[number];

/** What a gate does with a broken rule. Only `deny` decides. */
export type RuleAction = 'deny' | 'warn' | 'record';

/** The outcome of a rule; `undetermined` is neither of the other two. */
export type RuleOutcome = 'holds' | 'broken' | 'undetermined';

export const DECISIONS = ['allow', 'deny', 'undetermined'] as const;
export type Decision = (typeof DECISIONS)[number];

export interface RuleResult {
  readonly rule: string;
  readonly action: RuleAction;
  readonly outcome: RuleOutcome;
  /**
   * Stable, machine-readable: `RULE_HOLDS`, `RULE_BROKEN`, `EXCEPTED`, or the code of the Failure
   * that left it undetermined.
   */
  readonly reason: string;
  /** What is wrong, with the evidence named; null when the rule holds. */
  readonly message: string | null;
  /** How to fix it; null when the rule holds. */
  readonly fix: string | null;
}

export interface Verdict {
  readonly decision: Decision;
  readonly results: readonly RuleResult[];
  /** The earliest moment at which time alone could change the decision; null when there is none. */
  readonly validUntil: Instant | null;
}

/**
 * Foundation 1: among the rules that enforce, deny comes before undetermined, and undetermined
 * before allow. Rules that warn or record never decide. A gate without any rule that enforces
 * proves nothing; the caller refuses it when it loads.
 */
export function decide(results: readonly RuleResult[]): Decision {
  // mutant rules-that-warn by verdict, 1-facts-cannot-fail-open: value 2 -> $operand !== 'record'
  const outcomes = new Set(
    results.filter((result) => result.action === 'deny').map((result) => result.outcome),
  );
  // mutant broken-rule-denies by verdict, 1-facts-cannot-fail-open: remove
  // mutant undetermined-comes-before-deny by verdict, 1-facts-cannot-fail-open: condition -> $ &&
  //   !$callee('undetermined')
  if (outcomes.has('broken')) return 'deny';
  // mutant undetermined-allows by verdict, 1-facts-cannot-fail-open: value -> 'allow'
  return outcomes.has('undetermined') ? 'undetermined' : 'allow';
}

/** Whether a workload may go on. Only `allow` admits it. */
export function admits(decision: Decision): boolean {
  // mutant undetermined-never-admits by verdict, 1-facts-cannot-fail-open: value -> $operand !==
  //   'deny'
  return decision === 'allow';
}

import type { Instant } from '../../core/instant.ts';
import type { Decision, Gate, RuleResult } from '../../core/verdict.ts';
import type { Facts } from './facts.ts';
import type { Exception } from './policy.ts';

/** What is asked of a policy. */
export interface Question {
  readonly gate: Gate;
  readonly facts: Facts;
  readonly now: Instant;
  /**
   * When a certificate or another ground of the facts lapses, as the caller who verified knows it.
   */
  readonly factsValidUntil?: Instant | null;
  /** For the demo only: the bundled sample of advisories counts. It stands in the record. */
  readonly sampleCounts?: boolean;
}

/** What came of it. */
export interface PolicyOutcome {
  readonly results: readonly RuleResult[];
  readonly decision: Decision;
  readonly validUntil: Instant | null;
  readonly applied: readonly Exception[];
  readonly expired: readonly Exception[];
}

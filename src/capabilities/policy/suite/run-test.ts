import { type Decision, decide, type RuleResult } from '../../../core/verdict.ts';
import { evaluate } from '../evaluate.ts';
import { decodeFacts } from '../facts-read.ts';
import type { Policy } from '../policy.ts';
import type { ExpectedOutcome, PolicyTest } from './parse-suite.ts';

/** What a test found. */
export interface TestOutcome {
  readonly test: PolicyTest;
  readonly decision: Decision;
  readonly results: readonly RuleResult[];
  /** Empty where everything is as expected. */
  readonly wrong: readonly WrongOutcome[];
}

/** `rule` is null for the decision. `found` is null for a rule that the gate does not ask. */
export interface WrongOutcome {
  readonly rule: string | null;
  readonly expected: string;
  readonly found: string | null;
}

export function runTest(policy: Policy, test: PolicyTest): TestOutcome {
  const { gate, now } = test;
  const { verdict } = evaluate(policy, { gate, now, facts: decodeFacts(test.facts, gate) });
  const { decision, results } = verdict;
  return { test, decision, results, wrong: compareOutcomes(test, decision, results) };
}

/** How a test ends where only the result of one rule is another one. */
export function replaceResult(outcome: TestOutcome, changed: RuleResult): readonly WrongOutcome[] {
  const others = outcome.results.map((one) => (one.rule === changed.rule ? changed : one));
  return compareOutcomes(outcome.test, decide(others), others);
}

function compareOutcomes(
  { expect, rules }: PolicyTest,
  decision: Decision,
  results: readonly RuleResult[],
): readonly WrongOutcome[] {
  const wrong: WrongOutcome[] = [];
  // mutant policy-test-of-any-decision: condition -> false
  if (decision !== expect) wrong.push({ rule: null, expected: expect, found: decision });
  const found = new Map(results.map((result) => [result.rule, nameOutcome(result)]));
  for (const [rule, expected] of rules) {
    const outcome = found.get(rule) ?? null;
    // mutant policy-test-of-any-outcome: condition -> false
    if (outcome !== expected) wrong.push({ rule, expected, found: outcome });
  }
  return wrong;
}

function nameOutcome({ outcome, reason }: RuleResult): ExpectedOutcome {
  return reason === 'EXCEPTED' ? 'excepted' : outcome;
}

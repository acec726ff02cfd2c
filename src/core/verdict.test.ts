import { describe, expect, it } from 'vitest';
import {
  admits,
  type Decision,
  decide,
  type RuleAction,
  type RuleOutcome,
  type RuleResult,
} from './verdict.ts';

const result = (action: RuleAction, outcome: RuleOutcome, rule = 'rule'): RuleResult => ({
  rule,
  action,
  outcome,
  reason:
    outcome === 'broken' ? 'RULE_BROKEN' : outcome === 'holds' ? 'RULE_HOLDS' : 'FACT_UNKNOWN',
  message: null,
  fix: null,
});

/** One rule: what it does when it is broken, its outcome, and the decision. */
const ONE_RULE: readonly (readonly [RuleAction, RuleOutcome, Decision])[] = [
  ['deny', 'holds', 'allow'],
  ['deny', 'broken', 'deny'],
  ['deny', 'undetermined', 'undetermined'],
  ['warn', 'holds', 'allow'],
  ['warn', 'broken', 'allow'],
  ['warn', 'undetermined', 'allow'],
  ['record', 'holds', 'allow'],
  ['record', 'broken', 'allow'],
  ['record', 'undetermined', 'allow'],
];

describe('P7, B13, B21: the decision of a gate', () => {
  it.each(ONE_RULE)('a rule that would %s and is %s decides: %s', (action, outcome, decision) => {
    expect(decide([result(action, outcome)])).toBe(decision);
  });

  it('is deny when something known is wrong, even if something else is unknown', () => {
    expect(
      decide([result('deny', 'undetermined'), result('deny', 'broken'), result('deny', 'holds')]),
    ).toBe('deny');
  });

  it('is undetermined when nothing known is wrong but something unknown could be', () => {
    expect(decide([result('deny', 'holds'), result('deny', 'undetermined')])).toBe('undetermined');
  });

  it('admits in only one of the three cases', () => {
    expect((['allow', 'deny', 'undetermined'] as const).filter(admits)).toEqual(['allow']);
  });
});

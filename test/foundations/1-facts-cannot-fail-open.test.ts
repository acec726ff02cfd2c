// docs/adr/0001-facts-cannot-fail-open.md
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admits,
  type Decision,
  decide,
  type RuleAction,
  type RuleOutcome,
  type RuleResult,
} from '../../src/core/verdict.ts';

const ACTIONS: readonly RuleAction[] = ['deny', 'warn', 'record'];
const OUTCOMES: readonly RuleOutcome[] = ['holds', 'broken', 'undetermined'];

const ruleResult = (action: RuleAction, outcome: RuleOutcome): RuleResult => ({
  rule: `${action}-${outcome}`,
  action,
  outcome,
  reason: 'FACT_UNKNOWN',
  message: null,
  fix: null,
});
const CELLS = ACTIONS.flatMap((action) => OUTCOMES.map((outcome) => ruleResult(action, outcome)));

/**
 * The specification, written differently from the code: the worst outcome of the enforcing rules,
 * where the worst admits least.
 */
function specified(results: readonly RuleResult[]): Decision {
  const scale: readonly RuleOutcome[] = ['holds', 'undetermined', 'broken'];
  const enforced = results
    .filter(({ action }) => action === 'deny')
    .map(({ outcome }) => scale.indexOf(outcome));
  const decisions: readonly Decision[] = ['allow', 'undetermined', 'deny'];
  return decisions[Math.max(0, ...enforced)] ?? 'deny';
}

const anyResults = fc.array(fc.constantFrom(...CELLS), { maxLength: 8 });

describe('foundation 1: facts cannot fail open', () => {
  it('two rules have the specified truth table, for every action and outcome', () => {
    const table = CELLS.flatMap((one) => CELLS.map((other) => [one, other] as const));
    expect(table).toHaveLength(81);
    for (const pair of table) expect([pair, decide(pair)]).toEqual([pair, specified(pair)]);
  });

  it('any number of rules decides as specified, in any order and with repetitions', () => {
    fc.assert(
      fc.property(anyResults, (results) => {
        expect(decide(results)).toBe(specified(results));
        expect(decide([...results].reverse())).toBe(decide(results));
        expect(decide([...results, ...results])).toBe(decide(results));
      }),
    );
  });

  it('nothing is admitted while an enforcing rule is broken or undetermined', () => {
    fc.assert(
      fc.property(
        anyResults,
        fc.constantFrom<RuleOutcome>('broken', 'undetermined'),
        fc.nat(),
        (results, outcome, at) => {
          const place = at % (results.length + 1);
          const worse = [
            ...results.slice(0, place),
            ruleResult('deny', outcome),
            ...results.slice(place),
          ];
          expect(admits(decide(worse))).toBe(false);
        },
      ),
    );
  });

  it('a fact that becomes unknown never turns a refusal into an admission', () => {
    fc.assert(
      fc.property(anyResults, fc.nat(), (results, at) => {
        const forgotten = results.map((each, index) =>
          index === at % Math.max(1, results.length)
            ? { ...each, outcome: 'undetermined' as const }
            : each,
        );
        if (!admits(decide(results)) && admits(decide(forgotten))) {
          throw new Error(`forgetting admitted: ${JSON.stringify(results)}`);
        }
      }),
    );
  });

  it('rules that warn or record never decide', () => {
    fc.assert(
      fc.property(anyResults, anyResults, (results, others) => {
        const silent = others.filter(({ action }) => action !== 'deny');
        expect(decide([...results, ...silent])).toBe(decide(results));
      }),
    );
  });
});

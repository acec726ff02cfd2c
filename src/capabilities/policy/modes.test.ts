import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  NOON,
  policyText,
  ruleText,
  shopPolicy,
} from '../../../test/support/policy-facts.ts';
import { orThrow } from '../../core/result.ts';
import { GATES } from '../../core/verdict.ts';
import { evaluate } from './evaluate.ts';
import { type PolicyMode, parsePolicy } from './policy.ts';

const unsigned = cleanFacts({ signatures: [] });
const written = (mode: string) =>
  policyText(ruleText('false', everyGate)).replace('mode: enforce', `mode: ${mode}`);
const everyGate = `{ ${GATES.map((gate) => `${gate}: deny`).join(', ')} }`;

describe('from observing to enforcing, gate by gate', () => {
  it('one policy observes at the admission gate and refuses at the release gate', () => {
    const policy = shopPolicy({ mode: { admission: 'observe', release: 'enforce' } });
    const asked = (gate: 'release' | 'admission') =>
      evaluate(policy, { gate, facts: unsigned, now: NOON });
    expect(asked('admission')).toMatchObject({ verdict: { decision: 'deny' }, refuses: false });
    expect(asked('release')).toMatchObject({ verdict: { decision: 'deny' }, refuses: true });
  });

  it('G41: the decision record of a gate in observe mode says deny and observe', () => {
    const policy = shopPolicy({ mode: { admission: 'observe' } });
    const { record } = evaluate(policy, { gate: 'admission', facts: unsigned, now: NOON });
    expect(record).toMatchObject({ gate: 'admission', mode: 'observe', decision: 'deny' });
    const whole = evaluate(shopPolicy({ mode: 'observe' }), {
      gate: 'admission',
      facts: unsigned,
      now: NOON,
    }).record;
    expect(Object.keys(record)).toEqual(Object.keys(whole));
    expect(record.results).toEqual(whole.results);
  });

  it('a gate that the mode does not name enforces, whatever mode the others have', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...GATES),
          fc.constantFrom<PolicyMode>('enforce', 'observe'),
          { minKeys: 1 },
        ),
        fc.constantFrom(...GATES),
        (mode, gate) => {
          const policy = orThrow(parsePolicy(written(JSON.stringify(mode))));
          const wanted = Object.hasOwn(mode, gate) ? mode[gate] : 'enforce';
          expect(policy.modes[gate]).toBe(wanted);
          expect(evaluate(policy, { gate, facts: {}, now: NOON }).refuses).toBe(
            wanted === 'enforce',
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    '{}',
    '{ deploy: observe }',
    '{ release: audit }',
    '[observe]',
    'null',
    'Observe',
    '{ release: observe, x: 1 }',
  ])(
    'the mode %s is refused when the policy is loaded, and the message lists the modes',
    (mode) => {
      const loaded = parsePolicy(written(mode));
      expect(loaded).toMatchObject({ ok: false, failure: { code: 'POLICY_INVALID' } });
      expect(!loaded.ok && loaded.failure.message).toMatch(
        /^mode: (?:enforce or observe, or one of them for each of commit|name at least one gate|Unrecognized key: "(?:deploy|x)")/,
      );
    },
  );

  it.each(['enforce', 'observe'] as const)('the mode %s alone is that of every gate', (mode) => {
    const { modes } = orThrow(parsePolicy(written(mode)));
    expect(new Set(Object.values(modes))).toEqual(new Set([mode]));
    expect(Object.keys(modes)).toEqual([...GATES]);
  });
});

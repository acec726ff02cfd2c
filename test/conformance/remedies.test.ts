import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/capabilities/policy/index.ts';
import { cleanFacts, NOON, shopPolicy } from '../support/policy-facts.ts';
import { IMAGE_REMEDIES } from '../support/remedies/image-remedies.ts';
import { listRulesByGate } from '../support/remedies/remedy.ts';
import { SOURCE_REMEDIES } from '../support/remedies/source-remedies.ts';

/** It only warns, and a person reads what its fix names. */
const BY_PEOPLE = 'B24-system-licenses-named';
/** A door resolves every name to a digest, so no command can bring this about. */
const BY_FACTS = 'digest-pinned';

const tried = new Set(
  [...IMAGE_REMEDIES, ...SOURCE_REMEDIES].flatMap(({ rule, gates }) =>
    gates.map((gate) => `${gate} ${rule}`),
  ),
);
const findUntried = (rules: readonly string[]): readonly string[] =>
  rules.filter(
    (one) => !tried.has(one) && ![BY_FACTS, BY_PEOPLE].includes(one.split(' ')[1] ?? ''),
  );

describe('truth A15, X10: a rule of the default policy has a fix that was followed', () => {
  it('at each of its gates, and no fix of a rule that is gone is left', () => {
    const rules = listRulesByGate();
    expect(findUntried(rules)).toEqual([]);
    expect([...tried].filter((one) => !rules.includes(one))).toEqual([]);
    expect(findUntried([...rules, 'audit N1-new'])).toEqual(['audit N1-new']);
  });

  it.each(['release', 'admission', 'audit'] as const)('also digest-pinned at %s', (gate) => {
    const policy = shopPolicy();
    const ask = (changes: object) => {
      const { image } = cleanFacts();
      const facts = cleanFacts({ image: { ...image, ...changes } as NonNullable<typeof image> });
      const { results } = evaluate(policy, { gate, facts, now: NOON }).verdict;
      return results.find(({ rule }) => rule === BY_FACTS);
    };
    expect(ask({ digest: 'latest' })).toMatchObject({
      outcome: 'broken',
      fix: 'Name the image by its digest.',
    });
    expect(ask({})).toMatchObject({ outcome: 'holds' });
  });
});

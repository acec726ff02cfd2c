import { describe, expect, it } from 'vitest';
import { policyText, ruleText } from '../../../test/support/policy-facts.ts';
import { orThrow } from '../../core/result.ts';
import { comparePolicies } from './compare-policies.ts';
import { readDocument } from './document.ts';

const compare = (before: string, after: string) =>
  comparePolicies(orThrow(readDocument(before)), orThrow(readDocument(after))).map(
    ({ what, part, name, effect }) => [what, part, name, effect],
  );
const PLAIN = policyText(ruleText('true'));
const second = (gates: string): string =>
  `${PLAIN}  - { id: s, description: d, gates: ${gates}, require: "true" }\n`;
const exception =
  'exceptions:\n  - { rule: r, match: { finding: CVE-1 }, owner: o, reason: w, expires: 2027-01-01 }\n';

describe('a changed policy', () => {
  it('says nothing where only the layout differs', () => {
    expect(compare(PLAIN, `# a comment\n${PLAIN}`)).toEqual([]);
  });

  it.each([
    ['a rule more that denies', PLAIN, second('{ audit: deny }'), 'tightens'],
    ['a rule more that warns', PLAIN, second('{ audit: warn }'), 'none'],
    ['a rule less', second('{ audit: deny }'), PLAIN, 'loosens'],
    ['a rule that only warns now', second('{ audit: deny }'), second('{ audit: warn }'), 'loosens'],
    [
      'a rule at one more gate',
      second('{ audit: deny }'),
      second('{ audit: deny, build: deny }'),
      'tightens',
    ],
    ['a rule at another gate', second('{ audit: deny }'), second('{ build: deny }'), 'unknown'],
    ['another condition', PLAIN, policyText(ruleText('sbom.complete')), 'unknown'],
    ['an exception more', PLAIN, `${PLAIN}${exception}`, 'loosens'],
    ['an exception less', `${PLAIN}${exception}`, PLAIN, 'tightens'],
    ['observing', PLAIN, PLAIN.replace('enforce', '{ build: observe }'), 'loosens'],
  ])('%s', (_, before, after, effect) => {
    expect(compare(before, after).map((change) => change[3])).toEqual([effect]);
  });

  it.each([
    ['allowedLicenses', ['MIT'], ['MIT', 'ISC'], 'loosens'],
    ['allowedLicenses', ['MIT', 'ISC'], ['MIT'], 'tightens'],
    ['refusedLicenses', ['MIT'], ['MIT', 'ISC'], 'tightens'],
    ['refusedLicenses', ['MIT', 'ISC'], ['ISC'], 'loosens'],
    ['allowedLicenses', ['MIT'], ['ISC'], 'unknown'],
    ['scanAgeMax', '24h', '48h', 'unknown'],
  ])('%s from %j to %j', (name, before, after, effect) => {
    const text = (value: unknown) =>
      policyText(ruleText('true'), `parameters: { ${name}: ${JSON.stringify(value)} }`);
    expect(compare(text(before), text(after))).toEqual([['changed', 'parameters', name, effect]]);
  });
});

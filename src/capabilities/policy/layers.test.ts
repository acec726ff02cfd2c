import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanFacts, NOON, policyText, ruleText } from '../../../test/support/policy-facts.ts';
import type { JsonValue } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { readDocument } from './document.ts';
import { evaluate } from './evaluate.ts';
import { composeLayers } from './layers.ts';
import { parsePolicy } from './policy.ts';

const read = (text: string) => orThrow(readDocument(text));
const compose = (...texts: readonly string[]) => composeLayers(texts.map(read));
const refusal = (...texts: readonly string[]): string | null => {
  const whole = compose(...texts);
  return whole.ok ? null : whole.failure.message;
};
const rule = (change = ''): string => policyText(`${ruleText('true')}${change}`);
const withParameters = (parameters: object): string =>
  policyText(ruleText('true'), `parameters: ${JSON.stringify(parameters)}`);
const other = (require: string, gates = '{ admission: deny }'): string =>
  policyText(ruleText(require, gates).replace('id: r', 'id: s'));

describe('D17: layers of a policy, organisation over team over repository', () => {
  it.each([
    ['another rule', other('sbom.complete')],
    [
      'the same rule at another gate too',
      policyText(ruleText('true', '{ admission: deny, audit: warn }')),
    ],
    ['a shorter time', withParameters({ scanAgeMax: '1h' })],
    ['a registry below', withParameters({ allowedRegistries: ['registry.example.com/shop/eu'] })],
    ['a licence less', withParameters({ allowedLicenses: ['MIT'] })],
    ['a refused licence more', withParameters({ refusedLicenses: ['GPL-3.0-only'] })],
    [
      'an exception of its own rule',
      `${other('true')}exceptions:\n  - { rule: s, match: { finding: C }, owner: o, reason: w, expires: 2027-01-01 }\n`,
    ],
  ])('a narrower layer may have %s', (_, below) => {
    const above = withParameters({
      scanAgeMax: '24h',
      allowedRegistries: ['registry.example.com/shop/*'],
      allowedLicenses: ['MIT', 'ISC'],
    });
    expect(refusal(above, below)).toBeNull();
  });

  it.each([
    ['the rule asks less', policyText(ruleText('1 == 1')), 'asks something else'],
    [
      'it only warns',
      policyText(ruleText('true', '{ admission: warn }')),
      'less at the admission gate',
    ],
    ['it begins later', rule('    effectiveOn: 2030-01-01\n'), 'effectiveOn'],
    ['a longer time', withParameters({ scanAgeMax: '48h' }), 'longer than 24h'],
    [
      'another registry',
      withParameters({ allowedRegistries: ['registry.example.com/shopping'] }),
      'not allowed above',
    ],
    [
      'a registry by a path back',
      withParameters({ allowedRegistries: ['registry.example.com/shop/../x'] }),
      'not allowed above',
    ],
    ['every licence', withParameters({ allowedLicenses: ['*'] }), 'not allowed above'],
    ['the unknown accepted', withParameters({ unknownLicense: 'accept' }), 'does not accept'],
    [
      'a bundle of Rego of its own',
      `${rule()}rego: { bundle: 'sha256:${'a'.repeat(64)}', rules: [{ id: x, description: d, gates: { admission: warn }, package: p }] }\n`,
      'only the widest layer',
    ],
    ['scopes', policyText(ruleText('true'), 'scopes: [{ namespaces: [shop] }]'), 'scopes'],
    [
      'an exception of a rule above',
      `${rule()}exceptions:\n  - { rule: r, match: { finding: C }, owner: o, reason: w, expires: 2027-01-01 }\n`,
      'of a layer above',
    ],
  ])('but not: %s', (_, below, why) => {
    const above = withParameters({
      scanAgeMax: '24h',
      allowedRegistries: ['registry.example.com/shop'],
      allowedLicenses: ['MIT', 'ISC'],
    });
    expect(refusal(above, below)).toContain(why);
  });

  it('a gate enforces where one layer does, and what one refuses all refuse', () => {
    const observing = rule().replace('mode: enforce', 'mode: observe');
    const whole = orThrow(compose(rule(), observing));
    expect(whole.mode).toMatchObject({ admission: 'enforce', commit: 'enforce' });
    expect(orThrow(compose(observing, observing)).mode).toMatchObject({ admission: 'observe' });
  });

  it('I7: what the layers together admit, each of them admits alone', () => {
    const conditions = ['true', 'sbom.complete', 'sbom.count > 1', 'image.tag == "1.4"', 'false'];
    const decide = (text: string): string =>
      evaluate(orThrow(parsePolicy(text)), { gate: 'admission', facts: cleanFacts(), now: NOON })
        .verdict.decision;
    fc.assert(
      fc.property(fc.constantFrom(...conditions), fc.constantFrom(...conditions), (one, two) => {
        const layers = [policyText(ruleText(one)), other(two)];
        const whole = canonicalizeJson(orThrow(compose(...layers)) as unknown as JsonValue);
        const together = decide(whole);
        if (together === 'allow') expect(layers.map(decide)).toEqual(['allow', 'allow']);
        else expect(layers.map(decide)).not.toEqual(['allow', 'allow']);
      }),
    );
  });
});

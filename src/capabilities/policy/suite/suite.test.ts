import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  NOON,
  policyText,
  ruleText,
  shopPolicy,
} from '../../../../test/support/policy-facts.ts';
import { formatInstant } from '../../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { GATES } from '../../../core/verdict.ts';
import { evaluate } from '../evaluate.ts';
import { encodeFacts } from '../facts-json.ts';
import { decodeFacts } from '../facts-read.ts';
import { findFactFlaw } from './fact-flaws.ts';
import { parseSuite } from './parse-suite.ts';
import { trySuite } from './try-suite.ts';

const FACTS = JSON.parse(JSON.stringify(encodeFacts(cleanFacts(), 'admission'))) as JsonObject;

const write = (tests: readonly object[], rest: object = {}): string =>
  JSON.stringify({
    apiVersion: 'waybill.dev/v1',
    kind: 'PolicyTests',
    now: formatInstant(NOON),
    facts: { clean: FACTS },
    tests,
    ...rest,
  });

const refusal = (text: string): string | null => {
  const parsed = parseSuite(text);
  return parsed.ok ? null : parsed.failure.message;
};

const AT = { name: 't', gate: 'admission', facts: 'clean', expect: 'allow' };
const TAGGED = policyText(
  ruleText("image.tag == '1.4' && findings.all(f, f.severity != 'critical')"),
);
const run = (policy: string, tests: readonly object[], mutate = false) =>
  orThrow(trySuite(policy, orThrow(parseSuite(write(tests))).tests, { mutate }));

describe('the tests of a policy', () => {
  it('pass where the policy decides as they say, and name each difference where not', () => {
    const wrong = (test: object) => run(TAGGED, [test]).outcomes[0]?.wrong;
    expect(wrong(AT)).toEqual([]);
    expect(wrong({ ...AT, rules: { r: 'holds' } })).toEqual([]);
    expect(wrong({ ...AT, expect: 'deny', rules: { r: 'broken', none: 'holds' } })).toEqual([
      { rule: null, expected: 'deny', found: 'allow' },
      { rule: 'r', expected: 'broken', found: 'holds' },
      { rule: 'none', expected: 'holds', found: null },
    ]);
  });

  it('a table has one test for each row, which puts values at places', () => {
    const rows = [
      { values: ['1.4', 'high'], expect: 'allow' },
      { name: 'critical', values: ['1.4', 'critical'], expect: 'deny' },
      { values: ['2', 'high'], expect: 'deny' },
      { values: [{ $unknown: 'REGISTRY_UNREACHABLE' }, 'high'], expect: 'undetermined' },
    ];
    const table = { set: ['image.tag', 'findings.0.severity'], rows };
    const { outcomes } = run(TAGGED, [{ name: 't', gate: 'admission', facts: 'clean', table }]);
    expect(outcomes.map(({ test, wrong }) => [test.name, wrong])).toEqual([
      ['t: row 1', []],
      ['t: critical', []],
      ['t: row 3', []],
      ['t: row 4', []],
    ]);
  });

  it('a fact that nobody wrote is unknown, and never empty', () => {
    const bare = { ...AT, facts: {}, expect: 'undetermined' };
    expect(run(TAGGED, [bare]).outcomes[0]?.wrong).toEqual([]);
  });

  it.each([
    ['a name that is no fact', { facts: { imag: {} } }, 'no fact is called imag'],
    ['a fact that the gate cannot have', { facts: { commits: [] } }, 'cannot know commits'],
    ['a field that is none', { with: { 'image.digets': 'x' } }, 'image has no field digets'],
    ['a value of a wrong kind', { with: { 'sbom.complete': 'yes' } }, 'sbom.complete is no bool'],
    ['no such choice', { with: { 'findings.0.severity': 'huge' } }, 'is no one of critical'],
    ['null where there is none', { with: { 'image.digest': null } }, 'image.digest cannot be null'],
    ['a time that is none', { with: { 'scan.createdAt': 'noon' } }, 'is no time'],
    [
      'a known value that is unknown',
      { with: { image: { $unknown: 'X', tag: '' } } },
      'has a value',
    ],
    ['no such place', { with: { 'findings.7.severity': 'high' } }, 'no place findings.7.severity'],
    ['facts of no name', { facts: 'none' }, 'no facts are called none'],
    ['an unknown key', { wants: 'x' }, 'tests.0'],
  ])('are refused for %s', (_, change, message) => {
    expect(refusal(write([{ ...AT, ...change }]))).toContain(message);
    expect(refusal(write([AT]))).toBeNull();
  });

  it('are refused where a row has not one value for each column, and without a time', () => {
    const rows = [{ values: ['1.4'], expect: 'allow' }];
    const table = { set: ['image.tag', 'image.digest'], rows };
    const { expect: _, ...common } = AT;
    expect(refusal(write([{ ...common, table }]))).toContain('one value for each place');
    expect(refusal(write([AT], { now: undefined }))).toContain('no time is given');
  });

  it('are at most LIMITS.policyTestsMax, each row counted', () => {
    const { expect: _, ...common } = AT;
    const rows = Array.from({ length: LIMITS.policyTestsMax }, () => ({
      values: ['1'],
      expect: 'deny',
    }));
    const table = { name: 'x', gate: 'admission', facts: {}, table: { set: ['image'], rows: [] } };
    const fits = {
      ...common,
      facts: { image: FACTS['image'] },
      table: { set: ['image.tag'], rows },
    };
    expect(refusal(write([fits]))).toBeNull();
    expect(refusal(write([fits, AT]))).toContain('more than');
    expect(refusal(write([table]))).not.toBeNull();
  });

  it('any text is tests or a failure', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const parsed = parseSuite(text);
        if (!parsed.ok) expect(['MALFORMED', 'LIMIT_EXCEEDED']).toContain(parsed.failure.code);
      }),
    );
  });

  it('recorded facts have no flaw at any gate, and any other value never throws', () => {
    for (const gate of GATES)
      expect(findFactFlaw(encodeFacts(cleanFacts(), gate), gate)).toBeNull();
    fc.assert(
      fc.property(fc.constantFrom(...GATES), fc.jsonValue(), (gate, value) => {
        findFactFlaw({ image: value as JsonValue, findings: [value as JsonValue] }, gate);
      }),
    );
  });
});

describe('the coverage of tests', () => {
  it('counts each rule by outcome, and each condition by both of its answers', () => {
    const [only] = run(TAGGED, [AT]).coverage;
    expect(only).toMatchObject({ rule: 'r', holds: 1, broken: 0, branches: 6 });
    expect(only?.missing.map(({ never, text }) => [never, text.slice(0, 9)])).toEqual([
      [false, 'image.tag'],
      [false, 'f.severit'],
      [false, 'findings.'],
    ]);
    const other = { ...AT, with: { 'image.tag': '2' }, expect: 'deny' };
    const critical = { ...AT, with: { 'findings.0.severity': 'critical' }, expect: 'deny' };
    expect(run(TAGGED, [AT, other, critical]).coverage[0]?.missing).toEqual([]);
  });

  it('watching a condition does not change a verdict', () => {
    const { policy } = run(TAGGED, [AT]);
    const question = {
      gate: 'admission',
      facts: decodeFacts(FACTS, 'admission'),
      now: NOON,
    } as const;
    expect(evaluate(policy, question).verdict.decision).toBe('allow');
    expect(policy.digest).toBe(run(TAGGED, [AT, AT]).policy.digest);
  });
});

describe('mutants of rules', () => {
  const other = { ...AT, with: { 'image.tag': '2' }, expect: 'deny' };
  const critical = { ...AT, with: { 'findings.0.severity': 'critical' }, expect: 'deny' };
  const both = {
    ...AT,
    with: { findings: [finding('high'), finding('critical')] },
    expect: 'deny',
  };

  it('survive where no test would notice the change, with its place', () => {
    const { mutants } = run(TAGGED, [AT], true);
    expect(mutants?.survived).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rule: 'r', change: 'it always holds' }),
        expect.objectContaining({ change: 'it only warns at the admission gate' }),
        expect.objectContaining({ change: 'what stands after && is dropped' }),
      ]),
    );
  });

  it('are all killed by tests that show each part of the rule', () => {
    const { mutants } = run(TAGGED, [AT, other, critical, both], true);
    expect(mutants).toMatchObject({ survived: [], more: false });
    expect(mutants?.tried).toBeGreaterThan(6);
  });

  it('are at most LIMITS.policyMutantsMax, and it is said where there are more', () => {
    const rules = Array.from({ length: 700 }, (_, at) =>
      ruleText('image.tag == "1.4"').replace('id: r', `id: r${at}`),
    );
    expect(run(policyText(rules.join('')), [AT], true).mutants).toMatchObject({
      tried: LIMITS.policyMutantsMax,
      more: true,
    });
  });

  it('are not tried while a test fails', () => {
    expect(run(TAGGED, [{ ...AT, expect: 'deny' }], true).mutants).toBeNull();
  });

  it('of the default policy are expressions that compile, or are left out', () => {
    const text = policyText(
      ruleText('signatures.exists(s, !s.trusted) ? sbom.count > 3 : sbom.count <= 7'),
    );
    const { mutants } = run(text, [AT], true);
    expect(mutants?.tried).toBeGreaterThan(8);
    expect(shopPolicy().rules.length).toBeGreaterThan(10);
  });
});

function finding(severity: string): JsonObject {
  const [first] = FACTS['findings'] as readonly JsonObject[];
  return { ...first, severity };
}

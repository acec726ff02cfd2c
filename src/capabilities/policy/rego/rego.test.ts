import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanFacts, finding, LOST, NOON } from '../../../../test/support/policy-facts.ts';
import {
  RESIDUAL,
  regoAnswer,
  regoPolicyText,
  sayAnswer,
  withRego,
} from '../../../../test/support/rego.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import type { JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { failed, ok, orThrow } from '../../../core/result.ts';
import { GATES } from '../../../core/verdict.ts';
import { FACT_NAMES, gateKnows } from '../catalogue.ts';
import { type Facts, makePartialList, makeUnknownFact } from '../facts.ts';
import { parsePolicy } from '../policy.ts';
import { evaluateAll } from './ask-rego.ts';
import { buildRegoModule, buildRegoQuery } from './build-query.ts';
import type { RegoEngine } from './port.ts';
import { readRegoAnswers } from './read-answers.ts';

const policy = withRego({ gate: 'admission', package: 'shop.bases' });
const rules = policy.rego?.rules ?? [];
const answering = (answer: JsonValue): RegoEngine => ({
  listReads: async () => ok([]),
  evaluate: async () => ok(answer),
});
const ask = (engine: RegoEngine | null, facts: Facts = cleanFacts(), of = policy) =>
  evaluateAll(of, { gate: 'admission', facts, now: NOON }, engine);
const module = buildRegoModule(rules);
const query = (facts: Facts, reads: readonly (readonly string[])[] = [], of = policy) =>
  buildRegoQuery(of, { gate: 'admission', facts, now: NOON }, module, reads);
const depends = (...parts: readonly string[]): JsonValue => ({
  partial: { queries: [[RESIDUAL, sayAnswer(['r-in-rego', ...parts])]] },
});

describe('rules in Rego beside rules in CEL', () => {
  it('G46: both are in one verdict and one record, and only a certain answer admits', async () => {
    const { verdict, record } = await ask(answering(regoAnswer(['r-in-rego', 'allow'])));
    expect(verdict.decision).toBe('allow');
    expect(record.results.map(({ rule, outcome }) => [rule, outcome])).toEqual([
      ['r', 'holds'],
      ['r-in-rego', 'holds'],
    ]);
    expect(record.validUntil).toBe(formatInstant(toInstant(NOON + LIMITS.regoVerdictMs)));
  });

  it.each<[string, JsonValue, string]>([
    ['allow is not true', { partial: {} }, 'deny'],
    [
      'deny is certain, though allow is too',
      regoAnswer(['r-in-rego', 'allow'], ['r-in-rego', 'deny', 'a base of others']),
      'deny',
    ],
    ['allow depends on an unknown fact', depends('allow'), 'undetermined'],
    [
      'deny depends on an unknown fact, and allow does not',
      {
        partial: {
          queries: [
            [sayAnswer(['r-in-rego', 'allow'])],
            [RESIDUAL, sayAnswer(['r-in-rego', 'deny', 'm'])],
          ],
        },
      },
      'undetermined',
    ],
    ['a query is left that names no rule', { partial: { queries: [[RESIDUAL]] } }, 'undetermined'],
    ['the answer is of another rule', regoAnswer(['other', 'allow']), 'undetermined'],
    ['the answer has another form', { result: [] }, 'undetermined'],
  ])('foundation 1: where %s, nothing is admitted', async (_, answer, decision) => {
    const { verdict, refuses } = await ask(answering(answer));
    expect([verdict.decision, refuses]).toEqual([decision, true]);
  });

  it('G47: where OPA is absent or fails, the rule is undetermined, and says why', async () => {
    const engines: (RegoEngine | null)[] = [
      null,
      { ...answering({}), evaluate: async () => failed(LOST) },
      { ...answering(regoAnswer(['r-in-rego', 'allow'])), listReads: async () => failed(LOST) },
      { ...answering({}), evaluate: () => Promise.reject(LOST) },
    ];
    for (const engine of engines) {
      const { verdict } = await ask(engine);
      expect(verdict.decision).toBe('undetermined');
      expect(verdict.results[1]?.message).toContain('cannot be decided');
    }
  });

  it('what deny says is the message, in one line, and the same for equal answers', async () => {
    const said = ['two\nlines', 'a base of others'].map((text) => ['r-in-rego', 'deny', text]);
    const messages = await Promise.all(
      [said, said.toReversed()].map(async (one) => {
        const { verdict } = await ask(answering(regoAnswer(...one)));
        return verdict.results[1]?.message;
      }),
    );
    expect(messages).toEqual(Array.from({ length: 2 }, () => 'a base of others; two lines'));
  });

  it('an exception of a whole rule excuses it here, and one of a finding is refused', async () => {
    const except = (match: string, expires = '2027-01-01') =>
      parsePolicy(
        regoPolicyText(
          'admission',
          'p',
          `exceptions:\n  - { rule: r-in-rego, match: ${match}, owner: o, reason: w, expires: ${expires} }\n`,
        ),
      );
    const decide = async (
      of = orThrow(except('{ repository: registry.example.com/shop/trips }')),
    ) => (await ask(answering({ partial: {} }), cleanFacts(), of)).verdict.decision;
    expect(await decide()).toBe('allow');
    expect(await decide(orThrow(except('{ repository: registry.example.com/other }')))).toBe(
      'deny',
    );
    const past = except('{ repository: registry.example.com/shop/trips }', '2026-01-01');
    expect(await decide(orThrow(past))).toBe('deny');
    expect(except('{ finding: CVE-1 }')).toMatchObject({ ok: false });
  });
});

describe('the question to OPA', () => {
  it('foundation 1: what is unknown, even in one part of one element, is unknown to OPA', () => {
    const unknown = makeUnknownFact(LOST);
    const { unknowns, input } = query({
      ...cleanFacts({ findings: [finding({ severity: unknown as never })] }),
      image: { ...(cleanFacts().image as object), digest: unknown } as never,
      artifacts: makePartialList([], LOST),
      sbom: unknown,
    });
    const facts = input['facts'] as Record<string, JsonValue>;
    expect(unknowns).toEqual(
      expect.arrayContaining(
        ['findings', 'image.digest', 'artifacts', 'sbom', 'commits'].map(
          (one) => `input.facts.${one}`,
        ),
      ),
    );
    expect(Object.keys(facts)).not.toContain('findings');
    expect(JSON.stringify(input)).not.toContain('$unknown');
    expect(facts['image']).toMatchObject({ registry: 'registry.example.com' });
  });

  it.each(GATES)('a fact that the %s gate cannot have is unknown to OPA', (gate) => {
    const { unknowns } = buildRegoQuery(
      policy,
      { gate, facts: cleanFacts(), now: NOON },
      module,
      [],
    );
    for (const name of FACT_NAMES.filter((one) => !gateKnows(gate, one)))
      expect(unknowns).toContain(`input.facts.${name}`);
  });

  it('foundation 1: a whole that rules read is unknown where a part of it is', () => {
    const image = { ...(cleanFacts().image as object), digest: makeUnknownFact(LOST) } as never;
    const { unknowns } = query({ ...cleanFacts(), image }, [
      ['input', 'facts', 'image'],
      ['input', 'facts', 'scan'],
      ['input', 'facts', 'image', 'tag'],
    ]);
    expect(unknowns).toContain('input.facts.image');
    expect(unknowns).not.toContain('input.facts.scan');
    expect(unknowns).not.toContain('input.facts.image.tag');
  });

  it('a field that no rule reads may be unknown, and is not there to be read', () => {
    const text = regoPolicyText('admission', 'p', '  reads: [findings.severity, image]\n');
    const narrow = orThrow(parsePolicy(text));
    const facts = cleanFacts({ findings: [finding({ fixed: makeUnknownFact(LOST) as never })] });
    const { input, schema, unknowns } = query(facts, [], narrow);
    expect(input['facts']).toMatchObject({ findings: [{ severity: 'high' }] });
    expect(unknowns).toEqual(['input.nothing']);
    expect(JSON.stringify(schema)).not.toContain('fixed');
    expect(query(facts).unknowns).toContain('input.facts.findings');
    for (const place of ['finding', 'findings.severty', 'constructor', 'image.tag.x'])
      expect(parsePolicy(text.replace('image]', `${place}]`)).ok).toBe(false);
  });

  it('the schema names each fact and nothing else, so that a misspelled one is an error', () => {
    const { schema } = query(cleanFacts());
    const { facts } = schema['properties'] as Record<string, Record<string, JsonValue>>;
    expect(Object.keys(facts?.['properties'] as object)).toEqual([...FACT_NAMES]);
    expect(facts).toMatchObject({ additionalProperties: false });
  });

  it('whatever OPA writes, it is read or refused', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, two) => {
        const read = readRegoAnswers({ partial: { queries: [one, two] } } as JsonValue, rules);
        if (read.ok) expect(read.value.get('r-in-rego')?.outcome).not.toBe('holds');
      }),
      { numRuns: 200 },
    );
  });
});

describe('a policy with rules in Rego', () => {
  it.each([
    ['no digest', /bundle: .*/, 'bundle: rules.tar.gz'],
    ['no package', /package: p/, 'package: "data[x]"'],
    ['an id twice', /id: r-in-rego/, 'id: r'],
  ])('is refused with %s', (_, from, to) => {
    expect(parsePolicy(regoPolicyText('admission', 'p').replace(from, to))).toMatchObject({
      ok: false,
      failure: { code: 'POLICY_INVALID' },
    });
  });

  it('may have no rule in CEL, and must have one of either', () => {
    const text = regoPolicyText('admission', 'p').replace(/rules:\n {2}- .*/, 'rules: []');
    expect(parsePolicy(text).ok).toBe(true);
    expect(parsePolicy(text.slice(0, text.indexOf('rego:'))).ok).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  finding,
  LOST,
  NOON,
  policyText,
  ruleText,
  shopPolicy,
} from '../../../test/support/policy-facts.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { GATES } from '../../core/verdict.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { FACTS } from './catalogue.ts';
import { evaluate } from './evaluate.ts';
import { type Facts, makePartialList, makeUnknownFact } from './facts.ts';
import { encodeFacts, hashFacts } from './facts-json.ts';
import { parsePolicy } from './policy.ts';

/** The same facts with every object built in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (
    typeof value !== 'object' ||
    value === null ||
    Object.getPrototypeOf(value) !== Object.prototype
  )
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reordered(item)]),
  );
}

describe('the decision record', () => {
  it('P3: is byte-identical for equal facts, policy and moment, at every gate', () => {
    for (const gate of GATES) {
      const question = { gate, facts: cleanFacts(), now: NOON };
      const first = evaluate(shopPolicy(), question).recordBytes;
      const second = evaluate(shopPolicy(), {
        ...question,
        facts: reordered(cleanFacts()) as Facts,
      }).recordBytes;
      expect(Buffer.from(first).equals(second)).toBe(true);
    }
  });

  it('is canonical JSON (RFC 8785) that names what the decision depends on', () => {
    const { recordBytes, record } = evaluate(shopPolicy(), {
      gate: 'admission',
      facts: cleanFacts(),
      now: NOON,
    });
    const read = orThrow(parseJson(recordBytes, { bytesMax: 1_000_000 }));
    expect(canonicalizeJson(read)).toBe(Buffer.from(recordBytes).toString());
    expect(record).toMatchObject({
      gate: 'admission',
      now: '2026-11-22T12:00:00Z',
      mode: 'enforce',
      decision: 'allow',
      policy: { name: 'default', revision: 1, digest: shopPolicy().digest },
      facts: hashFacts(cleanFacts(), 'admission'),
      validUntil: '2026-11-23T11:00:00.001Z',
    });
    expect(record.results.every(({ reason }) => reason === 'RULE_HOLDS')).toBe(true);
  });

  it('differs if anything differs that the decision depends on', () => {
    const bytes = (changes: Partial<Facts>, now = NOON): string =>
      sha256(
        evaluate(shopPolicy(), { gate: 'admission', facts: cleanFacts(changes), now }).recordBytes,
      );
    const digests = [
      bytes({}),
      bytes({}, toInstant(NOON + 1)),
      bytes({ findings: [] }),
      bytes({ findings: makePartialList([], LOST) }),
      bytes({ findings: makeUnknownFact(LOST) }),
      bytes({ findings: makeUnknownFact(new Failure('DEADLINE_EXCEEDED', 'late', 'Try again.')) }),
      bytes({ findings: [finding({ severity: 'unknown' })] }),
      bytes({ findings: [finding({ severity: makeUnknownFact(LOST) })] }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('has facts in which no known value looks like an unknown one', () => {
    const json = encodeFacts(
      {
        findings: makePartialList([finding({ name: '$unknown' })], LOST),
        image: makeUnknownFact(LOST),
      },
      'admission',
    );
    expect(json['image']).toEqual({ $unknown: 'REGISTRY_UNREACHABLE' });
    expect(json['findings']).toMatchObject({
      $known: [{ name: '$unknown' }],
      $unknown: 'REGISTRY_UNREACHABLE',
    });
    expect(json['sbom']).toEqual({ $unknown: 'FACT_UNKNOWN' });
    expect(json).not.toHaveProperty('dependencies');
    const smuggled = {
      ...cleanFacts(),
      image: { $unknown: 'REGISTRY_UNREACHABLE' },
    } as unknown as Facts;
    expect(encodeFacts(smuggled, 'admission')['image']).not.toHaveProperty('$unknown');
  });

  it('P3: reason codes are stable: holds, broken, excepted, or the code of what failed', () => {
    const reason = (require: string, facts: Facts): string | undefined =>
      evaluate(orThrow(parsePolicy(policyText(ruleText(require)))), {
        gate: 'admission',
        facts,
        now: NOON,
      }).verdict.results[0]?.reason;
    expect(reason('true', {})).toBe('RULE_HOLDS');
    expect(reason('false', {})).toBe('RULE_BROKEN');
    expect(reason('sbom.complete', {})).toBe('FACT_UNKNOWN');
    expect(reason('sbom.complete', { sbom: makeUnknownFact(LOST) })).toBe('REGISTRY_UNREACHABLE');
    expect(reason('1 / (1 - 1) == 0', {})).toBe('EVALUATION_FAILED');
    const thousand = `[${Array.from({ length: 500 }, () => 0).join()}]`;
    const loops = `${thousand}.all(a, ${thousand}.all(b, ${thousand}.all(c, true)))`;
    expect(reason(loops, {})).toBe('BUDGET_EXCEEDED');
  });

  it('G47: facts of a form that their schema does not have leave the rule undetermined', () => {
    const facts = [
      { sbom: { complete: 'yes' } },
      { sbom: { complete: 1 } },
      { sbom: [] },
      { sbom: 7 },
      { sbom: null },
    ];
    for (const wrong of facts) {
      const policy = orThrow(parsePolicy(policyText(ruleText('sbom.complete'))));
      const asked = evaluate(policy, {
        gate: 'admission',
        facts: wrong as unknown as Facts,
        now: NOON,
      });
      expect(asked.verdict.decision).toBe('undetermined');
      expect(asked.recordBytes.length).toBeGreaterThan(100);
    }
  });

  it('a fact that the gate cannot have is not read, even if the caller gives it', () => {
    const policy = orThrow(parsePolicy(policyText(ruleText('sbom.complete'))));
    expect(FACTS.dependencies.gates).not.toContain('admission');
    const [one, two] = [cleanFacts(), cleanFacts({ dependencies: makeUnknownFact(LOST) })].map(
      (facts) => evaluate(policy, { gate: 'admission', facts, now: NOON }).recordBytes,
    );
    expect(Buffer.from(one ?? []).equals(Buffer.from(two ?? []))).toBe(true);
  });
});

describe('mode and scope', () => {
  it('observe evaluates and records everything, and refuses nothing', () => {
    const question = {
      gate: 'admission',
      facts: cleanFacts({ signatures: [] }),
      now: NOON,
    } as const;
    const observed = evaluate(shopPolicy({ mode: 'observe' }), question);
    expect(observed.verdict.decision).toBe('deny');
    expect(observed.refuses).toBe(false);
    expect(observed.record.mode).toBe('observe');
    expect(evaluate(shopPolicy(), question).refuses).toBe(true);
    expect(evaluate(shopPolicy(), { ...question, facts: cleanFacts() }).refuses).toBe(false);
  });

  it.each([
    ['{ repositories: [registry.example.com/shop] }', 'allow'],
    ['{ repositories: ["registry.example.com/*"], namespaces: [shop], clusters: [eu-1] }', 'allow'],
    ['{ repositories: [registry.example.com/sho] }', 'undetermined'],
    ['{ namespaces: [sho] }', 'undetermined'],
    ['{ clusters: [eu-1], namespaces: [other] }', 'undetermined'],
  ])('a policy with the scope %s leaves the image %s', (scope, decision) => {
    for (const mode of ['enforce', 'observe'] as const) {
      const policy = shopPolicy({ mode }, `scopes: [${scope}]\n`);
      const asked = evaluate(policy, { gate: 'admission', facts: cleanFacts(), now: NOON });
      expect(asked.verdict.decision).toBe(decision);
      expect(asked.refuses).toBe(decision !== 'allow');
    }
  });

  it('G41: if it is unknown whether the policy applies, nothing is allowed', () => {
    const policy = shopPolicy({}, 'scopes: [{ namespaces: [shop] }]\n');
    for (const workload of [
      makeUnknownFact(LOST),
      { cluster: 'eu-1', namespace: makeUnknownFact(LOST), kind: 'Pod', name: 'x' },
    ]) {
      const { verdict } = evaluate(policy, {
        gate: 'admission',
        facts: cleanFacts({ workload }),
        now: NOON,
      });
      expect(verdict.decision).toBe('undetermined');
      expect(verdict.results[0]?.reason).toBe('FACT_UNKNOWN');
    }
  });
});

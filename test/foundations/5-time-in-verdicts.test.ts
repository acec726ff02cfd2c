// docs/adr/0005-time-in-verdicts.md
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, type Facts } from '../../src/capabilities/policy/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Decision } from '../../src/core/verdict.ts';
import { VerdictCache, type VerdictKey } from '../../src/gates/desk/verdict-cache.ts';
import {
  artifact,
  cleanFacts,
  finding,
  HOUR_MS,
  hoursAgo,
  NOON,
  shopPolicy,
} from '../support/policy-facts.ts';

const policy = shopPolicy(
  {},
  `
exceptions:
  - rule: B23-no-critical-finding
    match: { finding: CVE-2024-0001 }
    owner: platform@example.com
    reason: not reachable
    expires: 2026-11-23
`,
);
const ask = (facts: Facts, now: Instant) => evaluate(policy, { gate: 'admission', facts, now });
const later = (ms: number): Instant => toInstant(NOON + ms);

const facts: fc.Arbitrary<Facts> = fc
  .record({
    scanAge: fc.integer({ min: 0, max: 30 }),
    dataAge: fc.integer({ min: 0, max: 80 }),
    severity: fc.constantFrom('critical' as const, 'low' as const),
  })
  .map(({ scanAge, dataAge, severity }) =>
    cleanFacts({
      artifacts: [
        artifact('sbom'),
        artifact('scan', { createdAt: hoursAgo(scanAge) }),
        artifact('provenance'),
      ],
      advisories: { source: 'imported', updatedAt: hoursAgo(dataAge) },
      findings: [finding({ severity })],
    }),
  );

describe('foundation 5: time in verdicts', () => {
  it('the decision is the same at every moment until validUntil', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 48 * HOUR_MS }), (given, wait) => {
        const first = ask(given, NOON).verdict;
        const moment = later(wait);
        if (first.validUntil === null || moment < first.validUntil) {
          expect(ask(given, moment).verdict.decision).toBe(first.decision);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('validUntil is in the future, and not later than the first input that ends', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { validUntil } = ask(given, NOON).verdict;
        if (validUntil !== null) expect(validUntil).toBeGreaterThan(NOON);
      }),
    );
  });

  it('I18: a scan that is 23 hours old allows for one more hour and no longer', () => {
    const given = cleanFacts({
      artifacts: [
        artifact('sbom'),
        artifact('scan', { createdAt: hoursAgo(23) }),
        artifact('provenance'),
      ],
    });
    const { verdict } = ask(given, NOON);
    expect(verdict.decision).toBe('allow');
    expect(verdict.validUntil).toBeLessThanOrEqual(later(HOUR_MS + 1));
    expect(ask(given, later(HOUR_MS + 1)).verdict.decision).toBe('deny');
  });

  it('X11: the end of an exception ends the verdict', () => {
    const given = cleanFacts({ findings: [finding({ severity: 'critical' })] });
    const { verdict } = ask(given, NOON);
    expect(verdict.decision).toBe('allow');
    expect(verdict.validUntil).not.toBeNull();
    expect(ask(given, toInstant(Date.UTC(2026, 10, 24, 1))).verdict.decision).toBe('deny');
  });

  it('X2: equal facts, policy and moment give equal bytes; another moment gives others', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const bytes = (now: Instant): string =>
          Buffer.from(ask(structuredClone(given), now).recordBytes).toString();
        expect(bytes(NOON)).toBe(bytes(NOON));
        expect(bytes(NOON)).not.toBe(bytes(later(1_000)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('foundation 5: a remembered verdict', () => {
  const KEY: VerdictKey = {
    tenant: 't',
    cluster: 'c',
    namespace: 'n',
    credentialScope: 's',
    repository: 'registry.example.com/shop/trips',
    digest: sha256('image'),
    workload: 'Deployment/trips',
    policy: sha256('policy'),
    trust: sha256('trust'),
    evidence: sha256('evidence'),
    findings: sha256('findings'),
  };
  const verdict = (decision: Decision, validUntil: Instant | null = null) => ({
    decision,
    validUntil,
  });
  const remembered = (value: ReturnType<typeof verdict>) => {
    const cache = new VerdictCache<typeof value>();
    cache.put(KEY, value, NOON);
    return cache;
  };

  it('ends at validUntil, to the millisecond', () => {
    const until = later(10_000);
    expect(remembered(verdict('allow', until)).get(KEY, toInstant(until - 1))).not.toBeNull();
    expect(remembered(verdict('allow', until)).get(KEY, until)).toBeNull();
  });

  it('does not exist before it was made, also when the clock is set back', () => {
    const cache = remembered(verdict('allow'));
    expect(cache.get(KEY, NOON)).not.toBeNull();
    expect(cache.get(KEY, toInstant(NOON - 1))).toBeNull();
  });

  it('attack G35: lives five seconds at most when undetermined', () => {
    expect(
      remembered(verdict('undetermined')).get(KEY, later(LIMITS.undeterminedCacheMs - 1)),
    ).not.toBeNull();
    expect(
      remembered(verdict('undetermined')).get(KEY, later(LIMITS.undeterminedCacheMs)),
    ).toBeNull();
    expect(LIMITS.undeterminedCacheMs).toBeLessThanOrEqual(5_000);
  });

  it.each(Object.keys(KEY) as (keyof VerdictKey)[])(
    'G32, G33, G34: never answers for another %s',
    (member) => {
      const other = {
        ...KEY,
        [member]: member === 'digest' ? sha256('another') : 'another',
      } as VerdictKey;
      const cache = remembered(verdict('allow'));
      expect(cache.get(other, NOON)).toBeNull();
      expect(cache.get({ ...KEY }, NOON)).toEqual(verdict('allow'));
    },
  );

  it('A75: is forgotten by digest when new evidence comes, and no other with it', () => {
    const cache = remembered(verdict('allow'));
    const other = { ...KEY, digest: sha256('another') };
    cache.put(other, verdict('deny'), NOON);
    cache.forget(KEY.digest);
    expect([cache.get(KEY, NOON), cache.get(other, NOON)]).toEqual([null, verdict('deny')]);
  });
});

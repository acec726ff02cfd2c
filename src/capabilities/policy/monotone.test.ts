import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  artifact,
  cleanFacts,
  finding,
  HOUR_MS,
  hoursAgo,
  LOST,
  NOON,
  policyText,
  shopPolicy,
  signature,
} from '../../../test/support/policy-facts.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import type { Decision, Gate } from '../../core/verdict.ts';
import { evaluate } from './evaluate.ts';
import { type Facts, makePartialList, makeUnknownFact, PartialList } from './facts.ts';
import { type Policy, parsePolicy } from './policy.ts';

/** More in the interoperability suite. */
const RUNS = { numRuns: Number(process.env['WAYBILL_PROPERTY_RUNS'] ?? 400) };

/** Every way to know less: a value becomes unknown, or a list loses its end. */
type Path = readonly (string | number)[];

function listPaths(value: unknown, path: Path = []): Path[] {
  if (value instanceof PartialList) return [path, ...listPaths(value.items, path).slice(1)];
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value)
    ? value.map((item, at) => [at, item] as const)
    : Object.entries(value);
  return [path, ...inner.flatMap(([key, item]) => listPaths(item, [...path, key]))];
}

/**
 * The value with the part at the path unknown; `cut` keeps the elements of a list before it and
 * drops the rest.
 */
function forget(value: unknown, [key, ...rest]: Path, cut: boolean): unknown {
  if (key === undefined)
    return cut && Array.isArray(value) ? makePartialList(value, LOST) : makeUnknownFact(LOST);
  if (value instanceof PartialList) {
    return new PartialList(forget(value.items, [key, ...rest], cut) as unknown[], value.rest);
  }
  if (Array.isArray(value)) {
    if (cut && rest.length === 0)
      return makePartialList(
        value.filter((_, at) => at !== key),
        LOST,
      );
    return value.map((item, at) => (at === key ? forget(item, rest, cut) : item));
  }
  const record = value as Record<string, unknown>;
  return { ...record, [key]: forget(record[String(key)], rest, cut) };
}

const trusted = fc.boolean();
const age = fc.integer({ min: -48, max: 72 }).map((hours) => hoursAgo(hours));
const findingFact = fc
  .record({
    id: fc.constantFrom('CVE-2024-0001', 'CVE-2024-0002'),
    severity: fc.constantFrom('critical', 'high', 'low', 'unknown'),
    status: fc.constantFrom('affected', 'not_affected', 'unknown'),
  } as const)
  .map(finding);
const factsArbitrary: fc.Arbitrary<Facts> = fc
  .record({
    signatures: fc.array(fc.record({ trusted }).map(signature), { maxLength: 2 }),
    artifacts: fc.array(
      fc
        .tuple(
          fc.constantFrom('sbom', 'scan', 'provenance', 'vex'),
          fc.record({ trusted, createdAt: age }),
        )
        .map(([type, changes]) => artifact(type, changes)),
      { maxLength: 4 },
    ),
    findings: fc.array(findingFact, { maxLength: 3 }),
    licenses: fc.array(
      fc.constantFrom('MIT', 'AGPL-3.0-only', 'MIT OR AGPL-3.0-only', 'see file'),
      {
        maxLength: 2,
      },
    ),
    named: fc.array(fc.constantFrom('MIT', 'AGPL-3.0-only', 'see file'), { maxLength: 2 }),
    complete: fc.boolean(),
    source: fc.constantFrom('imported', 'sample'),
    updatedAt: age,
    registry: fc.constantFrom('registry.example.com', 'registry.example.com.attacker.example'),
  } as const)
  .map((some) => {
    const { signatures, artifacts, findings, licenses, named } = some;
    const { complete, source, updatedAt, registry } = some;
    const clean = cleanFacts({ signatures, artifacts, findings });
    return {
      ...clean,
      image: { ...(clean.image as object), registry },
      sbom: { complete, count: 1, createdAt: hoursAgo(1) },
      components: [
        { purl: 'pkg:npm/left@1.0.0', type: 'npm', name: 'left', version: '1.0.0', licenses },
        { purl: 'pkg:deb/debian/a@1', type: 'deb', name: 'a', version: '1', licenses: named },
      ],
      advisories: { source, updatedAt },
    } as unknown as Facts;
  });

/** Facts, mostly clean ones so that verdicts differ, and a way to know less about them. */
const lessKnown = fc
  .oneof(fc.constant(cleanFacts()), factsArbitrary)
  .chain((facts) =>
    fc.tuple(fc.constant(facts), fc.constantFrom(...listPaths(facts).slice(1)), fc.boolean()),
  )
  .map(([facts, path, cut]) => ({ facts, less: forget(facts, path, cut) as Facts }));

const gates = fc.constantFrom<Gate>('release', 'admission');

function decide(policy: Policy, gate: Gate, facts: Facts): Decision {
  return evaluate(policy, { gate, facts, now: NOON }).verdict.decision;
}

/** Random conditions over the facts, without known(). */
const conditions = fc.letrec<{ all: string; leaf: string; element: string }>((tie) => ({
  leaf: fc.constantFrom(
    ...[
      'true',
      'false',
      'sbom.complete',
      'sbom.count > 0',
      "advisories.source == 'imported'",
      'image.tag == null',
    ],
    ...[
      "'CVE-2024-0001' in findings.map(f, f.id)",
      'findings.size() < 2',
      'now - sbom.createdAt < duration("2h")',
    ],
    ...[
      "image.registry.startsWith('registry')",
      'signatures == []',
      'components.map(c, c.licenses.size()) == [1]',
    ],
  ),
  element: fc.constantFrom(
    ...[
      "f.severity == 'critical'",
      "f.severity != 'low'",
      "f.status in ['affected']",
      "f.id == 'CVE-2024-0001'",
      'true',
    ],
    ...['f.fixed.size() > 0', 'f.aliases.exists(a, a == "x")'],
  ),
  all: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc
      .tuple(tie('all'), fc.constantFrom('&&', '||', '==', '!='), tie('all'))
      .map(([a, op, b]) => `(${a}) ${op} (${b})`),
    tie('all').map((one) => `!(${one})`),
    fc.tuple(tie('all'), tie('all'), tie('all')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    fc
      .tuple(fc.constantFrom('all', 'exists', 'exists_one'), tie('element'))
      .map(([m, p]) => `findings.${m}(f, ${p})`),
    tie('element').map((p) => `findings.filter(f, ${p}).size() == 1`),
  ),
})).all;

const EXCEPTIONS = `exceptions:
  - { rule: r, match: { finding: CVE-2024-0001 }, owner: o, reason: r, expires: 2099-01-01 }
  - { rule: r, match: { repository: registry.example.com/other }, owner: o, reason: r,
      expires: 2099-01-01 }
  - { rule: r, match: { component: "pkg:npm/left" }, owner: o, reason: r, expires: 2099-01-01 }
`;

describe('less knowledge', () => {
  it('foundation 2: never turns deny or undetermined into allow under the default policy', () => {
    const policy = shopPolicy();
    fc.assert(
      fc.property(gates, lessKnown, (gate, { facts, less }) => {
        if (decide(policy, gate, facts) !== 'allow')
          expect(decide(policy, gate, less)).not.toBe('allow');
      }),
      RUNS,
    );
  });

  it('foundation 2: never allows more under any rule without known(), with exceptions too', () => {
    fc.assert(
      fc.property(conditions, lessKnown, fc.boolean(), (require, { facts, less }, excepted) => {
        const rule =
          '  - { id: r, description: d, gates: { admission: deny }, require: ' +
          `${JSON.stringify(require)} }\n`;
        const parsed = parsePolicy(policyText(rule, excepted ? EXCEPTIONS : ''));
        fc.pre(parsed.ok); // a condition that is too deep is refused when it is loaded
        const policy = orThrow(parsed);
        const [before, after] = [
          decide(policy, 'admission', facts),
          decide(policy, 'admission', less),
        ];
        if (before !== 'allow') expect(after).not.toBe('allow');
        // Without exceptions a conclusion can only be lost. With them, a finding that is no longer
        // known to be excepted denies.
        if (!excepted) expect([before, 'undetermined']).toContain(after);
      }),
      RUNS,
    );
  });

  it('foundation 2: one missing fact leaves a clean image undetermined or allowed', () => {
    const policy = shopPolicy();
    const facts = cleanFacts();
    for (const gate of ['release', 'admission'] as const) {
      expect(decide(policy, gate, facts)).toBe('allow');
      const decisions = listPaths(facts)
        .slice(1)
        .map((path) => decide(policy, gate, forget(facts, path, false) as Facts));
      expect(new Set(decisions)).toEqual(new Set(['allow', 'undetermined']));
    }
  });
});

describe('a verdict that is cached', () => {
  const later = fc.integer({ min: 0, max: 30 * 24 * 3_600_000 });

  it('foundation 5: stays what it is at every moment before validUntil', () => {
    const policy = shopPolicy();
    const changes = fc.tuple(
      gates,
      fc.oneof(
        factsArbitrary,
        lessKnown.map(({ less }) => less),
      ),
      later,
    );
    fc.assert(
      fc.property(changes, ([gate, facts, ms]) => {
        const { decision, validUntil } = evaluate(policy, { gate, facts, now: NOON }).verdict;
        const span = validUntil === null ? 30 * 24 * HOUR_MS : validUntil - NOON;
        for (const at of [ms, span - 1]) {
          if (at < 0 || at >= span) continue;
          expect(
            evaluate(policy, { gate, facts, now: toInstant(NOON + at) }).verdict.decision,
          ).toBe(decision);
        }
      }),
      RUNS,
    );
  });

  const TIMED = [
    'now - sbom.createdAt <= duration("3h")',
    'now - sbom.createdAt < duration("3h")',
    'sbom.createdAt + duration("5h") > now',
    'duration("2h") >= now - scan.createdAt',
    'now == timestamp("2026-11-22T15:00:00Z")',
    'now != timestamp("2026-11-22T12:00:00Z")',
    'now.getHours() < 14',
    'int(now) % 2 == 0',
    'string(now) < "2026-11-22T13"',
    'artifacts.all(a, now - a.createdAt < duration("20h"))',
    'artifacts.exists(a, now - a.createdAt > duration("20h"))',
    '(now - sbom.createdAt) + (now - scan.createdAt) < duration("9h")',
    'now in [timestamp("2026-11-22T13:00:00Z")]',
    'now - sbom.createdAt < now - scan.createdAt',
    'scan.createdAt + (now - sbom.createdAt) < timestamp("2026-11-22T14:00:00Z")',
  ];

  it('foundation 5: for anything that a rule computes from now, with exceptions and dates', () => {
    const hour = fc.integer({ min: -6, max: 30 }).map((hours) => hoursAgo(hours));
    const facts = fc
      .tuple(hour, hour, fc.array(hour, { maxLength: 3 }))
      .map(([sbom, scan, artifacts]) =>
        cleanFacts({
          sbom: { complete: true, count: 1, createdAt: sbom },
          scan: { complete: true, createdAt: scan },
          artifacts: artifacts.map((createdAt) => artifact('scan', { createdAt })),
          findings: [finding({ severity: 'critical' })],
        }),
      );
    const rule = fc
      .tuple(
        fc.constantFrom(...TIMED),
        fc.constantFrom('&&', '||'),
        fc.constantFrom(...TIMED, "findings.all(f, f.severity != 'critical')"),
      )
      .map(([one, operator, two]) => `(${one}) ${operator} (${two})`);
    const dates = fc.constantFrom(
      '2026-11-22T14:00:00Z',
      '2026-11-22',
      '2026-11-23T00:30:00Z',
      '2026-11-01',
    );
    fc.assert(
      fc.property(rule, facts, dates, dates, later, (require, known, expires, effectiveOn, ms) => {
        const policy = orThrow(
          parsePolicy(
            policyText(
              '  - { id: r, description: d, gates: { admission: deny }, effectiveOn: ' +
                `"${effectiveOn}", require: ${JSON.stringify(require)} }\n`,
              `exceptions:\n  - { rule: r, match: { finding: CVE-2024-0001 }, owner: o, ` +
                `reason: r, expires: "${expires}" }`,
            ),
          ),
        );
        const { decision, validUntil } = evaluate(policy, {
          gate: 'admission',
          facts: known,
          now: NOON,
        }).verdict;
        const span = validUntil === null ? 30 * 24 * HOUR_MS : validUntil - NOON;
        for (const at of [ms % (40 * HOUR_MS), span - 1, Math.floor(span / 2)]) {
          if (at < 0 || at >= span) continue;
          const then = evaluate(policy, {
            gate: 'admission',
            facts: known,
            now: toInstant(NOON + at),
          }).verdict;
          expect(then.decision).toBe(decision);
        }
      }),
      RUNS,
    );
  });

  it('I18: a scan that is 23 hours old is fresh for one more hour, and the verdict says so', () => {
    const facts = cleanFacts({
      artifacts: [
        artifact('sbom'),
        artifact('scan', { createdAt: hoursAgo(23) }),
        artifact('provenance'),
      ],
    });
    const ask = (now: number): ReturnType<typeof evaluate>['verdict'] =>
      evaluate(shopPolicy(), { gate: 'admission', facts, now: toInstant(now) }).verdict;
    expect(ask(NOON)).toMatchObject({ decision: 'allow', validUntil: NOON + HOUR_MS + 1 });
    expect(ask(NOON + HOUR_MS).decision).toBe('allow');
    expect(ask(NOON + HOUR_MS + 1).decision).toBe('deny');
  });

  it('is valid no longer than the certificates behind its facts', () => {
    const question = { gate: 'admission', facts: cleanFacts(), now: NOON } as const;
    const factsValidUntil = toInstant(NOON + 1_000);
    expect(evaluate(shopPolicy(), { ...question, factsValidUntil }).verdict.validUntil).toBe(
      factsValidUntil,
    );
  });
});

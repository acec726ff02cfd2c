import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  finding,
  HOUR_MS,
  LOST,
  NOON,
  policyText,
  ruleText,
  shopPolicy,
} from '../../../test/support/policy-facts.ts';
import { Failure } from '../../core/failure.ts';
import { parseInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { buildDefaultPolicy } from './default-policy.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { type Facts, makePartialList, makeUnknownFact } from './facts.ts';
import { parsePolicy } from './policy.ts';

const parseMoment = (text: string) => orThrow(parseInstant(text));

interface ExceptionFields {
  readonly rule?: string;
  readonly match?: string;
  readonly expires?: string;
}

it('truth A15: the guide shows exceptions that the default policy takes', () => {
  const guide = readFileSync(
    new URL('../../../docs/guides/add-a-policy-rule.md', import.meta.url),
    'utf8',
  );
  const [shown] = /^exceptions:\n(?: .*\n)+/m.exec(guide) ?? [];
  const policy = orThrow(parsePolicy(`${buildDefaultPolicy()}\n${shown}`));
  expect(policy.exceptions.map(({ rule }) => rule)).toEqual([
    'B23-no-critical-finding',
    'scan-complete',
  ]);
});

function exceptions(...written: readonly ExceptionFields[]): string {
  const lines = written.map(
    ({
      rule = 'B23-no-critical-finding',
      match = '{ finding: CVE-2024-0001 }',
      expires = '2027-01-31',
    }) =>
      `  - { rule: ${rule}, match: ${match}, owner: platform@example.com, reason: "not ` +
      `reachable, see 42", expires: ${expires} }\n`,
  );
  return `exceptions:\n${lines.join('')}`;
}

function ask(written: string, changes: Partial<Facts>): Evaluation {
  return evaluate(shopPolicy({}, written), {
    gate: 'release',
    facts: cleanFacts(changes),
    now: NOON,
  });
}

const critical = finding({ severity: 'critical' });
const other = finding({
  id: 'CVE-2024-0002',
  aliases: [],
  severity: 'critical',
  component: 'pkg:deb/debian/zlib1g@1.3',
});

describe('X11: an exception', () => {
  it.each([
    ['pkg:maven/a/b@1?type=jar', 'pkg:maven/a/b@1', true],
    ['pkg:maven/a/b@1?type=test-jar', 'pkg:maven/a/b@1', false],
    ['pkg:npm/%40a%2Fb@1', 'pkg:npm/%40a/b@1', true],
    ['pkg:golang/a.com/B@1.0.0', 'pkg:golang/a.com/b@v1.0.0', true],
    ['pkg:deb/debian/x@1?upstream=y', 'pkg:deb/debian/x@1?arch=amd64&distro=debian-12', true],
    ['pkg:deb/debian/x?arch=arm64', 'pkg:deb/debian/x@1?arch=amd64&distro=debian-12', false],
  ])('truth A17, C21: %s excuses %s: %s', (written, component, excused) => {
    const match = `{ component: '${written}' }`;
    const findings = [finding({ severity: 'critical', component })];
    const { verdict } = ask(exceptions({ match }), { findings });
    expect(verdict.decision).toBe(excused ? 'allow' : 'deny');
  });

  it('excuses the finding that it names, and the record says who, why and until when', () => {
    const { verdict, record } = ask(exceptions({}), { findings: [critical] });
    expect(verdict.decision).toBe('allow');
    const result = verdict.results.find(({ rule }) => rule === 'B23-no-critical-finding');
    expect(result).toMatchObject({ outcome: 'holds', reason: 'EXCEPTED' });
    expect(result?.message).toContain('platform@example.com');
    expect(record.exceptions.applied).toEqual([
      {
        rule: 'B23-no-critical-finding',
        owner: 'platform@example.com',
        reason: 'not reachable, see 42',
        expires: '2027-02-01T00:00:00Z',
      },
    ]);
  });

  it.each([
    ['an alias', '{ finding: GHSA-aaaa-bbbb-cccc }', 'allow'],
    ['finding and component', '{ finding: CVE-2024-0001, component: "pkg:npm/left" }', 'allow'],
    [
      'finding, component and version',
      '{ finding: CVE-2024-0001, component: "pkg:npm/left@1.0.0" }',
      'allow',
    ],
    ['the component alone', '{ component: "pkg:npm/left" }', 'allow'],
    ['the repository', '{ repository: registry.example.com/shop }', 'allow'],
    ['another finding', '{ finding: CVE-2024-00 }', 'deny'],
    [
      'a component that begins alike',
      '{ finding: CVE-2024-0001, component: "pkg:npm/lef" }',
      'deny',
    ],
    ['another version', '{ finding: CVE-2024-0001, component: "pkg:npm/left@1.0" }', 'deny'],
    ['a repository that begins alike', '{ repository: registry.example.com/sho }', 'deny'],
    [
      'the finding in another repository',
      '{ finding: CVE-2024-0001, repository: registry.example.com/other }',
      'deny',
    ],
  ])('that names %s', (_, match, wanted) => {
    expect(ask(exceptions({ match }), { findings: [critical] }).verdict.decision).toBe(wanted);
  });

  it('excuses only what it names: another critical finding still denies and is reported', () => {
    const { verdict } = ask(exceptions({}), { findings: [critical, other] });
    expect(verdict.decision).toBe('deny');
    expect(verdict.results.find(({ outcome }) => outcome === 'broken')?.message).toBe(
      'CVE-2024-0002 in left 1.0.0 (fixed in 1.0.1) is critical',
    );
    expect(
      ask(exceptions({}, { match: '{ finding: CVE-2024-0002 }' }), { findings: [critical, other] })
        .verdict.decision,
    ).toBe('allow');
  });

  it('of a component excuses its licence', () => {
    const components = [
      { purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1', licenses: ['AGPL-3.0-only'] },
    ];
    const written = exceptions({ rule: 'B24-licenses', match: '{ component: "pkg:npm/x" }' });
    expect(ask(written, { components }).verdict.decision).toBe('allow');
    expect(ask(exceptions({}), { components }).verdict.decision).toBe('deny');
  });

  it('G42: an expired one is reported and does not count, from exactly that moment', () => {
    const at = (expires: string): Evaluation =>
      ask(exceptions({ expires }), { findings: [critical] });
    expect(at('2026-11-22T12:00:01Z').verdict).toMatchObject({
      decision: 'allow',
      validUntil: NOON + 1_000,
    });
    for (const expires of ['2026-11-22T12:00:00Z', '2026-11-21', '2020-01-01T00:00:00+01:00']) {
      const { verdict, record } = at(expires);
      expect(verdict.decision).toBe('deny');
      expect(record.exceptions.expired).toHaveLength(1);
      expect(verdict.results.find(({ outcome }) => outcome === 'broken')?.message).toContain(
        '1 of its exceptions expired',
      );
    }
    expect(at('2026-11-22').verdict).toMatchObject({
      decision: 'allow',
      validUntil: NOON + 12 * HOUR_MS,
    });
  });

  it('never silences the undetermined: an unknown fact stays unknown', () => {
    const undetermined: readonly Partial<Facts>[] = [
      { findings: [finding({ severity: 'unknown' })] },
      { findings: [finding({ severity: makeUnknownFact(LOST) })] },
      { findings: makePartialList([critical], LOST) },
      { findings: [critical, finding({ severity: 'unknown' })] },
      { findings: [finding({ severity: 'critical', status: 'unknown' })] },
      { findings: makeUnknownFact(LOST) },
    ];
    const whole = exceptions({}, { match: '{ component: "pkg:npm/left" }' });
    for (const changes of undetermined)
      expect(ask(whole, changes).verdict.decision).toBe('undetermined');
    const components = [
      { purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1', licenses: ['see file'] },
    ];
    const licence = exceptions({ rule: 'B24-licenses', match: '{ component: "pkg:npm/x" }' });
    expect(ask(licence, { components }).verdict.decision).toBe('undetermined');
  });

  it('truth B3: of a whole rule answers what cannot be decided, until it expires', () => {
    const lost: Partial<Facts> = { findings: makePartialList([], LOST) };
    const match = '{ repository: registry.example.com/shop }';
    const expires = '2026-11-23T00:00:00Z';
    const { verdict, record } = ask(exceptions({ match, expires }), lost);
    expect(verdict).toMatchObject({ decision: 'allow', validUntil: parseMoment(expires) });
    expect(verdict.results.find(({ reason }) => reason === 'EXCEPTED')?.message).toBe(
      'excepted: not reachable, see 42 (platform@example.com, for registry.example.com/shop, ' +
        'until 2026-11-23T00:00:00Z); it cannot be decided, because the registry did not answer',
    );
    expect(record.exceptions.applied).toHaveLength(1);
    const decide = (written: string, changes = lost) => ask(written, changes).verdict.decision;
    expect(decide(exceptions({ match, expires: '2026-11-22T12:00:00Z' }))).toBe('undetermined');
    const elsewhere = exceptions({ match: '{ repository: registry.example.com/other }' });
    expect(decide(elsewhere)).toBe('undetermined');
    const other = exceptions({ rule: 'B24-licenses', match });
    expect(decide(other)).toBe('undetermined');
    const nowhere = { ...lost, image: makeUnknownFact(LOST) };
    expect(decide(exceptions({ match }), nowhere)).toBe('undetermined');
  });

  it('truth B3, G47: answers no defect of ours, and no policy that does not apply', () => {
    const match = '{ repository: registry.example.com/shop }';
    const broken = new Failure('INTERNAL', 'a defect', 'Report it.');
    const findings = makePartialList([], broken);
    expect(ask(exceptions({ match }), { findings }).verdict.decision).toBe('undetermined');
    for (const rule of ['policy-scope', 'enforcing-rule'])
      expect(parsePolicy(`${buildDefaultPolicy()}${exceptions({ rule, match })}`).ok).toBe(false);
  });

  it('truth B1: takes its steps from the budget of the decision, and then excuses nothing', () => {
    const rule = ruleText("findings.all(f, f.severity != 'critical')", '{ release: deny }');
    const named = { rule: 'r', match: '{ finding: CVE-2024-0001 }' };
    const decide = (count: number, found: number) => {
      const others = Array.from({ length: count }, (_, at) => ({
        ...named,
        match: `{ finding: EX-${at} }`,
      }));
      const policy = orThrow(parsePolicy(policyText(rule, exceptions(...others, named))));
      const findings = Array<ReturnType<typeof finding>>(found).fill(critical);
      const facts = cleanFacts({ findings });
      return evaluate(policy, { gate: 'release', facts, now: NOON }).verdict;
    };
    expect(decide(1, 10).decision).toBe('allow');
    const over = decide(999, 11_000);
    expect(over.decision).toBe('undetermined');
    expect(JSON.stringify(over.results)).toContain('used more than 10000000 steps');
  });

  it('never silences the undetermined in a rule about findings and components', () => {
    const require =
      "findings.all(f, f.severity != 'critical') " + "&& components.all(c, c.type != 'npm')";
    const policy = orThrow(
      parsePolicy(
        policyText(
          ruleText(require, '{ release: deny }'),
          exceptions({ rule: 'r', match: '{ component: "pkg:npm/left" }' }),
        ),
      ),
    );
    const decision = (changes: Partial<Facts>): string =>
      evaluate(policy, { gate: 'release', facts: cleanFacts(changes), now: NOON }).verdict.decision;
    expect(decision({ findings: [finding({ severity: 'unknown' })] })).toBe('undetermined');
    expect(decision({ findings: [critical] })).toBe('allow');
  });

  it('does not excuse a rule that is broken by something else', () => {
    const require = `sbom.complete && findings.all(f, f.severity != 'critical')`;
    const policy = orThrow(
      parsePolicy(policyText(ruleText(require, '{ release: deny }'), exceptions({ rule: 'r' }))),
    );
    const sbom = { complete: false, count: 1, createdAt: NOON };
    const question = {
      gate: 'release',
      facts: cleanFacts({ findings: [critical], sbom }),
      now: NOON,
    } as const;
    expect(evaluate(policy, question).verdict.decision).toBe('deny');
    expect(evaluate(policy, question).record.exceptions.applied).toEqual([]);
  });

  it.each([
    [
      'no expiry',
      'exceptions:\n  - { rule: B24-licenses, match: { finding: x }, owner: o, reason: r }\n',
      /expires/,
    ],
    [
      'no owner',
      'exceptions:\n  - { rule: B24-licenses, match: { finding: x }, reason: r, expires: ' +
        '2027-01-01 }\n',
      /owner/,
    ],
    [
      'no reason',
      'exceptions:\n  - { rule: B24-licenses, match: { finding: x }, owner: o, expires: ' +
        '2027-01-01 }\n',
      /reason/,
    ],
    ['no match', exceptions({ match: '{}' }), /name a finding/],
    ['an unknown rule', exceptions({ rule: 'B99' }), /no such rule/],
    ['an expiry that is no day', exceptions({ expires: '2027-02-30' }), /expires/],
    ['an expiry without a zone', exceptions({ expires: '2027-02-03T10:00:00' }), /expires/],
    ['a component that is no purl', exceptions({ match: '{ component: left }' }), /component/],
    ['a pattern', exceptions({ match: '{ repository: "*" }' }), /repository/],
    ['the same exception twice', exceptions({}, { expires: '2028-01-01' }), /twice/],
  ])('G42: is refused with %s', (_, written, message) => {
    const policy = parsePolicy(`${buildDefaultPolicy()}${written}`);
    expect(policy.ok ? null : policy.failure.message).toMatch(message);
  });
});

describe('an effective date', () => {
  const rules = (date: string): string =>
    buildDefaultPolicy({ allowedRegistries: ['registry.example.com'] }).replace(
      '  - id: B24-licenses\n',
      `  - id: B24-licenses\n    effectiveOn: "${date}"\n`,
    );
  const components = [
    { purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1', licenses: ['AGPL-3.0-only'] },
  ];

  it('makes a new rule warn until that date, and the verdict is valid until then', () => {
    const ask = (date: string): Evaluation =>
      evaluate(orThrow(parsePolicy(rules(date))), {
        gate: 'release',
        facts: cleanFacts({ components }),
        now: NOON,
      });
    const early = ask('2026-11-22T13:00:00Z').verdict;
    expect(early).toMatchObject({ decision: 'allow', validUntil: NOON + HOUR_MS });
    expect(early.results.find(({ rule }) => rule === 'B24-licenses')).toMatchObject({
      action: 'warn',
      outcome: 'broken',
    });
    expect(ask('2026-11-22T12:00:00Z').verdict.decision).toBe('deny');
    expect(ask('2026-11-22').verdict.decision).toBe('deny');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCommandFlaw, findNamedCommands } from '../../../test/support/named-commands.ts';
import {
  artifact,
  cleanFacts,
  dependency,
  finding,
  judgedCommit,
  LOST,
  NOON,
  shopPolicy,
  signature,
} from '../../../test/support/policy-facts.ts';
import { FAILURES } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { GATES, type Gate, type RuleResult } from '../../core/verdict.ts';
import { evaluate } from './evaluate.ts';
import { type Facts, makePartialList, makeUnknownFact } from './facts.ts';

const UNKNOWN = makeUnknownFact(LOST);
const policy = shopPolicy();
const component = (name: string, licenses: unknown = ['MIT']) => ({
  ...{ purl: `pkg:npm/${name}@1.0.0`, type: 'npm', name, version: '1.0.0' },
  licenses: licenses as readonly string[],
});

/** Values of each fact: as it should be, as each rule refuses it, and unknown. */
const VALUES: { readonly [name in keyof Facts]?: readonly Facts[name][] } = {
  image: [
    { ...(cleanFacts().image as object), digest: 'latest' } as Facts['image'],
    { ...(cleanFacts().image as object), repository: 'other' } as Facts['image'],
    UNKNOWN,
  ],
  signatures: [[], [signature({ trusted: false, identity: null, reason: 'no' })], UNKNOWN],
  artifacts: [
    [],
    [artifact('sbom', { trusted: false, reason: 'nobody may' })],
    [artifact('scan', { createdAt: 0 as never })],
    makePartialList([], LOST),
  ],
  sbom: [{ ...(cleanFacts().sbom as object), complete: false } as Facts['sbom'], UNKNOWN],
  scan: [{ ...(cleanFacts().scan as object), complete: false } as Facts['scan'], UNKNOWN],
  components: [
    [component('a', ['AGPL-3.0-only']), component('b', UNKNOWN), component('c', ['what?'])],
    [component('b', UNKNOWN), component('c', ['what?'])],
    [{ ...component('d', []), type: 'deb' }],
    makePartialList([component('a')], LOST),
  ],
  findings: [
    [],
    [finding({ severity: 'critical' })],
    [finding({ severity: 'unknown' as never, id: 'CVE-1' })],
    makePartialList([], LOST),
  ],
  advisories: [
    { source: 'sample', updatedAt: NOON },
    { source: 'imported', updatedAt: 0 as never },
    { source: 'imported', updatedAt: UNKNOWN },
  ],
  commits: [
    [judgedCommit({ signed: false, trusted: false })],
    [judgedCommit({ authorMatches: false })],
    [judgedCommit({ trusted: UNKNOWN, signer: UNKNOWN })],
    UNKNOWN,
  ],
  dependencies: [
    [dependency({ pinned: false, why: 'it is a range' })],
    [dependency({ pinned: UNKNOWN })],
    [dependency({ registry: 'other.example.com' })],
    [dependency({ registry: UNKNOWN })],
    makePartialList([], LOST),
  ],
  build: [
    {
      ...{ rebuilt: true, reproduced: false, difference: 'etc/x' },
      ...{ materialsRecorded: false, unrecorded: 'left at package.json:1' },
    },
    {
      ...{ rebuilt: true, reproduced: UNKNOWN, difference: UNKNOWN },
      ...{ materialsRecorded: UNKNOWN, unrecorded: UNKNOWN },
    },
  ],
};

const FACTS = fc.record(
  Object.fromEntries(
    Object.entries(VALUES).map(([name, values]) => [
      name,
      fc.constantFrom(...(values as object[])),
    ]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<Facts>>;

const ask = (gate: Gate, facts: Partial<Facts>) =>
  evaluate(policy, { gate, facts: cleanFacts(facts), now: NOON }).verdict.results;

/** What every text of a rule has, whatever the facts are. */
function requireSentences({ rule, outcome, reason, message, fix }: RuleResult): void {
  const said = { rule, message, fix };
  const { description = '' } = policy.rules.find(({ id }) => id === rule) ?? {};
  if (outcome === 'holds') {
    expect([rule, message, fix]).toEqual([rule, null, null]);
    return;
  }
  const text = message ?? '';
  expect(said).toEqual({
    rule,
    message: expect.stringMatching(/^\S[^\n]*[^\s;:,]$/),
    fix: expect.stringMatching(/^[A-Z][^\n]*[.]$/),
  });
  expect(text).not.toMatch(/undefined|\bnull\b|[.][.] |: [;.]|; ;|unknown is unknown/);
  expect(text.length).toBeLessThan(LIMITS.ruleMessageCharactersMax + 500);
  expect(text).not.toContain(fix);
  for (const command of findNamedCommands(`${text}. ${fix}`))
    expect([command.text, findCommandFlaw(command)]).toEqual([command.text, null]);
  if (outcome === 'broken') {
    expect(reason).toBe('RULE_BROKEN');
    expect([rule, text]).not.toEqual([rule, description.trim()]);
    return;
  }
  expect(Object.keys(FAILURES)).toContain(reason);
  const [why, ...rest] = text.split('. Required: ');
  expect([rule, why, rest]).toEqual([
    rule,
    expect.stringMatching(/^cannot be decided: .*[^.]$/),
    [description.trim()],
  ]);
}

describe('X10: the texts of a rule, whatever is wrong', () => {
  it('are separate sentences: what is wrong or unknown, what is required, the fix', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom(...GATES), FACTS, (gate, facts) => {
        for (const result of ask(gate, facts)) {
          seen.add(`${result.rule} ${result.outcome}`);
          requireSentences(result);
        }
      }),
      { numRuns: 600, seed: 1 },
    );
    const all = policy.rules.flatMap(({ id }) =>
      ['holds', 'broken', 'undetermined'].map((outcome) => `${id} ${outcome}`),
    );
    expect(all.filter((one) => !seen.has(one))).toEqual([]);
  });

  const count = 30;
  const many = <T>(make: (name: string) => T): T[] =>
    Array.from({ length: count }, (_, at) =>
      make(`part-${String.fromCharCode(97 + (at % 26))}${at}`),
    );
  it.each<readonly [string, Gate, RegExp, Partial<Facts>]>([
    [
      'D18-signed-commits',
      'commit',
      /waybill commit verify$/,
      {
        commits: many((id) => judgedCommit({ id, signed: false, trusted: false })),
      },
    ],
    [
      'D19-no-critical-finding',
      'commit',
      /waybill scan$/,
      {
        findings: many((name) => finding({ name, severity: 'critical' })),
      },
    ],
    [
      'B8-no-major-finding',
      'build',
      /waybill scan$/,
      {
        findings: many((name) => finding({ name })),
      },
    ],
    [
      'B23-no-critical-finding',
      'admission',
      /waybill scan$/,
      {
        findings: many((name) => finding({ name, severity: 'critical' })),
      },
    ],
    [
      'B24-licenses',
      'release',
      /waybill sbom$/,
      {
        components: many((name) => component(name, ['AGPL-3.0-only'])),
      },
    ],
    [
      'D20-pinned-versions',
      'commit',
      /waybill deps --all$/,
      {
        dependencies: many((name) => dependency({ name, pinned: false })),
      },
    ],
    [
      'B14-pinned-versions',
      'build',
      /waybill deps --all$/,
      {
        dependencies: many((name) => dependency({ name, pinned: false })),
      },
    ],
    [
      'B10-component-registries',
      'build',
      /waybill deps --all$/,
      {
        dependencies: many((name) => dependency({ name, registry: 'other.example.com' })),
      },
    ],
    [
      'I17-signed-image',
      'admission',
      /waybill verify$/,
      {
        signatures: many((identity) => signature({ identity, trusted: false, reason: 'no' })),
      },
    ],
  ])('%s names the first ten of many, counts the others and says what shows all', (...row) => {
    const [rule, gate, command, facts] = row;
    const result = ask(gate, facts).find((one) => one.rule === rule);
    expect(result?.outcome).toBe('broken');
    const text = result?.message ?? '';
    expect(text.match(/part-[a-z]\d+/g)).toHaveLength(LIMITS.ruleNamesMax);
    expect(text).toContain(`and ${count - LIMITS.ruleNamesMax} more`);
    expect(text).toMatch(command);
    const few = Object.fromEntries(
      Object.entries(facts).map(([name, list]) => [name, (list as object[]).slice(0, 10)]),
    );
    const all = ask(gate, few).find((one) => one.rule === rule)?.message ?? '';
    expect([all.match(/part-[a-z]\d+/g)?.length, /and \d+ more/.test(all)]).toEqual([10, false]);
  });

  it.each<readonly [string, Gate, Partial<Facts>]>([
    ['B24-licenses', 'release', { components: many((name) => component(name, UNKNOWN)) }],
    ['B24-licenses', 'release', { components: many((name) => component(name, ['what?'])) }],
    [
      'B23-no-critical-finding',
      'release',
      {
        findings: many((name) => finding({ name, severity: 'unknown' as never })),
      },
    ],
    [
      'B10-component-registries',
      'build',
      {
        dependencies: many((name) => dependency({ name, registry: UNKNOWN })),
      },
    ],
    [
      'D20-pinned-versions',
      'commit',
      {
        dependencies: many((name) => dependency({ name, pinned: UNKNOWN })),
      },
    ],
  ])('%s at %s names what is unknown in the same way', (rule, gate, facts) => {
    const result = ask(gate, facts).find((one) => one.rule === rule);
    expect(result?.outcome).toBe('undetermined');
    expect(new Set(result?.message?.match(/part-[a-z]\d+/g)).size).toBe(LIMITS.ruleNamesMax);
    expect(result?.message).toContain(`; and ${count - LIMITS.ruleNamesMax} more; to see all: `);
  });

  it('B10 names ten that differ, where many stand before them that read the same', () => {
    const from = (name: string) => dependency({ name, registry: 'other.example.com' });
    const same = Array.from({ length: 40 }, () => from('minimist'));
    const broken = (dependencies: NonNullable<Facts['dependencies']>) =>
      ask('build', { dependencies }).find(({ rule }) => rule.startsWith('B10'))?.message ?? '';
    const mixed = broken([...same, ...many(from)]);
    expect(mixed.match(/minimist/g)).toHaveLength(1);
    expect(mixed.match(/part-[a-z]\d+/g)).toHaveLength(LIMITS.ruleNamesMax - 1);
    expect(mixed).toContain(`; and ${40 + count - LIMITS.ruleNamesMax} more; `);
    expect(broken(same)).toMatch(
      /^minimist comes from \S+; and 39 more; .*to see all: waybill deps/,
    );
    const endless = Array.from({ length: 5_000 }, () => from('minimist'));
    expect(broken(endless)).toContain('; and 4999 more; ');
  });

  it('B10 names components of a tree that is larger than a message may be built of', () => {
    const long = 'x'.repeat(150);
    const dependencies = Array.from({ length: 70_000 }, (_, at) =>
      dependency({ name: `part-${at}-${long}`, registry: 'other.example.com' }),
    );
    const result = ask('build', { dependencies }).find(({ rule }) => rule.startsWith('B10'));
    expect(result?.message).toMatch(/^part-0-x+ comes from other[.]example[.]com; part-1-/);
    expect(result?.message).toMatch(
      /; and (?:\d+ )?more; allowed are .*; to see all: waybill deps/,
    );
  });
});

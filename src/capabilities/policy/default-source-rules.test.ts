import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  dependency,
  finding,
  hoursAgo,
  judgedCommit,
  LOST,
  NOON,
  shopPolicy,
} from '../../../test/support/policy-facts.ts';
import type { Gate, RuleResult, Verdict } from '../../core/verdict.ts';
import type { DefaultParameters } from './default-policy.ts';
import { evaluate } from './evaluate.ts';
import { type BuildFact, type Facts, makePartialList, makeUnknownFact } from './facts.ts';

const GONE = makeUnknownFact(LOST);
const SOURCE_GATES = ['commit', 'build'] as const;

function verdict(
  gate: Gate,
  changes: Partial<Facts> = {},
  parameters: DefaultParameters = {},
): Verdict {
  const facts = cleanFacts({ findings: [], ...changes });
  return evaluate(shopPolicy(parameters), { gate, facts, now: NOON }).verdict;
}

function broken(of: Verdict): readonly RuleResult[] {
  return of.results.filter(({ outcome }) => outcome !== 'holds');
}

function deciding(of: Verdict): readonly string[] {
  return broken(of)
    .filter(({ action }) => action === 'deny')
    .map(({ rule, outcome }) => `${rule} ${outcome}`);
}

const build: BuildFact = {
  rebuilt: false,
  reproduced: GONE,
  difference: null,
  materialsRecorded: true,
  unrecorded: null,
};
const unsigned = {
  signed: false,
  trusted: false,
  signer: null,
  format: null,
  reason: 'it is not signed',
};
const byMallory = { signer: 'mallory@example.com', authorMatches: false, committerMatches: false };

describe('D3 D13 B13: the default policy allows a proven source at commit and build gate', () => {
  it('signed commits, pinned dependencies, no major finding, materials recorded', () => {
    for (const gate of SOURCE_GATES)
      expect([verdict(gate).decision, broken(verdict(gate))]).toEqual(['allow', []]);
  });

  it('D18: before a commit is made there is none to judge, but its tree is judged', () => {
    expect(verdict('commit', { commits: [] }).decision).toBe('allow');
    expect(
      deciding(verdict('commit', { commits: [], dependencies: [dependency({ pinned: false })] })),
    ).toEqual(['D20-pinned-versions broken']);
  });

  it('D9: a build without a second build is not asked about', () => {
    expect(verdict('build', { build }).decision).toBe('allow');
  });
});

type Case = readonly [string, Gate, Partial<Facts>, string];
const GUARDS: readonly Case[] = [
  ...SOURCE_GATES.flatMap((gate): Case[] => [
    [
      'D18: an unsigned commit',
      gate,
      { commits: [judgedCommit(unsigned)] },
      'D18-signed-commits broken',
    ],
    [
      'D18: one unsigned commit among signed ones',
      gate,
      { commits: [judgedCommit(), judgedCommit(unsigned)] },
      'D18-signed-commits broken',
    ],
    [
      'D18: a commit signed with an unknown key',
      gate,
      { commits: [judgedCommit({ trusted: false, reason: 'no allowed signer has this key' })] },
      'D18-signed-commits broken',
    ],
    [
      'D4 D18: a commit whose author is somebody else',
      gate,
      { commits: [judgedCommit({ authorMatches: false })] },
      'D18-signed-commits broken',
    ],
    [
      'D4 D18: a commit whose committer is somebody else',
      gate,
      { commits: [judgedCommit({ committerMatches: false })] },
      'D18-signed-commits broken',
    ],
    [
      'D18: a signature that could not be verified',
      gate,
      { commits: [judgedCommit({ trusted: GONE })] },
      'D18-signed-commits undetermined',
    ],
    [
      'D18: commits that could not be read',
      gate,
      { commits: GONE },
      'D18-signed-commits undetermined',
    ],
    [
      'D18: a range of commits that was cut',
      gate,
      { commits: makePartialList([judgedCommit()], LOST) },
      'D18-signed-commits undetermined',
    ],
    [
      'D19 B8: a critical finding',
      gate,
      { findings: [finding({ severity: 'critical' })] },
      gate === 'commit' ? 'D19-no-critical-finding broken' : 'B8-no-major-finding broken',
    ],
    [
      'D19 B8: a scan that does not cover everything',
      gate,
      { findings: makePartialList([], LOST) },
      gate === 'commit'
        ? 'D19-no-critical-finding undetermined'
        : 'B8-no-major-finding undetermined',
    ],
    [
      'D19 B8: a finding of unknown severity',
      gate,
      { findings: [finding({ severity: 'unknown' })] },
      gate === 'commit'
        ? 'D19-no-critical-finding undetermined'
        : 'B8-no-major-finding undetermined',
    ],
    [
      'D20 B14: a dependency that is not pinned',
      gate,
      { dependencies: [dependency({ pinned: false })] },
      gate === 'commit' ? 'D20-pinned-versions broken' : 'B14-pinned-versions broken',
    ],
    [
      'D20 B14: one dependency that is not pinned among pinned ones',
      gate,
      { dependencies: [dependency(), dependency({ pinned: false })] },
      gate === 'commit' ? 'D20-pinned-versions broken' : 'B14-pinned-versions broken',
    ],
    [
      'D20 B14: a dependency whose pinning is unknown',
      gate,
      { dependencies: [dependency({ pinned: GONE })] },
      gate === 'commit' ? 'D20-pinned-versions undetermined' : 'B14-pinned-versions undetermined',
    ],
    [
      'advisories older than a week',
      gate,
      { advisories: { source: 'imported', updatedAt: hoursAgo(169) } },
      'advisories-current broken',
    ],
  ]),
  [
    'B8: a high finding',
    'build',
    { findings: [finding({ severity: 'high' })] },
    'B8-no-major-finding broken',
  ],
  [
    'B10: a component of another registry',
    'build',
    { dependencies: [dependency({ registry: 'mirror.example.com/npm' })] },
    'B10-component-registries broken',
  ],
  [
    'B10: a registry that begins like an allowed one',
    'build',
    { dependencies: [dependency({ registry: 'registry.example.com.evil/npm' })] },
    'B10-component-registries broken',
  ],
  [
    'B10: a path that begins like an allowed one',
    'build',
    { dependencies: [dependency({ registry: 'registry.example.com/npm-public' })] },
    'B10-component-registries broken',
  ],
  [
    'B10: a registry that is only configured',
    'build',
    { dependencies: [dependency({ registry: GONE, registryFrom: 'configured' })] },
    'B10-component-registries undetermined',
  ],
  [
    'B9: a material without a hash',
    'build',
    { build: { ...build, materialsRecorded: false, unrecorded: 'left at package.json:4' } },
    'B9-materials-recorded broken',
  ],
  [
    'B9: unknown materials',
    'build',
    { build: { ...build, materialsRecorded: GONE } },
    'B9-materials-recorded undetermined',
  ],
  [
    'D9: two builds that differ',
    'build',
    { build: { ...build, rebuilt: true, reproduced: false, difference: 'layer 2' } },
    'D9-reproduced broken',
  ],
  [
    'D9: a second build that could not be read',
    'build',
    { build: { ...build, rebuilt: true } },
    'D9-reproduced undetermined',
  ],
];

describe('each guard of the source gates works by itself', () => {
  it.each(GUARDS)('%s is never allowed at the %s gate', (_, gate, changes, wanted) => {
    const asked = verdict(gate, changes);
    expect(deciding(asked)).toEqual([wanted]);
    expect(asked.decision).toBe(wanted.endsWith('broken') ? 'deny' : 'undetermined');
  });

  it('D18 D4: a key for merges may sign commits of others, and no other key may', () => {
    const merged = { commits: [judgedCommit({ ...byMallory, signer: 'merge@platform.example' })] };
    expect(verdict('commit', merged).decision).toBe('deny');
    expect(verdict('commit', merged, { mergeSigners: ['merge@platform.example'] }).decision).toBe(
      'allow',
    );
    const other = { commits: [judgedCommit(byMallory)] };
    expect(verdict('commit', other, { mergeSigners: ['merge@platform.example'] }).decision).toBe(
      'deny',
    );
    const untrusted = {
      commits: [judgedCommit({ ...byMallory, signer: 'merge@platform.example', trusted: false })],
    };
    expect(
      verdict('commit', untrusted, { mergeSigners: ['merge@platform.example'] }).decision,
    ).toBe('deny');
  });

  it('B10: an unrecorded registry holds only if the policy says so', () => {
    const open = { dependencies: [dependency({ registry: GONE, registryFrom: 'default' })] };
    expect(verdict('build', open, { unknownRegistry: 'accept' }).decision).toBe('allow');
    const wrong = { dependencies: [dependency({ registry: 'mirror.example.com' })] };
    expect(verdict('build', wrong, { unknownRegistry: 'accept' }).decision).toBe('deny');
    const own = { dependencies: [dependency({ registry: null, registryFrom: 'tree' })] };
    expect(verdict('build', own).decision).toBe('allow');
  });

  it('B10: without a registry on the list none is allowed; the commit gate warns', () => {
    const none = { allowedComponentRegistries: [] };
    expect(deciding(verdict('build', {}, none))).toEqual(['B10-component-registries broken']);
    expect(verdict('commit', {}, none).decision).toBe('allow');
    expect(broken(verdict('commit', {}, none))).toMatchObject([
      { action: 'warn', outcome: 'broken' },
    ]);
  });

  it('the bundled sample of advisories never satisfies a source gate', () => {
    for (const gate of SOURCE_GATES)
      expect(verdict(gate, { advisories: { source: 'sample', updatedAt: NOON } }).decision).toBe(
        'deny',
      );
  });

  it('reads ten thousand dependencies within its budget', () => {
    const dependencies = Array.from({ length: 10_000 }, (_, at) => dependency({ name: `p${at}` }));
    expect(verdict('build', { dependencies }).decision).toBe('allow');
  });
});

describe('X10: a refusal of a source names commit, dependency and place', () => {
  const said = (of: Verdict): string => broken(of)[0]?.message ?? '';

  it('D18: the signer, and the author of the commit', () => {
    expect(said(verdict('commit', { commits: [judgedCommit(unsigned)] }))).toBe(
      `commit ${'c'.repeat(40)} by alice@example.com is not signed`,
    );
    expect(said(verdict('commit', { commits: [judgedCommit(byMallory)] }))).toContain(
      'is signed by mallory@example.com, who is not its author alice@example.com',
    );
  });

  it('D20 B10 D9: what is not pinned and where, its registry, and what differs', () => {
    const loose = dependency({ pinned: false, why: 'no lock' });
    expect(said(verdict('commit', { dependencies: [loose] }))).toBe(
      'left at package.json:4 is not pinned (no lock)',
    );
    const strange = { dependencies: [dependency({ registry: 'mirror.example.com' })] };
    expect(said(verdict('build', strange))).toBe(
      'left comes from mirror.example.com; allowed are registry.example.com/npm',
    );
    const differing = {
      ...build,
      rebuilt: true,
      reproduced: false,
      difference: 'app/main.js has another time',
    };
    expect(said(verdict('build', { build: differing }))).toContain('app/main.js has another time');
  });
});

describe('parameters of the source gates', () => {
  it('B10: a place is a host and path, without scheme, user or query', () => {
    const load = (place: string) => () => shopPolicy({ allowedComponentRegistries: [place] });
    for (const good of [
      'registry.example.com',
      'localhost:4873',
      'Registry.Example.com/npm/_packaging/',
      'a.b/@x/*',
    ])
      expect(load(good)).not.toThrow();
    for (const bad of [
      'https://a.example',
      'registry',
      '*',
      'u@a.example',
      'a.example/?x',
      'a.example/../b',
      'a.example/%2e%2e/b',
      '',
    ])
      expect(load(bad)).toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../test/support/images.ts';
import { INTEGRITY as SHA } from '../../../test/support/npm-project.ts';
import { NOON } from '../../../test/support/policy-facts.ts';
import { commitText } from '../../../test/support/ssh-commits.ts';
import { createMemoryIndex, parseOsv } from '../../capabilities/advisories/index.ts';
import {
  buildDefaultPolicy,
  makePartialList,
  parsePolicy,
} from '../../capabilities/policy/index.ts';
import { parseCommit, trustSshKeys } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { readAtOnce } from '../../core/reading-budget.ts';
import { ok, orThrow } from '../../core/result.ts';
import { type FixPlan, planFixes, requireUnchanged } from '../../phases/develop/index.ts';
import {
  buildCommitFacts,
  createUnknownCommits,
  findCommitFact,
  readCommits,
} from './commit-facts.ts';
import { judgeSource, type Rebuild } from './judge-source.ts';
import { readSource } from './read-source.ts';
import { buildMaterialsFact } from './source-facts.ts';

const LOST = new Failure('NOT_FOUND', 'the object is not here', 'Fetch it.');
const NOBODY = trustSshKeys({ ok: false, failure: LOST });
const record = (events: readonly object[], name = 'left'): string =>
  JSON.stringify({
    id: 'GHSA-aaaa-bbbb-cccc',
    modified: '2024-01-01T00:00:00Z',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [{ package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events }] }],
  });
const TRAP = record([
  { introduced: '0' },
  { fixed: '1.2.0' },
  { introduced: '2.0.0' },
  { fixed: '2.0.4' },
]);
const indexAdvisories = (...records: readonly string[]) =>
  createMemoryIndex(
    records.map((text) => orThrow(parseOsv(text))),
    { source: 'imported', version: '1', importedAt: NOON, exportedAt: NOON, rejected: 0 },
  );

const locked = (version: string, more: object = {}): object => ({
  version,
  resolved: `https://registry.example.com/npm/left/-/left-${version}.tgz`,
  integrity: SHA,
  ...more,
});
function files(wanted: object, packages: object): Record<string, string> {
  const root = { name: 'shop', dependencies: wanted };
  return {
    'package.json': JSON.stringify(root, null, 2),
    'package-lock.json': JSON.stringify(
      { lockfileVersion: 3, packages: { '': root, ...packages } },
      null,
      2,
    ),
  };
}

async function judge(
  tree: Record<string, string>,
  gate: 'commit' | 'build' = 'commit',
  rebuild: Rebuild = { kind: 'not-asked' },
) {
  const advisories = indexAdvisories(TRAP);
  const policy = orThrow(
    parsePolicy(buildDefaultPolicy({ allowedComponentRegistries: ['registry.example.com'] })),
  );
  const reading = await readSource(makeTree(tree), '.', {
    advisories,
    now: NOON,
    reading: readAtOnce,
  });
  const { verdict } = judgeSource({
    gate,
    policy,
    reading,
    commits: [],
    tip: null,
    rebuild,
    advisories,
    now: NOON,
  });
  const wrong = verdict.results.filter(
    ({ outcome, action }) => outcome !== 'holds' && action === 'deny',
  );
  return {
    decision: verdict.decision,
    wrong: wrong.map(({ rule, outcome }) => `${rule} ${outcome}`),
  };
}

const good = files({ left: '^1.2.0' }, { 'node_modules/left': locked('1.2.0') });

describe('D3 D19 D20 B13: a source tree is judged by what it declares and locks', () => {
  it('a tree that is in order passes both gates', async () => {
    expect(await judge(good)).toEqual({ decision: 'allow', wrong: [] });
    expect(await judge(good, 'build')).toEqual({ decision: 'allow', wrong: [] });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a critical finding',
      files({ left: '^1.0.0' }, { 'node_modules/left': locked('1.1.0') }),
      'D19-no-critical-finding broken',
    ],
    ['a loose base image', { ...good, Dockerfile: 'FROM node:22' }, 'D20-pinned-versions broken'],
    [
      'an unknown base image',
      { ...good, Dockerfile: 'FROM $BASE' },
      'D20-pinned-versions undetermined',
    ],
    [
      'dependencies that are not looked at',
      { ...good, 'api/Gopkg.lock': 'x' },
      'D20-pinned-versions undetermined',
    ],
    [
      'truth A9: a workflow with an action and an image by their tags',
      {
        ...good,
        '.github/workflows/ci.yml':
          'jobs: { a: { container: node:22, steps: [{ uses: a/b@v4 }] } }',
      },
      'D20-pinned-versions broken',
    ],
    [
      'truth A9: a chart with a range',
      {
        ...good,
        'chart/Chart.yaml':
          'dependencies: [{ name: redis, version: ^1.0.0, repository: "https://charts.example.com" }]',
      },
      'D20-pinned-versions broken',
    ],
    [
      'truth A9: packages for winget',
      { ...good, 'packages.json': '{"WinGetVersion":"1.9"}' },
      'D20-pinned-versions undetermined',
    ],
    [
      'truth A9: a pod whose image has a tag',
      { ...good, 'pod.yaml': 'spec:\n  containers:\n    - image: node:22\n' },
      'D20-pinned-versions undetermined',
    ],
    [
      'a manifest that is not JSON',
      { ...good, 'web/package.json': '{' },
      'D20-pinned-versions undetermined',
    ],
  ])('%s never passes', async (_, tree, wanted) => {
    const { decision, wrong } = await judge(tree);
    expect(decision).not.toBe('allow');
    expect(wrong).toContain(wanted);
  });

  it('D9: a second build that differs or is unreadable never passes', async () => {
    expect((await judge(good, 'build', { kind: 'equal' })).decision).toBe('allow');
    expect((await judge(good, 'build', { kind: 'different', difference: 'x' })).decision).toBe(
      'deny',
    );
    expect((await judge(good, 'build', { kind: 'unknown', cause: LOST })).decision).toBe(
      'undetermined',
    );
  });

  it('truth B1: no judged commit keeps its bytes, of which thousands may be judged', async () => {
    const commit = orThrow(parseCommit(Buffer.from(commitText()), 'sha1'));
    const { judged } = await readCommits({ commit: async () => ok(commit) }, [commit.id], NOBODY);
    expect(judged).toMatchObject([{ commit: { id: commit.id, subject: commit.subject } }]);
    expect(JSON.stringify(judged)).not.toContain('payload');
  });

  it('D18: without readable commits or allowed signers, no commit is signed', async () => {
    const missing = await readCommits(
      { commit: async () => ({ ok: false, failure: LOST }) },
      ['1'.repeat(40)],
      NOBODY,
    );
    expect(buildCommitFacts(missing)).toMatchObject({ items: [], rest: { failure: LOST } });
    expect(createUnknownCommits('it is no repository')).toMatchObject({
      failure: { code: 'FACT_UNKNOWN' },
    });
  });

  it('truth A16: a rule about the commit knows the one whose tree is judged', async () => {
    const [id, other] = ['1'.repeat(40), '2'.repeat(40)];
    const plain = { author: 'a', committer: 'a', format: 'ssh', reason: null };
    const said = { signed: true, trusted: true, signer: 'ada', ...plain };
    const commits = [
      { id: other, ...said, trusted: false, authorMatches: true, committerMatches: true },
      { id, ...said, authorMatches: true, committerMatches: true },
    ];
    const advisories = indexAdvisories(TRAP);
    const require = `commit.id == "${id}" && commit.trusted`;
    const rule = `{ id: known, description: d, require: '${require}', gates: { commit: deny } }`;
    const policy = orThrow(
      parsePolicy(
        `{ apiVersion: waybill.dev/v1, kind: Policy, metadata: { name: a, revision: 1 },
           mode: enforce, rules: [${rule}] }`,
      ),
    );
    const reading = await readSource(makeTree(good), '.', {
      ...{ advisories, now: NOON, reading: readAtOnce },
    });
    const ask = (tip: string | null, listed: Parameters<typeof findCommitFact>[1]) =>
      judgeSource({
        ...{ gate: 'commit', policy, reading, commits: listed, tip, advisories, now: NOON },
        rebuild: { kind: 'not-asked' },
      }).verdict.decision;
    expect(ask(id, commits)).toBe('allow');
    expect(ask(other, commits)).toBe('deny');
    // What is staged, what was there before, what could not be read, and a tree without a commit.
    expect(ask(null, commits)).toBe('undetermined');
    expect(ask(id, [])).toBe('undetermined');
    expect(ask(id, makePartialList([], LOST))).toBe('undetermined');
    expect(ask(id, createUnknownCommits('the work tree differs'))).toBe('undetermined');
    expect(findCommitFact(id, [])).toMatchObject({ id, signed: { failure: {} } });
  });

  it('B9: materials are recorded, not recorded or unknown by their hashes', async () => {
    const materials = async (tree: Record<string, string>) =>
      buildMaterialsFact(
        (
          await readSource(makeTree(tree), '.', {
            advisories: indexAdvisories(),
            now: NOON,
            reading: readAtOnce,
          })
        ).declared,
      );
    expect(await materials(good)).toEqual({ materialsRecorded: true, unrecorded: null });
    expect(await materials({ ...good, Dockerfile: 'FROM node:22' })).toMatchObject({
      materialsRecorded: false,
    });
    const bare = files(
      { left: '1.2.0' },
      { 'node_modules/left': locked('1.2.0', { integrity: undefined }) },
    );
    expect(await materials(bare)).toMatchObject({
      materialsRecorded: { failure: { code: 'FACT_UNKNOWN' } },
    });
    expect(await materials({ ...good, 'Gopkg.lock': 'x' })).toMatchObject({
      materialsRecorded: { failure: {} },
    });
  });
});

const plan = (tree: Record<string, string>, ...records: readonly string[]): Promise<FixPlan> =>
  planOnly(null, tree, ...records);

async function planOnly(
  only: string | null,
  tree: Record<string, string>,
  ...records: readonly string[]
): Promise<FixPlan> {
  const advisories = indexAdvisories(...records);
  const reading = await readSource(makeTree(tree), '.', {
    advisories,
    now: NOON,
    reading: readAtOnce,
  });
  return planFixes(makeTree(tree), reading, {
    advisories,
    findDigest: async () => null,
    reading: readAtOnce,
    findVersion: (name) => (name === 'curl' ? '7.88' : null),
    only,
  });
}

describe('D16: a plan of fixes', () => {
  it('takes the nearest version that no advisory affects, not any fix', async () => {
    const tree = files({ left: '^1.0.0' }, { 'node_modules/left': locked('1.1.0') });
    expect((await plan(tree, TRAP)).diff).toContain('+    "left": "1.2.0"');
    const other = record([{ introduced: '1.1.5' }, { fixed: '1.3.0' }]).replace('aaaa', 'dddd');
    expect((await plan(tree, TRAP, other)).diff).toContain('+    "left": "1.3.0"');
  });

  it('names what it cannot fix: no safe version, no registry, several versions', async () => {
    const never = record([{ introduced: '0' }]);
    expect(
      await plan(files({ left: '1.1.0' }, { 'node_modules/left': locked('1.1.0') }), never),
    ).toMatchObject({
      changes: [],
      open: [{ what: expect.stringContaining('no known version is free of it') }],
    });
    const twice = files(
      { right: '1.0.0', left: '1.2.0' },
      {
        'node_modules/left': locked('1.2.0'),
        'node_modules/right': { version: '1.0.0', integrity: SHA, dependencies: { left: '1.1.0' } },
        'node_modules/right/node_modules/left': locked('1.1.0'),
      },
    );
    expect((await plan(twice, TRAP)).open).toMatchObject([
      { what: expect.stringContaining('several versions are locked') },
    ]);
  });

  it('pins system packages to the known versions, each in its place', async () => {
    const { diff, open } = await plan({
      Dockerfile: 'FROM scratch\nRUN apt-get install -y curl git \\\n  curl\n',
    });
    expect(diff).toContain('+RUN apt-get install -y curl=7.88 git \\\n+  curl=7.88');
    expect(open).toMatchObject([
      { place: 'Dockerfile:2', what: expect.stringContaining('git: no version is named') },
    ]);
  });

  it('changes nothing twice, and nothing that is in order', async () => {
    const tree = files({ left: '^1.2.0' }, { 'node_modules/left': locked('1.2.0') });
    const first = await plan(tree, TRAP);
    expect(first.commands).toEqual([]);
    const after = Object.fromEntries(
      first.changes.map(({ file, after: bytes }) => [file, Buffer.from(bytes).toString()]),
    );
    expect(await plan({ ...tree, ...after }, TRAP)).toEqual({
      changes: [],
      diff: '',
      steps: [],
      open: [],
      commands: [],
      findings: { before: [], after: [] },
    });
  });

  it('leaves a range that the lock pins, and every digest, as they are', async () => {
    const tree = {
      ...files({ left: '^1.2.0' }, { 'node_modules/left': locked('1.2.0') }),
      Dockerfile: `FROM node:22@sha256:${'a'.repeat(64)}\n`,
    };
    expect(await plan(tree, TRAP)).toMatchObject({ changes: [], steps: [], open: [] });
  });

  const both = files(
    { left: '1.1.0', other: '1.1.0' },
    {
      'node_modules/left': locked('1.1.0'),
      'node_modules/other': {
        ...locked('1.1.0'),
        resolved: 'https://registry.example.com/npm/other/-/other-1.1.0.tgz',
      },
    },
  );
  const OTHER = record([{ introduced: '0' }, { fixed: '1.5.0' }], 'other').replace('aaaa', 'eeee');
  it.each([
    ['left', 'left', ['GHSA-eeee-bbbb-cccc']],
    ['pkg:npm/left@1.1.0', 'left', ['GHSA-eeee-bbbb-cccc']],
    ['ghsa-EEEE-bbbb-cccc', 'other', ['GHSA-aaaa-bbbb-cccc']],
    ['nothing', null, ['GHSA-aaaa-bbbb-cccc', 'GHSA-eeee-bbbb-cccc']],
  ] as const)('for %s alone changes %s, and says what stays', async (only, changed, stays) => {
    const { steps, open, findings, diff } = await planOnly(only, both, TRAP, OTHER);
    expect(steps.map(({ what }) => what.split(' ')[0])).toEqual(changed === null ? [] : [changed]);
    expect([findings.before.length, findings.after.map(({ id }) => id).toSorted()]).toEqual([
      2,
      stays,
    ]);
    expect(open).toEqual([]);
    expect(diff.match(/^\+ /gm)?.length ?? 0).toBe(changed === null ? 0 : 1);
    const all = await plan(both, TRAP, OTHER);
    expect([all.steps.length, all.findings.after]).toEqual([2, []]);
  });

  it('does not advise npm where another package manager has its lock', async () => {
    const tree = { 'package.json': '{"dependencies":{"left":"^1.0.0"}}', 'yarn.lock': 'x' };
    const { commands, open } = await plan(tree, TRAP);
    expect(commands).toEqual([]);
    expect(open[0]?.what).toBe('left: yarn.lock may pin it, and is not read here');
  });

  it('is not applied to a file that changed since it was read', () => {
    const change = { file: 'package.json', before: Buffer.from('a'), after: Buffer.from('b') };
    expect(() => requireUnchanged(change, Buffer.from('a'))).not.toThrow();
    expect(() => requireUnchanged(change, Buffer.from('c'))).toThrow(/changed since it was read/);
  });
});

import { describe, expect, it } from 'vitest';
import { listMessages, SHA512, takeInventory } from '../../../../../test/support/linked-locks.ts';
import {
  type Files,
  findDependency,
  readProject,
} from '../../../../../test/support/npm-project.ts';
import { isWorkspace } from '../declared/workspaces.ts';

const ROOT = { name: 'shop', workspaces: ['packages/*'], dependencies: { a: '^1.0.0' } };
const WEB = {
  name: 'web',
  version: '1.0.0',
  devDependencies: { b: '2' },
  dependencies: { a: '1' },
};
const API = { name: 'api', dependencies: { web: '1.0.0', a: '^1.0.0' } };
const TREE = {
  'package.json': ROOT,
  'packages/web/package.json': WEB,
  'packages/api/package.json': API,
};
const from = `resolution: {integrity: ${SHA512}}`;

/** The lock of the same workspace as each package manager writes it. */
const LOCKS: Readonly<Record<string, string>> = {
  'pnpm-lock.yaml': `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0

  packages/api:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0
      web:
        specifier: 1.0.0
        version: link:../web

  packages/web:
    dependencies:
      a:
        specifier: '1'
        version: 1.0.0
    devDependencies:
      b:
        specifier: '2'
        version: 2.0.0

packages:

  a@1.0.0:
    ${from}

  b@2.0.0:
    ${from}

  c@3.0.0:
    ${from}

snapshots:

  a@1.0.0: {}

  b@2.0.0:
    dependencies:
      c: 3.0.0

  c@3.0.0: {}
`,
  'yarn.lock': `# yarn lockfile v1

a@1, a@^1.0.0:
  version "1.0.0"
  integrity ${SHA512}

b@2:
  version "2.0.0"
  integrity ${SHA512}
  dependencies:
    c "3"

c@3:
  version "3.0.0"
  integrity ${SHA512}
`,
  'bun.lock': JSON.stringify({
    lockfileVersion: 1,
    workspaces: { '': ROOT, 'packages/web': WEB, 'packages/api': API },
    packages: {
      a: ['a@1.0.0', '', {}, SHA512],
      api: ['api@workspace:packages/api'],
      b: ['b@2.0.0', '', { dependencies: { c: '3' } }, SHA512],
      c: ['c@3.0.0', '', {}, SHA512],
      web: ['web@workspace:packages/web'],
    },
  }),
};
const BERRY = `__metadata:
  version: 8

"a@npm:1, a@npm:^1.0.0":
  version: 1.0.0
  resolution: "a@npm:1.0.0"
  checksum: 10c0/aa

"api@workspace:packages/api":
  version: 0.0.0-use.local
  resolution: "api@workspace:packages/api"
  dependencies:
    a: "npm:^1.0.0"
    web: "npm:1.0.0"

"b@npm:2":
  version: 2.0.0
  resolution: "b@npm:2.0.0"
  dependencies:
    c: "npm:3"
  checksum: 10c0/aa

"c@npm:3":
  version: 3.0.0
  resolution: "c@npm:3.0.0"
  checksum: 10c0/aa

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
  dependencies:
    a: "npm:^1.0.0"

"web@npm:1.0.0, web@workspace:packages/web":
  version: 0.0.0-use.local
  resolution: "web@workspace:packages/web"
  dependencies:
    a: "npm:1"
    b: "npm:2"
`;
const CASES = [...Object.entries(LOCKS), ['yarn.lock', BERRY] as const];
const withLock = ([name, text]: readonly [string, string], more: Files = {}): Files => ({
  ...TREE,
  [name]: text,
  ...more,
});

describe.each(CASES)('a workspace with %s', (...lock) => {
  it('B2: is read whole, with what is direct and what is only for development', async () => {
    const inventory = await takeInventory(withLock(lock));
    expect(listMessages(inventory)).toEqual([]);
    expect(inventory.components.map(({ purl, development }) => [purl, development])).toEqual([
      ['pkg:npm/a@1.0.0', false],
      ['pkg:npm/b@2.0.0', true],
      ['pkg:npm/c@3.0.0', true],
    ]);
    expect(inventory.direct).toEqual(['pkg:npm/a@1.0.0', 'pkg:npm/b@2.0.0']);
  });

  it('B10, D20: is declared whole, and each package is pinned', async () => {
    const declared = await readProject(
      withLock(lock, { '.npmrc': 'registry=https://r.example.com/npm' }),
    );
    expect([declared.problems, declared.notLookedAt]).toEqual([[], []]);
    const told = declared.dependencies.map(
      ({ name, kind, pinned, development }) => `${name} ${kind} ${pinned} ${development}`,
    );
    expect(told.sort()).toEqual([
      'a direct yes false',
      'a direct yes false',
      'a direct yes false',
      'b direct yes true',
      'c transitive yes true',
    ]);
    const isOwn = lock[1] === BERRY;
    expect(findDependency(declared, 'c')).toMatchObject({
      registry: isOwn ? null : 'r.example.com/npm',
      registryFrom: isOwn ? 'default' : 'configured',
      place: { file: lock[0] },
    });
  });

  it.each<[string, Files, string]>([
    [
      'requires more',
      { 'package.json': { ...ROOT, dependencies: { a: '^1.0.0', x: '1' } } },
      '"x"',
    ],
    ['requires another version', { 'package.json': { ...ROOT, dependencies: { a: '^2' } } }, '"a"'],
    [
      'is not named by it',
      { 'other/package.json': { dependencies: { a: '^1.0.0' } } },
      'no lock that is read here',
    ],
  ])('A6, B3: and a manifest that %s is partial', async (_, more, why) => {
    const { skips, outcome } = await takeInventory(withLock(lock, more));
    expect([outcome, listMessages({ skips })]).toEqual(['partial', [expect.stringContaining(why)]]);
    const declared = await readProject(withLock(lock, more));
    expect(declared.outcome).toBe('partial');
  });

  it('B2: stands for what is installed for its members, which lies below them', async () => {
    const old = { name: 'x', version: '9.0.0', dependencies: { y: '1' } };
    const places = ['node_modules/x', 'node_modules/x/node_modules/x'];
    const more = places.map((place) => [`packages/web/${place}/package.json`, old] as const);
    const inventory = await takeInventory(withLock(lock, Object.fromEntries(more)));
    expect([inventory.components.length, listMessages(inventory)]).toEqual([3, []]);
    const other = await takeInventory(withLock(lock, { 'other/node_modules/x/package.json': old }));
    expect([other.components.length, other.outcome]).toEqual([4, 'partial']);
  });

  it('A6: and without a manifest beside it is partial', async () => {
    const { 'package.json': _, ...rest } = withLock(lock);
    expect((await takeInventory(rest)).outcome).toBe('partial');
    expect((await readProject(rest)).outcome).toBe('partial');
  });
});

describe('a lock of a workspace', () => {
  it.each([
    ['pnpm-lock.yaml', LOCKS['pnpm-lock.yaml'] ?? ''],
    ['bun.lock', LOCKS['bun.lock'] ?? ''],
    ['yarn.lock', BERRY],
  ])('A6: %s that requires more than its manifest is partial', async (...lock) => {
    const more = { 'package.json': { ...ROOT, dependencies: {} } };
    expect(listMessages(await takeInventory(withLock(lock, more)))).toEqual([
      expect.stringContaining('it requires "a", but package.json does not'),
    ]);
  });

  it('A6: that leads to a folder that is not here is partial', async () => {
    const { 'packages/web/package.json': _, ...rest } = withLock([
      'pnpm-lock.yaml',
      LOCKS['pnpm-lock.yaml'] ?? '',
    ]);
    expect(listMessages(await takeInventory(rest))).toEqual([
      expect.stringContaining('"packages/web", which has no package.json'),
    ]);
  });

  it.each<[string, Files]>([
    [
      'overrides of pnpm',
      {
        'pnpm-lock.yaml': (LOCKS['pnpm-lock.yaml'] ?? '')
          .replace(
            'specifier: ^1.0.0\n        version: 1.0.0\n\n  packages/api',
            'specifier: 1.0.0\n        version: 1.0.0\n\n  packages/api',
          )
          .replace('importers:', 'overrides:\n  a: 1.0.0\n\nimporters:'),
      },
    ],
    [
      'resolutions of Yarn 1',
      {
        'yarn.lock': (LOCKS['yarn.lock'] ?? '').replace('c "3"', 'c "^2"'),
        'package.json': { ...ROOT, resolutions: { '**/c': '3' } },
      },
    ],
    [
      'resolutions of Yarn 4',
      {
        'yarn.lock': BERRY.replace('c: "npm:3"', 'c: "npm:^2"'),
        'package.json': { ...ROOT, resolutions: { c: '3' } },
      },
    ],
    [
      'overrides of bun',
      {
        'bun.lock': (LOCKS['bun.lock'] ?? '').replace(
          '"packages":',
          '"overrides":{"a":"1.0.0"},"packages":',
        ),
        'package.json': { ...ROOT, dependencies: { a: '^7' }, overrides: { a: '1.0.0' } },
      },
    ],
  ])('A6: with %s is whole, and without them is not', async (_, files) => {
    expect(listMessages(await takeInventory({ ...TREE, ...files }))).toEqual([]);
    const all: Files = { ...TREE, ...files };
    const bare = Object.entries(all).map(([path, content]) => [
      path,
      typeof content === 'string'
        ? content.replace(/overrides:\n.*\n|"overrides":\{.*?\},/, '')
        : { ...(content as object), overrides: undefined, resolutions: undefined },
    ]);
    expect((await takeInventory(Object.fromEntries(bare) as Files)).outcome).toBe('partial');
  });
});

describe('the folders of workspaces', () => {
  it.each([
    ['packages/*', 'packages/web', true],
    ['packages/*', 'packages/web/deep', false],
    ['./packages/*/', 'packages/web', true],
    ['packages/**', 'packages/web/deep', true],
    ['**/web', 'packages/web', true],
    ['packages/w*b', 'packages/web', true],
    ['packages/{api,web}', 'packages/web', true],
    ['packages/{api,web}', 'packages/dev', false],
    ['packages/*', 'packages/.hidden', false],
    ['packages/[w]eb', 'packages/web', false],
    ['web', 'web', true],
  ])('B2: %s names %s: %s', (pattern, folder, named) => {
    expect(isWorkspace([pattern], folder)).toBe(named);
    expect(isWorkspace([pattern, `!${folder}`], folder)).toBe(false);
  });

  it('B2: are found in time that grows with the pattern', () => {
    const folder = Array(90).fill('a').join('/');
    expect(isWorkspace([`${'**/a/'.repeat(45)}b`], folder)).toBe(false);
  });
});

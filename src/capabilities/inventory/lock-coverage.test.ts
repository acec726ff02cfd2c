import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../test/support/images.ts';
import { type Files, locked, project, readProject } from '../../../test/support/npm-project.ts';
import type { Inventory } from '../ecosystems/index.ts';
import { inventoryTree } from './inventory-tree.ts';

/** A package.json, or another JSON file. */
const toTexts = (files: Files): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? content : JSON.stringify(content),
    ]),
  );
const inventory = (files: Files): Promise<Inventory> =>
  inventoryTree(makeTree(toTexts(files)), '.');
const emptyLock = { lockfileVersion: 3, packages: { '': { name: 'shop' } } };
const wants = (spec: string): object => ({ dependencies: { lodash: spec } });
const lodash = { 'node_modules/lodash': locked('lodash', '4.17.20') };

/** Whether `waybill deps` finds nothing open: everything is listed and pinned. */
async function isDeclaredWhole(files: Files): Promise<boolean> {
  const declared = await readProject(files);
  return (
    declared.outcome === 'complete' && declared.dependencies.every(({ pinned }) => pinned === 'yes')
  );
}

const WORKSPACE = {
  'package.json': { name: 'shop', workspaces: ['packages/*'] },
  'package-lock.json': {
    lockfileVersion: 3,
    packages: {
      '': { name: 'shop', workspaces: ['packages/*'] },
      'packages/web': wants('4.17.20'),
      'node_modules/web': { resolved: 'packages/web', link: true },
      ...lodash,
    },
  },
  'packages/web/package.json': wants('4.17.20'),
};

describe('truth A6: an inventory is partial over what is declared and not locked, as deps', () => {
  it.each<[string, Files, Files]>([
    [
      'a folder that the lock above does not name',
      { 'package.json': {}, 'package-lock.json': emptyLock, 'api/package.json': wants('4.17.20') },
      { 'package.json': {}, 'package-lock.json': emptyLock, 'api/package.json': {} },
    ],
    [
      'a folder beside a workspace, although the lock has the package',
      { ...WORKSPACE, 'services/api/package.json': wants('4.17.20') },
      WORKSPACE,
    ],
    [
      'a lock without what its own manifest requires',
      { 'package.json': wants('4.17.20'), 'package-lock.json': emptyLock },
      project({ lodash: '4.17.20' }, lodash),
    ],
    [
      'a lock with a version that its manifest does not allow',
      { ...project({ lodash: '4.17.20' }, lodash), 'package.json': wants('^4.17.21') },
      { ...project({ lodash: '4.17.20' }, lodash), 'package.json': wants('^4.17.20') },
    ],
    [
      'a lock that requires more than its manifest',
      { ...project({ lodash: '4.17.20' }, lodash), 'package.json': {} },
      project({ lodash: '*' }, lodash),
    ],
    [
      'a lock without what one of its packages needs',
      project({ a: '1' }, { 'node_modules/a': locked('a', '1.0.0', { dependencies: { b: '1' } }) }),
      project({ a: '1' }, { 'node_modules/a': locked('a', '1.0.0') }),
    ],
    [
      'a lock that takes another package than it says',
      project({ a: '1' }, { 'node_modules/a': { ...locked('b', '2.0.0'), version: '1.0.0' } }),
      project({ a: '1' }, { 'node_modules/a': locked('a', '1.0.0') }),
    ],
    [
      'an optional dependency that the lock lacks',
      { 'package.json': { optionalDependencies: { o: '1' } }, 'package-lock.json': emptyLock },
      { 'package.json': { optionalDependencies: {} }, 'package-lock.json': emptyLock },
    ],
    [
      'a peer dependency that nothing locks',
      { 'package.json': { peerDependencies: { p: '1' } } },
      {
        'package.json': {
          peerDependencies: { p: '1' },
          peerDependenciesMeta: { p: { optional: true } },
        },
      },
    ],
    [
      'a lock of version 1 that lacks a package',
      {
        'package.json': wants('4.17.20'),
        'package-lock.json': { lockfileVersion: 1, dependencies: {} },
      },
      {
        'package.json': wants('4.17.20'),
        'package-lock.json': {
          lockfileVersion: 1,
          dependencies: { lodash: locked('lodash', '4.17.20') },
        },
      },
    ],
    [
      'a lock that .npmrc tells npm to ignore',
      { ...project({ lodash: '4.17.20' }, lodash), '.npmrc': 'package-lock=false\n' },
      { ...project({ lodash: '4.17.20' }, lodash), '.npmrc': 'fund=false\n' },
    ],
    [
      'dependencies of another form',
      { 'package.json': { dependencies: ['lodash'] }, 'package-lock.json': emptyLock },
      { 'package.json': { dependencies: {} }, 'package-lock.json': emptyLock },
    ],
    [
      'a link to a folder of the tree that is not there',
      Object.fromEntries(
        Object.entries(WORKSPACE).filter(([path]) => path !== 'packages/web/package.json'),
      ),
      WORKSPACE,
    ],
  ])('%s', async (_, open, whole) => {
    expect(await inventory(open)).toMatchObject({ outcome: 'partial' });
    expect(await isDeclaredWhole(open)).toBe(false);
    expect((await inventory(whole)).skips).toEqual([]);
    expect(await isDeclaredWhole(whole)).toBe(true);
  });

  it('and over a lock alone whose own root needs what it lacks', async () => {
    const alone = (root: object, more: object = {}): Promise<Inventory> =>
      inventory({ 'package-lock.json': { lockfileVersion: 3, packages: { '': root, ...more } } });
    const open = await alone({ dependencies: { lodash: '^4.17.0' } });
    expect(open.skips.map(({ location }) => location)).toEqual(['package-lock.json']);
    expect((await alone({ devDependencies: { lodash: '4' } })).outcome).toBe('partial');
    expect((await alone({ dependencies: { lodash: '^4.17.0' } }, lodash)).skips).toEqual([]);
    expect((await alone({ peerDependencies: { lodash: '4' } })).skips).toEqual([]);
  });

  it('and an installation covers only the manifest whose packages it holds', async () => {
    const installed = {
      'node_modules/lodash/package.json': { name: 'lodash', version: '4.17.20' },
    };
    const other = { 'node_modules/other/package.json': { name: 'other', version: '1.0.0' } };
    const whole = { 'package.json': wants('^4.17.0'), ...installed };
    expect((await inventory(whole)).skips).toEqual([]);
    expect((await inventory({ ...whole, 'a/b/package.json': wants('4') })).skips).toEqual([]);
    for (const open of [
      { 'package.json': wants('^4.17.0'), ...other },
      { 'package.json': wants('^4.17.21'), ...installed },
      { ...whole, 'a/package.json': { dependencies: { x: '1' } } },
      { 'package.json': wants('npm:underscore@1'), ...installed },
    ]) {
      const { skips } = await inventory(open);
      expect(skips.map(({ cause }) => cause.code)).toEqual(['FACT_UNKNOWN']);
    }
  });

  it('names the manifest and a package that is missing', async () => {
    const { skips } = await inventory({
      'package.json': { dependencies: { a: '1', b: '1' } },
      'package-lock.json': emptyLock,
    });
    expect(skips.map(({ cause }) => cause.message)).toEqual([
      'package.json: it requires "a" (and 1 more), which package-lock.json does not have so: the two disagree',
    ]);
  });

  it('for any lock and any manifests, complete where deps finds everything pinned', async () => {
    const name = fc.constantFrom('a', 'b');
    const wanted = fc.dictionary(name, fc.constantFrom('1', '^2', '*'), { maxKeys: 2 });
    const packages = fc.dictionary(name, fc.constantFrom('1.0.0', '2.0.0'), { maxKeys: 2 });
    const tree = fc.record({ root: wanted, rootInLock: wanted, web: wanted, packages });
    await fc.assert(
      fc.asyncProperty(tree, fc.boolean(), async (one, isNamed) => {
        const entries = Object.entries(one.packages).map(([name, version]) => [
          `node_modules/${name}`,
          locked(name, version),
        ]);
        const files = {
          'package.json': { dependencies: one.root },
          'web/package.json': { dependencies: one.web },
          'package-lock.json': {
            lockfileVersion: 3,
            packages: {
              '': { dependencies: one.rootInLock },
              ...(isNamed ? { web: { dependencies: one.web } } : {}),
              ...Object.fromEntries(entries),
            },
          },
        };
        const declared = await readProject(files);
        const disagrees = declared.dependencies.some(({ kind, pinned }) => {
          return kind === 'direct' && pinned === 'no';
        });
        const isWhole = declared.outcome === 'complete' && !disagrees;
        expect((await inventory(files)).outcome).toBe(isWhole ? 'complete' : 'partial');
      }),
      { numRuns: 300 },
    );
  });
});

describe('truth A18: a linked folder outside the tree is not nothing', () => {
  const linked = (target: string, folder = ''): Files =>
    Object.fromEntries(
      Object.entries(
        project(
          { d: `file:${target}` },
          {
            [target]: { version: '1.0.0', dependencies: { lodash: '4.17.20' } },
            'node_modules/d': { resolved: target, link: true },
          },
        ),
      ).map(([path, content]) => [folder + path, content]),
    );

  it.each(['../d', '../../x/d', '/srv/d', 'C:\\d', '~/d'])(
    'by a lock of npm: %s',
    async (target) => {
      const { outcome, skips } = await inventory(linked(target));
      expect(outcome).toBe('partial');
      expect(skips.map(({ cause }) => cause.message).join()).toMatch(/"d" is a link to .* outside/);
      expect(await isDeclaredWhole(linked(target))).toBe(false);
    },
  );

  it('also by a lock of version 1, and where only another package requires it', async () => {
    const old = { lockfileVersion: 1, dependencies: { d: { version: 'file:../d' } } };
    const files = {
      'package.json': { dependencies: { d: 'file:../d' } },
      'package-lock.json': old,
    };
    expect((await inventory(files)).outcome).toBe('partial');
  });

  it('but one that another folder of the tree holds is read there', async () => {
    const app = linked('../d', 'apps/web/');
    const whole = { ...app, 'apps/d/package.json': {} };
    expect((await inventory(whole)).skips).toEqual([]);
    expect(await isDeclaredWhole(whole)).toBe(true);
    const open = { ...app, 'apps/d/package.json': wants('4.17.20') };
    expect((await inventory(open)).skips.map(({ location }) => location)).toEqual([
      'apps/d/package.json',
    ]);
    expect((await inventory(app)).outcome).toBe('partial');
    expect(await isDeclaredWhole(app)).toBe(false);
  });
});

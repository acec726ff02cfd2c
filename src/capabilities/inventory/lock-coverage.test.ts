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

describe('truth A6, C02: an inventory is partial over what no lock has, as deps', () => {
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

  it('and over a lock whose own root needs what it lacks', async () => {
    const of = (root: object, more: object = {}): Promise<Inventory> =>
      inventory({
        'package.json': root,
        'package-lock.json': { lockfileVersion: 3, packages: { '': root, ...more } },
      });
    const open = await of({ dependencies: { lodash: '^4.17.0' } });
    expect(open.skips.map(({ location }) => location)).toEqual([
      'package-lock.json',
      'package.json',
    ]);
    expect((await of({ devDependencies: { lodash: '4' } })).outcome).toBe('partial');
    expect((await of({ dependencies: { lodash: '^4.17.0' } }, lodash)).skips).toEqual([]);
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

  it('and an installation whose packages need one that is installed nowhere', async () => {
    const pack = (name: string, more: object = {}): object => ({ name, version: '1.0.0', ...more });
    const tree = (more: Files): Files => ({
      'package.json': { dependencies: { a: '1' } },
      'node_modules/a/package.json': pack('a', { dependencies: { b: '^9' } }),
      ...more,
    });
    const { outcome, skips } = await inventory(tree({}));
    expect([outcome, skips.map(({ cause }) => cause.message)]).toEqual([
      'partial',
      ['node_modules/a/package.json: it needs "b", which is installed nowhere above it'],
    ]);
    for (const place of ['node_modules/b', 'node_modules/a/node_modules/b'])
      expect((await inventory(tree({ [`${place}/package.json`]: pack('b') }))).skips).toEqual([]);
    const below = { 'node_modules/c/node_modules/b/package.json': pack('b') };
    expect((await inventory(tree(below))).outcome).toBe('partial');
    const more = { optionalDependencies: { b: '1' }, peerDependencies: { p: '1' } };
    const optional = { 'node_modules/a/package.json': pack('a', more) };
    expect((await inventory({ ...tree({}), ...optional })).skips).toEqual([]);
  });

  it('but not over links to where a package manager keeps one that many need', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `a${at}`);
    const store = (name: string): string => `node_modules/.pnpm/${name}@1/node_modules`;
    const files: Record<string, string | { readonly link: string }> = {
      'node_modules/z/package.json': JSON.stringify({ name: 'z', version: '1.0.0' }),
      'package.json': JSON.stringify({ dependencies: { z: '1' } }),
      [`${store('b')}/b/package.json`]: JSON.stringify({ name: 'b', version: '1.0.0' }),
    };
    for (const name of names) {
      const needs = { name, version: '1.0.0', dependencies: { b: '1' } };
      files[`${store(name)}/${name}/package.json`] = JSON.stringify(needs);
      files[`${store(name)}/b`] = { link: '../../b@1/node_modules/b' };
      files[`node_modules/${name}`] = { link: `.pnpm/${name}@1/node_modules/${name}` };
    }
    expect((await inventoryTree(makeTree(files), '.')).skips).toEqual([]);
  });

  it.each(['bundleDependencies', 'bundledDependencies'])(
    'and a manifest that names what it requires only in %s',
    async (member) => {
      const open = { 'package.json': { [member]: ['lodash'] } };
      expect((await inventory(open)).outcome).toBe('partial');
      expect((await readProject(open)).dependencies.map(({ name }) => name)).toEqual(['lodash']);
      const locks = {
        'package-lock.json': { lockfileVersion: 3, packages: { '': {}, ...lodash } },
      };
      expect((await inventory({ ...open, ...locks })).skips).toEqual([]);
      expect(await isDeclaredWhole({ ...open, ...locks })).toBe(true);
      for (const all of [true, false, []])
        expect((await inventory({ 'package.json': { [member]: all } })).skips).toEqual([]);
      expect((await inventory({ 'package.json': { [member]: 'lodash' } })).outcome).toBe('partial');
    },
  );

  it.each([1, 3])('and a lock of version %i without a manifest', async (lockfileVersion) => {
    const entry = locked('lodash', '4.17.20');
    const part =
      lockfileVersion === 1
        ? { dependencies: { lodash: entry } }
        : { packages: { '': wants('4.17.20'), 'node_modules/lodash': entry } };
    const alone = { 'package-lock.json': { lockfileVersion, ...part } };
    const { skips } = await inventory(alone);
    expect(skips.map(({ cause }) => cause.message)).toEqual([
      'package-lock.json: there is no readable package.json beside it',
    ]);
    expect(await isDeclaredWhole(alone)).toBe(false);
    const whole = { ...alone, 'package.json': wants('4.17.20') };
    expect((await inventory(whole)).skips).toEqual([]);
    expect(await isDeclaredWhole(whole)).toBe(true);
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

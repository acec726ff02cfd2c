import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { type Files, readProject } from '../../../../../test/support/npm-project.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';

const NEEDS_LEFT = { dependencies: { left: '^1.0.0' } };
const inventory = (files: Files) => {
  const texts = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]);
  const tree = makeTree(Object.fromEntries(texts) as Record<string, string>);
  return inventoryTree(tree, 'tree', { target: 'source-tree' });
};

describe('D20, D12: what a manifest without a lock requires', () => {
  it.each<readonly [string, string, Files]>([
    ['a member of the workspace', 'workspace:*', {}],
    ['a member by its version', 'workspace:^1.0.0', {}],
    ['a folder', 'file:./lib', { 'lib/package.json': { name: 'lib' } }],
    ['a folder above, in the tree', 'link:lib', { 'lib/package.json': {} }],
  ])('%s is a part of the tree, and nothing that is not pinned', async (_, spec, more) => {
    const files = { 'package.json': { dependencies: { lib: spec } }, ...more };
    expect(await readProject(files)).toMatchObject({
      outcome: 'complete',
      dependencies: [],
      problems: [],
    });
    expect((await inventory(files)).outcome).toBe('complete');
  });

  it.each([
    ['file:../lib', 'unknown', /outside this tree/],
    ['file:/srv/lib', 'unknown', /outside this tree/],
    ['file:./lib.tgz', 'no', /no lock/],
    ['^1.0.0', 'no', /no lock/],
  ] as const)('%s is not: pinned is %s', async (spec, pinned, why) => {
    const declared = await readProject({ 'package.json': { dependencies: { lib: spec } } });
    expect(declared.dependencies).toMatchObject([{ pinned, why: expect.stringMatching(why) }]);
    expect(declared.outcome).toBe('partial');
  });

  it('a folder that is not here leaves the reading partial', async () => {
    const declared = await readProject({ 'package.json': { dependencies: { lib: 'file:./lib' } } });
    expect(declared.problems.map(({ cause }) => cause.message)).toEqual([
      expect.stringContaining('"lib" is the folder "lib", which has no package.json'),
    ]);
  });

  it.each([
    ['pnpm-lock.main.yaml', 'pnpm-lock'],
    ['bun.lockb', 'bun-lock'],
  ])('is pinned in an unknown way where %s is, which is not read', async (lock, kind) => {
    for (const place of ['package.json', 'packages/a/package.json']) {
      const declared = await readProject({ [place]: NEEDS_LEFT, [lock]: 'x' });
      expect(declared).toMatchObject({
        outcome: 'partial',
        dependencies: [{ pinned: 'unknown', why: `${lock} may pin it, and is not read here` }],
        problems: [],
        notLookedAt: [{ kind, places: [lock] }],
      });
    }
    const beside = await readProject({ 'a/package.json': NEEDS_LEFT, [`b/${lock}`]: 'x' });
    expect(beside.dependencies).toMatchObject([{ pinned: 'no' }]);
  });

  it.each(['yarn.lock', 'pnpm-lock.yaml', 'bun.lock'])(
    'is pinned in an unknown way where %s cannot be read',
    async (lock) => {
      expect(await readProject({ 'package.json': NEEDS_LEFT, [lock]: 'x' })).toMatchObject({
        outcome: 'partial',
        dependencies: [{ pinned: 'unknown', why: `${lock} may pin it, and is not read here` }],
        problems: [{ location: lock }],
      });
    },
  );
});

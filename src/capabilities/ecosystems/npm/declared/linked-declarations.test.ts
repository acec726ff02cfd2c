import { describe, expect, it } from 'vitest';
import { SHA512 } from '../../../../../test/support/linked-locks.ts';
import { findDependency, readProject } from '../../../../../test/support/npm-project.ts';

const bun = (wanted: object, packages: object): Record<string, unknown> => ({
  'package.json': { name: 'shop', dependencies: wanted },
  'bun.lock': {
    lockfileVersion: 1,
    workspaces: { '': { name: 'shop', dependencies: wanted } },
    packages,
  },
});
const a = ['a@1.0.0', '', {}, SHA512];

describe('D20, B10: what the manifest of a lock of another package manager requires', () => {
  it('is not pinned in a version that its range does not allow', async () => {
    const declared = await readProject(bun({ a: '^2.0.0' }, { a }));
    expect(findDependency(declared, 'a')).toMatchObject({
      pinned: 'no',
      why: 'bun.lock has 1.0.0, which "^2.0.0" does not allow: the two disagree',
    });
    expect(findDependency(await readProject(bun({ a: '^1.0.0' }, { a })), 'a')).toMatchObject({
      pinned: 'yes',
      why: 'locked with its hash in bun.lock',
    });
  });

  it('leaves what nothing requires unpinned', async () => {
    const declared = await readProject(bun({ a: '1' }, { a, b: ['b@1.0.0', '', {}, SHA512] }));
    expect(findDependency(declared, 'b')).toMatchObject({
      pinned: 'no',
      why: 'nothing requires it: bun.lock disagrees with its manifest',
    });
  });

  it.each([
    ['a whole commit', 'ab'.repeat(20), 'yes', 'locked to a commit in bun.lock'],
    ['a few digits of one', 'abababa', 'unknown', 'bun.lock names no whole commit'],
  ])('is pinned by %s: %s', async (_, commit, pinned, why) => {
    const spec = 'github:o/a';
    const declared = await readProject(bun({ a: spec }, { a: [`a@${spec}#${commit}`, {}, 'x'] }));
    expect(findDependency(declared, 'a')).toMatchObject({
      ...{ pinned, registry: 'github/o/a', registryFrom: 'lock' },
      why: expect.stringContaining(why),
    });
  });

  it('is open where there is no hash, and refused where the archive is another', async () => {
    const none = await readProject(bun({ a: '1' }, { a: ['a@1.0.0', '', {}] }));
    expect(findDependency(none, 'a')).toMatchObject({ pinned: 'unknown' });
    const address = 'https://r.example.com/b/-/b-1.0.0.tgz';
    const other = await readProject(bun({ a: '1' }, { a: ['a@1.0.0', address, {}, SHA512] }));
    expect(findDependency(other, 'a')).toMatchObject({ pinned: 'no' });
  });
});

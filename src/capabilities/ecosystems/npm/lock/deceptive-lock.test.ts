import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { INTEGRITY as integrity } from '../../../../../test/support/npm-project.ts';
import { readDeclaredDependencies } from '../../../inventory/declared-dependencies.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';

type Fields = Readonly<Record<string, unknown>>;

const locked = (name: string, version: string): Fields => ({
  version,
  resolved: `https://registry.example.com/${name}/-/${name}-${version}.tgz`,
  integrity,
});

const root = { name: 'shop', dependencies: { left: '1.0.0' } };
const packages = { '': root, 'node_modules/left': locked('left', '1.0.0') };
const dependencies = { left: locked('left', '1.0.0') };

/** What an inventory and the declared dependencies say about one lock. */
async function readBoth(lock: Fields) {
  const tree = makeTree({
    'package.json': JSON.stringify(root),
    'package-lock.json': JSON.stringify({ name: 'shop', ...lock }),
  });
  const inventory = await inventoryTree(tree, '.');
  const declared = await readDeclaredDependencies(tree);
  return {
    outcomes: [inventory.outcome, declared.outcome],
    components: inventory.components.map(({ name, version }) => `${name}@${version}`),
    reasons: inventory.skips.map(({ cause }) => cause.message),
    problems: declared.problems.map(({ cause }) => cause.message),
  };
}

describe('B2 D12: an inventory is partial over a lock that npm versions read differently', () => {
  it('version 2 whose dependencies name a package that packages lacks', async () => {
    const honest = await readBoth({ lockfileVersion: 2, packages, dependencies });
    expect(honest).toMatchObject({ outcomes: ['complete', 'complete'], reasons: [] });
    const evil = { ...dependencies, evil: locked('evil', '6.6.6') };
    const read = await readBoth({ lockfileVersion: 2, packages, dependencies: evil });
    expect(read).toMatchObject({
      outcomes: ['partial', 'partial'],
      components: ['left@1.0.0'],
      reasons: [expect.stringContaining('"node_modules/evil"')],
    });
    expect(read.problems).toContain(read.reasons[0]);
  });

  it.each([
    ['another version', { ...locked('left', '1.0.0'), version: '1.0.1' }],
    ['another archive', { ...locked('left', '1.0.0'), resolved: 'https://evil.example/left.tgz' }],
  ])('version 2 whose dependencies state %s of a package', async (_, left) => {
    const read = await readBoth({ lockfileVersion: 2, packages, dependencies: { left } });
    expect(read).toMatchObject({ outcomes: ['partial', 'partial'], components: ['left@1.0.0'] });
    expect(read.problems).toContain(read.reasons[0]);
  });

  it.each([
    ['has no version', { resolved: 'https://evil.example/evil.tgz' }],
    ['is not an object', 'https://evil.example/evil.tgz'],
  ])('version 2 whose dependencies have an entry that %s', async (_, evil) => {
    const lock = { lockfileVersion: 2, packages, dependencies: { ...dependencies, evil } };
    const read = await readBoth(lock);
    expect(read).toMatchObject({
      outcomes: ['partial', 'partial'],
      components: ['left@1.0.0'],
      reasons: [expect.stringContaining('"node_modules/evil"')],
    });
    expect(read.problems).toContain(read.reasons[0]);
  });

  it('version 1 with packages, which newer npm reads', async () => {
    const honest = await readBoth({ lockfileVersion: 1, dependencies });
    expect(honest).toMatchObject({ outcomes: ['complete', 'complete'], reasons: [] });
    const read = await readBoth({ lockfileVersion: 1, packages, dependencies });
    expect(read).toMatchObject({
      outcomes: ['partial', 'partial'],
      components: ['left@1.0.0'],
      reasons: [expect.stringContaining('says version 1 and has packages')],
    });
    expect(read.problems).toContain(read.reasons[0]);
  });

  it('version 2 without packages, or version 3', async () => {
    const honest = await readBoth({ lockfileVersion: 3, packages });
    expect(honest).toMatchObject({ outcomes: ['complete', 'complete'], reasons: [] });
    for (const lockfileVersion of [2, 3]) {
      const read = await readBoth({ lockfileVersion, dependencies });
      expect(read).toMatchObject({
        outcomes: ['partial', 'partial'],
        components: ['left@1.0.0'],
        reasons: [expect.stringContaining('has no packages')],
      });
      expect(read.problems).toContain(read.reasons[0]);
    }
  });
});

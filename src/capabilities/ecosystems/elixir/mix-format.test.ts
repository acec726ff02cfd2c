import { expect, it } from 'vitest';
import { makeTree } from '../../../../test/support/images.ts';
import { readDeclaredDependencies } from '../../inventory/declared-dependencies.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';

it.each([
  ['{:d, path: "../d"}', 'partial'],
  ['{:d, "~> 1.0", path: "/srv/d", only: :dev}', 'partial'],
  ['{:d, path: "apps/d"}', 'complete'],
  ['# {:d, path: "../d"}', 'complete'],
])('truth A18: what mix takes from a folder, %s, makes an inventory %s', async (need, outcome) => {
  const tree = makeTree({
    'mix.exs': `defp deps do\n  [\n    ${need}\n  ]\nend\n`,
    'mix.lock': '%{\n}\n',
    'apps/d/mix.exs': 'defp deps do\n  []\nend\n',
  });
  const inventory = await inventoryTree(tree, '.', { target: 'source-tree' });
  expect(inventory.outcome).toBe(outcome);
  expect((await readDeclaredDependencies(tree)).outcome).toBe(outcome);
});

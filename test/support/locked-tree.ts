import type { DeclaredDependency } from '../../src/capabilities/ecosystems/index.ts';
import { readDeclaredDependencies } from '../../src/capabilities/inventory/declared-dependencies.ts';
import { inventoryTree } from '../../src/capabilities/inventory/inventory-tree.ts';
import { makeTree } from './images.ts';

type TreeFiles = Parameters<typeof makeTree>[0];

/** What an inventory and the declared dependencies say about one tree, as short texts. */
export async function readLockedTree(files: TreeFiles) {
  const tree = makeTree(files);
  const inventory = await inventoryTree(tree, '.');
  const declared = await readDeclaredDependencies(tree);
  return {
    outcomes: [inventory.outcome, declared.outcome],
    components: inventory.components.map(({ purl }) => purl),
    inventory,
    direct: inventory.direct,
    reasons: inventory.skips.map(({ cause }) => cause.message),
    problems: declared.problems.map(({ cause }) => cause.message),
    declared: declared.dependencies.map(describeDeclared),
    dependencies: declared.dependencies,
  };
}

/** `file:line name version kind pinned registry registryFrom`, with `dev` for development. */
function describeDeclared(dependency: DeclaredDependency): string {
  const { place, name, version, kind, pinned, registry, registryFrom } = dependency;
  const words = [`${place.file}:${place.line}`, name, version ?? '-', kind, pinned];
  return [...words, registry ?? '-', registryFrom, ...(dependency.development ? ['dev'] : [])].join(
    ' ',
  );
}

/** The inventory of a root file system, as package URLs, with why it is partial. */
export async function readInstalled(files: TreeFiles) {
  const { components, outcome, skips, found } = await inventoryTree(makeTree(files), '.', {
    target: 'root-file-system',
  });
  return {
    outcome,
    found,
    components: components.map(({ purl }) => purl),
    licenses: components.map(({ licenses }) => licenses.join()),
    reasons: skips.map(({ cause }) => cause.message),
  };
}

import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type { DeclaredDependencies, Inventory } from '../../capabilities/ecosystems/index.ts';
import {
  type FileTree,
  inventoryTree,
  readDeclaredDependencies,
} from '../../capabilities/inventory/index.ts';
import { type Finding, type ScanReport, scanInventory } from '../../capabilities/scanning/index.ts';
import type { Instant } from '../../core/instant.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import { orThrow } from '../../core/result.ts';

export interface SourcePorts {
  readonly advisories: AdvisoryIndex;
  readonly now: Instant;
  readonly signal?: AbortSignal;
  /** For each document of the tree. */
  readonly reading: ReadingBudget;
}

/** What was read from one source tree, before any gate asks about it. */
export interface SourceAnalysis {
  readonly declared: DeclaredDependencies;
  readonly inventory: Inventory;
  readonly report: ScanReport;
}

/**
 * Declared dependencies, the inventory of the locked packages, and its findings. The tree is read
 * as it is given: for a commit it consists of git objects, never of the work tree beside them.
 */
export async function readSource(
  tree: FileTree,
  name: string,
  ports: SourcePorts,
): Promise<SourceAnalysis> {
  const { signal, reading } = ports;
  const options = { reading, ...(signal === undefined ? {} : { signal }) };
  const declared = await readDeclaredDependencies(tree, options);
  const inventory = await inventoryTree(tree, name, { target: 'source-tree', ...options });
  const report = orThrow(await scanInventory(inventory, ports.advisories, { now: ports.now }));
  return { declared, inventory, report };
}

/** The findings that may hold, by the purl of the component. */
export function groupFindingsByPurl({
  report,
}: SourceAnalysis): ReadonlyMap<string, readonly Finding[]> {
  return Map.groupBy(
    report.findings.filter(({ status }) => status !== 'not_affected'),
    ({ component }) => component,
  );
}

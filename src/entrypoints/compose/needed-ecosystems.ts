import { orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { findGraphPlace } from './graph-place.ts';
import type { TargetContext } from './take-inventory.ts';

/** An ecosystem whose advisories are needed, and for what: `graph`, `configuration`, a target. */
export type NeededEcosystems = ReadonlyMap<string, readonly string[]>;

export interface NamedNeeds {
  readonly ecosystems: readonly string[];
  readonly targets: readonly string[];
}

/**
 * The ecosystems that the graph's components, the configured targets and those of the call are
 * looked up in, by the names of their feeds. Fails as the inventory of a target fails.
 */
export async function findNeededEcosystems(
  config: Config,
  wanted: NamedNeeds,
  context: Omit<TargetContext, 'config'>,
): Promise<NeededEcosystems> {
  const { takeFamily } = await import('../../capabilities/advisories/index.ts');
  const { listGraphEcosystems } = await import('../../adapters/graph-sql/log/index.ts');
  const { isInOsv } = await import('../../capabilities/scanning/index.ts');
  const needed = new Map<string, string[]>();
  const add = (ecosystems: readonly string[], why: string): void => {
    for (const family of new Set(ecosystems.map(takeFamily)))
      needed.set(family, [...(needed.get(family) ?? []), why]);
  };
  const known = orThrow(await listGraphEcosystems(findGraphPlace(config)));
  // mutant graph-needs-what-no-export-has by update-advisories: value -> known
  add(
    known.filter((ecosystem) => isInOsv(takeFamily(ecosystem))),
    'graph',
  );
  add(config.updates.ecosystems, 'configuration');
  add(wanted.ecosystems, '--ecosystem');
  for (const target of [...config.updates.targets, ...wanted.targets]) {
    const { takeInventory } = await import('./take-inventory.ts');
    const { listNeededEcosystems } = await import('../../capabilities/scanning/index.ts');
    const { inventory } = await takeInventory(target, { ...context, config });
    add(listNeededEcosystems(inventory), target);
  }
  return needed;
}

import { findAddress, takeFamily } from '../advisories/index.ts';
import type { Inventory } from '../ecosystems/index.ts';
import { readSurroundings } from './scan.ts';

/**
 * The ecosystems of advisories in which a scan looks up the components of an inventory, as feeds
 * are published: without the release of a distribution.
 *
 * @example listNeededEcosystems(inventory) // ['Debian', 'npm']
 */
export function listNeededEcosystems(inventory: Inventory): readonly string[] {
  const surroundings = readSurroundings(inventory);
  const needed = new Set<string>();
  for (const component of inventory.components) {
    const found = findAddress(component, surroundings);
    if (found.kind === 'not-covered') continue;
    for (const family of found.address.ecosystems.map(takeFamily))
      if (isInOsv(family)) needed.add(family);
  }
  return [...needed].sort();
}

/** Whether an export of OSV may have it, by the name of an ecosystem without a release. */
export function isInOsv(family: string): boolean {
  return !NOT_IN_OSV.has(family);
}

/** What other publishers have. */
const NOT_IN_OSV: ReadonlySet<string> = new Set(['NVD', 'Microsoft']);

import type { Component, Inventory } from '../../ecosystems/index.ts';

/** What can be left out of an SBOM before it is given away. */
export type Redactable = 'locations' | 'origins' | 'suppliers' | 'layers' | 'skips';

/**
 * The inventory without what tells how and where the software is built. No component and no
 * dependency is taken away, so that everything that is found in the one is found in the other.
 *
 * @example redactInventory(inventory, new Set(['locations']))
 */
export function redactInventory(inventory: Inventory, what: ReadonlySet<Redactable>): Inventory {
  const { notes: _, ...rest } = inventory;
  return {
    ...rest,
    components: inventory.components.map((component) => redactComponent(component, what)),
    // What could not be read is still not known, wherever it is.
    outcome: inventory.outcome,
    skips: what.has('skips') ? [] : inventory.skips.map((skip) => redactSkip(skip, what)),
  };
}

function redactComponent(component: Component, what: ReadonlySet<Redactable>): Component {
  const { licensesFrom, supplier, ...rest } = component;
  return {
    ...rest,
    ...(licensesFrom === undefined || what.has('locations') ? {} : { licensesFrom }),
    ...(supplier === undefined || what.has('suppliers') ? {} : { supplier }),
    locations: what.has('locations') ? [] : component.locations,
    origin: what.has('origins') ? null : component.origin,
    layer: what.has('layers') ? null : component.layer,
  };
}

function redactSkip(
  skip: Inventory['skips'][number],
  what: ReadonlySet<Redactable>,
): Inventory['skips'][number] {
  return what.has('locations') ? { ...skip, location: 'redacted' } : skip;
}

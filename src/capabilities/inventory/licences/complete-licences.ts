import { formatCount } from '../../../core/count.ts';
import type { Purl } from '../../../core/purl.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';

/** Licences that something beside the subject states, and where it does. */
export interface StatedLicences {
  /** SPDX expressions that all apply. */
  readonly licenses: readonly string[];
  /** As it is shown: `mod/golang.org/x/net@v0.45.0/LICENSE`. */
  readonly place: string;
}

/** A folder of packages or an SBOM: it states licences of the same versions of packages. */
export interface LicenceSource {
  readonly name: string;
  /** What it states of some of the components; of others it states nothing that is understood. */
  find(components: readonly Component[]): Promise<ReadonlyMap<Purl, StatedLicences>>;
}

/**
 * Adds licences to components that declare none, from the first source that states some; each says
 * from where. What a component declares is never changed, and what no source states stays unknown.
 */
export async function completeLicences(
  inventory: Inventory,
  sources: readonly LicenceSource[],
): Promise<Inventory> {
  const stated = new Map<Purl, StatedLicences>();
  const notes: string[] = [];
  for (const source of sources) {
    const open = inventory.components.filter(
      // mutant licence-that-the-component-declares by licences: remove operand 1
      ({ purl, licenses }) => licenses.length === 0 && !stated.has(purl),
    );
    const found = await source.find(open);
    for (const [purl, one] of found) stated.set(purl, one);
    const count = formatCount(found.size, 'component');
    notes.push(`the licences of ${count} are those that ${source.name} states`);
  }
  const components = inventory.components.map((component): Component => {
    const one = stated.get(component.purl);
    if (one === undefined) return component;
    return { ...component, licenses: one.licenses, licensesFrom: one.place };
  });
  return { ...inventory, components, notes: [...(inventory.notes ?? []), ...notes] };
}

/** The licences that an SBOM states of packages, by their exact package URLs. */
export function createSbomLicences(name: string, { components }: Inventory): LicenceSource {
  const stated = new Map(
    components.map(({ purl, licenses }) => [purl, { licenses, place: name }] as const),
  );
  return {
    name,
    find: async (open) =>
      new Map(
        open.flatMap(({ purl }) => {
          const one = stated.get(purl);
          // mutant licence-that-an-sbom-does-not-state by licences: remove operand 2
          return one === undefined || one.licenses.length === 0 ? [] : [[purl, one] as const];
        }),
      ),
  };
}

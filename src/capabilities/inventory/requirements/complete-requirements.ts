import { formatCount } from '../../../core/count.ts';
import { type Purl, parsePurl } from '../../../core/purl.ts';
import {
  type Component,
  type Ecosystem,
  findByPurlType,
  type Inventory,
  type RequirementPlace,
} from '../../ecosystems/index.ts';
import type { FileTree } from '../port.ts';

/** A folder of packages, such as the module cache of Go, and how it is shown. */
export interface PackageFolder {
  readonly name: string;
  readonly tree: FileTree;
}

interface Place {
  readonly ecosystem: Ecosystem;
  readonly component: Component;
  readonly place: RequirementPlace;
}

/**
 * Adds which component needs which, from what packages state of themselves in folders beside the
 * subject; the first folder that has a package counts for it. What a package only lists for others
 * counts where nothing else needs it: else the shortest way would leave out what lies between.
 */
export async function completeRequirements(
  inventory: Inventory,
  folders: readonly PackageFolder[],
): Promise<Inventory> {
  const places = inventory.components.flatMap(findPlace);
  const names = nameComponents(places);
  const needs = new Map<Purl, Set<Purl>>();
  const listed: (readonly [Purl, Purl])[] = [];
  let read = 0;
  for (const { ecosystem, component, place } of places) {
    const found = await readPlace(place, folders);
    if (found === null) continue;
    read += 1;
    const find = (name: string): readonly Purl[] =>
      (names.get(`${ecosystem.name} ${name}`) ?? [])
        .filter((to) => to.purl !== component.purl && areTogether(component, to))
        .map(({ purl }) => purl);
    needs.set(component.purl, new Set(found.own.flatMap(find)));
    for (const to of found.listed.flatMap(find)) listed.push([component.purl, to]);
  }
  const needed = new Set([...(inventory.direct ?? []), ...[...needs.values()].flatMap(listAll)]);
  // mutant requirement-that-is-only-listed by package-requirements: condition -> true
  for (const [from, to] of listed) if (!needed.has(to)) needs.get(from)?.add(to);
  const components = inventory.components.map((component) => addNeeds(component, needs));
  return { ...inventory, components, notes: [...(inventory.notes ?? []), note(read, places)] };

  function note(count: number, all: readonly Place[]): string {
    const shown = folders.map(({ name }) => name).join(', ');
    const what = formatCount(all.length, 'component');
    return `what needs what of ${count} of ${what} is what ${shown} states`;
  }
}

function findPlace(component: Component): readonly Place[] {
  const parts = parsePurl(component.purl);
  const ecosystem = parts.ok ? findByPurlType(parts.value.type) : null;
  const place = ecosystem?.findRequirements?.(component) ?? null;
  return ecosystem === null || place === null ? [] : [{ ecosystem, component, place }];
}

function nameComponents(places: readonly Place[]): ReadonlyMap<string, readonly Component[]> {
  const names = new Map<string, Component[]>();
  for (const { ecosystem, component } of places) {
    const key = `${ecosystem.name} ${component.name}`;
    const known = names.get(key) ?? [];
    // mutant requirement-of-very-many-versions by package-requirements: condition -> true
    if (known.length < VERSIONS_MAX) known.push(component);
    names.set(key, known);
  }
  return names;
}

/** Projects of one tree use a few; a document with very many names no project. */
const VERSIONS_MAX = 100;

/** Two projects of one tree may use different versions: what is found in the same file counts. */
function areTogether({ locations }: Component, other: Component): boolean {
  // mutant requirement-of-another-project by package-requirements: value -> true
  return locations.length === 0 || locations.some((place) => other.locations.includes(place));
}

/** Null where no folder has it, or what one has is not understood. */
async function readPlace(
  { path, bytesMax, read }: RequirementPlace,
  folders: readonly PackageFolder[],
) {
  for (const { tree } of folders) {
    const bytes = await tree.read(path, bytesMax);
    const found = bytes.ok ? read(bytes.value) : null;
    if (found?.ok === true) return found.value;
  }
  return null;
}

function listAll(purls: ReadonlySet<Purl>): readonly Purl[] {
  return [...purls];
}

function addNeeds(component: Component, needs: ReadonlyMap<Purl, ReadonlySet<Purl>>): Component {
  const added = needs.get(component.purl);
  if (added === undefined || added.size === 0) return component;
  const dependsOn = [...new Set([...component.dependsOn, ...added])].sort();
  return { ...component, dependsOn };
}

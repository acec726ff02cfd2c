import type { Purl } from '../../../core/purl.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';

/** What one inventory has and another has not, by package: a version is a change of a package. */
export interface InventoryDifference {
  readonly added: readonly Purl[];
  readonly removed: readonly Purl[];
  /** One version took the place of another. */
  readonly changed: readonly { readonly from: Purl; readonly to: Purl }[];
  /** The same version, and something else is said about it. */
  readonly altered: readonly AlteredComponent[];
}

export interface AlteredComponent {
  readonly purl: Purl;
  readonly what: 'licences' | 'hashes' | 'dependencies' | 'development';
  readonly before: string;
  readonly after: string;
}

/** @example diffInventories(before, after).added */
export function diffInventories(before: Inventory, after: Inventory): InventoryDifference {
  const [old, now] = [indexComponents(before), indexComponents(after)];
  const gone = [...old.keys()].filter((purl) => !now.has(purl));
  const come = [...now.keys()].filter((purl) => !old.has(purl));
  const [goneBy, comeBy] = [groupByPackage(gone), groupByPackage(come)];
  const changed: { from: Purl; to: Purl }[] = [];
  const paired = new Set<Purl>();
  for (const [name, [from, ...others]] of goneBy) {
    const [to, ...more] = comeBy.get(name) ?? [];
    // Of several versions it is unknown which took the place of which.
    if (from === undefined || to === undefined || others.length > 0 || more.length > 0) continue;
    changed.push({ from, to });
    paired.add(from).add(to);
  }
  const altered = [...now].flatMap(([purl, component]) => {
    const known = old.get(purl);
    return known === undefined ? [] : listAlterations(known, component);
  });
  return {
    added: come.filter((purl) => !paired.has(purl)),
    removed: gone.filter((purl) => !paired.has(purl)),
    changed,
    altered,
  };
}

function indexComponents({ components }: Inventory): ReadonlyMap<Purl, Component> {
  return new Map(components.map((component) => [component.purl, component]));
}

function groupByPackage(purls: readonly Purl[]): ReadonlyMap<string, readonly Purl[]> {
  return Map.groupBy(purls, (purl) => purl.replace(/@[^@?#]*(?=[?#]|$)/, ''));
}

/** Hashes and licences count where both say something: silence is no difference. */
function listAlterations(before: Component, after: Component): readonly AlteredComponent[] {
  const pairs = [
    ['licences', listTexts(before.licenses), listTexts(after.licenses)],
    ['hashes', ...listSharedHashes(before, after)],
    ['dependencies', listTexts(before.dependsOn), listTexts(after.dependsOn)],
    ['development', String(before.development), String(after.development)],
  ] as const;
  return pairs.flatMap(([what, one, other]) =>
    one === other ? [] : [{ purl: after.purl, what, before: one, after: other }],
  );
}

function listTexts(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join(', ');
}

function listSharedHashes(before: Component, after: Component): readonly [string, string] {
  const shared = Object.keys(before.hashes)
    .filter((key) => Object.hasOwn(after.hashes, key))
    .sort();
  const show = ({ hashes }: Component): string =>
    shared.map((key) => `${key}:${String(new Map(Object.entries(hashes)).get(key))}`).join(', ');
  return [show(before), show(after)];
}

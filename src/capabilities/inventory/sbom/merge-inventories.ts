import { Failure } from '../../../core/failure.ts';
import type { Purl } from '../../../core/purl.ts';
import type { Component, Inventory, Skip } from '../../ecosystems/index.ts';

/**
 * The inventory of several parts as one: a component that several have is listed once, with what
 * each says about it. It is complete only if each of them is.
 *
 * @example mergeInventories([web, worker], 'shop')
 */
export function mergeInventories(
  parts: readonly [Inventory, ...Inventory[]],
  name: string,
): Inventory {
  const merged = new Map<Purl, Component>();
  const skips: Skip[] = parts.flatMap((part) => part.skips);
  for (const { components } of parts)
    for (const component of components) {
      const known = merged.get(component.purl);
      merged.set(component.purl, known === undefined ? component : join(known, component, skips));
    }
  const isWhole = parts.every(({ outcome }) => outcome === 'complete') && skips.length === 0;
  const [{ os }, ...others] = parts;
  const isOneSystem = others.every((part) => JSON.stringify(part.os) === JSON.stringify(os));
  return {
    subject: { name, digest: null },
    os: isOneSystem ? os : null,
    components: [...merged.values()].sort((one, other) => (one.purl < other.purl ? -1 : 1)),
    outcome: isWhole ? 'complete' : 'partial',
    skips,
    found: [...new Set(parts.flatMap(({ found }) => found))].sort(),
  };
}

/** Two that disagree about a hash are about two things: neither hash counts, and that is said. */
function join(one: Component, other: Component, skips: Skip[]): Component {
  const hashes = new Map(Object.entries(one.hashes));
  for (const [algorithm, value] of Object.entries(other.hashes)) {
    const known = hashes.get(algorithm);
    // mutant merge-of-two-hashes by sbom-commands: condition -> false
    if (known !== undefined && known !== value) {
      skips.push(skipDisagreement(one.purl, algorithm));
      hashes.delete(algorithm);
    } else hashes.set(algorithm, value);
  }
  return {
    ...one,
    licenses: unite(one.licenses, other.licenses),
    source: one.source ?? other.source,
    locations: unite(one.locations, other.locations),
    layer: one.layer ?? other.layer,
    hashes: Object.fromEntries(hashes),
    origin: one.origin ?? other.origin,
    dependsOn: [...unite(one.dependsOn, other.dependsOn)].sort(),
    development: one.development && other.development,
  };
}

function unite<T>(one: readonly T[], other: readonly T[]): readonly T[] {
  return [...new Set([...one, ...other])];
}

function skipDisagreement(purl: Purl, algorithm: string): Skip {
  return {
    location: 'merge',
    cause: new Failure(
      'FACT_UNKNOWN',
      `the parts disagree about the ${algorithm} of ${purl}`,
      'Find out which file each part has: the same version was built twice or changed.',
    ),
  };
}

import type { Purl } from '../../core/purl.ts';
import type { Inventory } from '../ecosystems/index.ts';

type Requirements = Pick<Inventory, 'components' | 'direct'>;

/**
 * For each component the shortest way from what the subject itself requires: the direct requirement
 * first, the component last. Nothing for a component that no known relation leads to. Takes time in
 * proportion to the relations.
 */
export function findDependencyPaths({
  components,
  direct = [],
}: Requirements): (purl: Purl) => readonly Purl[] | null {
  const dependencies = new Map(components.map(({ purl, dependsOn }) => [purl, dependsOn]));
  const from = new Map<Purl, Purl | null>();
  const queue = direct.filter((purl) => dependencies.has(purl));
  for (const purl of queue) from.set(purl, null);
  // The list grows while it is walked: breadth first.
  for (const purl of queue)
    for (const next of dependencies.get(purl) ?? [])
      if (!from.has(next) && dependencies.has(next)) {
        from.set(next, purl);
        queue.push(next);
      }
  return (purl) => {
    if (!from.has(purl)) return null;
    const path: Purl[] = [];
    for (let at: Purl | null = purl; at !== null; at = from.get(at) ?? null) path.push(at);
    return path.reverse();
  };
}

/** The ways by which a component comes in. */
export interface DependencyPaths {
  /** The shortest from each start, shortest first; each begins with the start. */
  readonly paths: readonly (readonly Purl[])[];
  /** Starts whose paths are not among them. */
  readonly more: number;
  /**
   * Where paths start: `direct` at what the subject itself requires; where nothing says that,
   * `not-required` at components that no other one requires.
   */
  readonly from: 'direct' | 'not-required';
}

/**
 * The shortest way to a component from each component where a way starts. Takes time in proportion
 * to the relations.
 */
export function listDependencyPaths(
  { components, direct }: Requirements,
  wanted: Purl,
  pathsMax: number,
): DependencyPaths {
  const requiredBy = new Map<Purl, Purl[]>(components.map(({ purl }) => [purl, []]));
  for (const { purl, dependsOn } of components)
    for (const next of dependsOn) if (next !== purl) requiredBy.get(next)?.push(purl);
  const starts =
    direct === undefined
      ? components.flatMap(({ purl }) => (requiredBy.get(purl)?.length === 0 ? [purl] : []))
      : direct;
  // For each component the next step to the wanted one: from there backwards, breadth first.
  const towards = new Map<Purl, Purl | null>([[wanted, null]]);
  for (const [purl] of towards)
    for (const user of requiredBy.get(purl) ?? []) if (!towards.has(user)) towards.set(user, purl);
  const lengths = measureWays(towards);
  const reaching = [...new Set(starts)]
    .filter((start) => requiredBy.has(start) && towards.has(start))
    .sort((one, other) => (lengths.get(one) ?? 0) - (lengths.get(other) ?? 0));
  return {
    paths: reaching.slice(0, pathsMax).map((start) => followWay(start, towards)),
    more: Math.max(0, reaching.length - pathsMax),
    from: direct === undefined ? 'not-required' : 'direct',
  };
}

/** A step is in the map before those that lead to it. */
function measureWays(towards: ReadonlyMap<Purl, Purl | null>): ReadonlyMap<Purl, number> {
  const lengths = new Map<Purl, number>();
  for (const [purl, next] of towards)
    lengths.set(purl, next === null ? 0 : (lengths.get(next) ?? 0) + 1);
  return lengths;
}

function followWay(start: Purl, towards: ReadonlyMap<Purl, Purl | null>): readonly Purl[] {
  const way: Purl[] = [];
  for (let at: Purl | null = start; at !== null; at = towards.get(at) ?? null) way.push(at);
  return way;
}

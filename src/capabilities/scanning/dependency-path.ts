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

import { LIMITS } from '../../core/limits.ts';
import type { Purl } from '../../core/purl.ts';
import { cutBefore } from '../../formats/text/cut.ts';
import { readSbomRelations, type SbomRelations } from '../inventory/index.ts';
import type { Chain } from './questions/why/answer.ts';

/**
 * The shortest paths from what an SBOM describes to one of its packages, through the relations
 * depends-on and contains, and through contains only where nothing needs what is contained. The
 * document may come from anyone: what does not fit is left out, and a document that cannot be read
 * says so.
 *
 * @example findDependencyChain(bytes, purl)
 * // { kind: 'path', steps: ['shop/trips', 'pkg:npm/a@1', 'pkg:npm/b@2'] }
 */
export function findDependencyChain(bytes: Uint8Array, purl: Purl): Chain {
  const bytesMax = LIMITS.whyDocumentBytesMax;
  if (bytes.length > bytesMax)
    return { kind: 'unknown', why: `the document has over ${bytesMax} bytes` };
  const related = readSbomRelations(bytes, bytesMax);
  if (!related.ok) return { kind: 'unknown', why: related.failure.message };
  const { elements } = related.value;
  const targets = new Set(
    elements.filter((one) => one.purl !== null && isSame(one.purl, purl)).map(({ id }) => id),
  );
  if (targets.size === 0)
    return { kind: 'unknown', why: 'the document does not name it by this purl' };
  const { roots, edges, reasons } = related.value;
  const labels = new Map(elements.map(({ id, name, purl: own }) => [id, own ?? name]));
  const label = (path: readonly string[]) => path.map((id) => labels.get(id) ?? id);
  const reasoned = findShortestPaths(roots, reasons, targets);
  const paths = reasoned.length > 0 ? reasoned : findShortestPaths(roots, edges, targets);
  const [path, ...others] = [
    ...new Map(paths.map((one) => [label(one).join('\n'), label(one)])).values(),
  ];
  if (path !== undefined) return { kind: 'path', steps: path, ...boundPaths(others) };
  const above = findPathFromAbove(edges, targets);
  return above === null ? { kind: 'listed' } : { kind: 'rootless', steps: label(above) };
}

/**
 * The path from the farthest element that leads to a target: where the root is not named, what a
 * document does tell is shown. Null where nothing leads to a target.
 */
function findPathFromAbove(
  edges: SbomRelations['edges'],
  targets: ReadonlySet<string>,
): readonly string[] | null {
  const backward = new Map<string, string[]>();
  for (const [from, all] of edges)
    for (const to of all) {
      const known = backward.get(to);
      if (known === undefined) backward.set(to, [from]);
      else known.push(from);
    }
  const leadsTo = new Map<string, string | null>([...targets].map((target) => [target, null]));
  const queue = [...leadsTo.keys()];
  for (let at = 0; at < queue.length; at++)
    for (const above of backward.get(queue[at] ?? '') ?? []) {
      if (leadsTo.has(above)) continue;
      leadsTo.set(above, queue[at] ?? '');
      queue.push(above);
    }
  // The last that was found is the farthest.
  const top = queue.at(-1) ?? '';
  return targets.has(top) ? null : tracePath(top, leadsTo).toReversed();
}

/** The other paths of the same length, as members of a chain; absent where there is none. */
function boundPaths(others: readonly (readonly string[])[]) {
  if (others.length === 0) return {};
  const max = LIMITS.whyPathsMax - 1;
  // mutant shortest-paths-that-are-cut by sbom-chain: value -> false
  const othersMore = others.length > max;
  return { others: others.slice(0, max), othersMore };
}

/**
 * Breadth first: every element is visited once, so loops end, and what leads to it from the level
 * before is kept. One path more than are shown says that there are more.
 */
function findShortestPaths(
  roots: SbomRelations['roots'],
  edges: SbomRelations['edges'],
  targets: ReadonlySet<string>,
): readonly (readonly string[])[] {
  const cameFrom = new Map<string, string[]>(roots.map((root) => [root, []]));
  let level = [...cameFrom.keys()];
  while (level.length > 0 && !level.some((id) => targets.has(id))) {
    const following = new Map<string, string[]>();
    for (const id of level)
      for (const next of new Set(edges.get(id) ?? [])) {
        if (cameFrom.has(next)) continue;
        const known = following.get(next);
        if (known === undefined) following.set(next, [id]);
        else if (known.length <= LIMITS.whyPathsMax) known.push(id);
      }
    for (const [id, from] of following) cameFrom.set(id, from);
    level = [...following.keys()];
  }
  const paths: (readonly string[])[] = [];
  for (const id of level) if (targets.has(id)) collectPaths([id], cameFrom, paths);
  return paths;
}

/** Every step leads one level up, so it ends; no more are collected than one over the limit. */
function collectPaths(
  path: readonly [string, ...string[]],
  cameFrom: ReadonlyMap<string, readonly string[]>,
  paths: (readonly string[])[],
): void {
  const stack: (readonly [string, ...string[]])[] = [path];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (paths.length > LIMITS.whyPathsMax) return;
    const above = cameFrom.get(at[0]) ?? [];
    if (above.length === 0) paths.push(at);
    else for (const id of above.toReversed()) stack.push([id, ...at]);
  }
}

function tracePath(id: string, cameFrom: ReadonlyMap<string, string | null>): readonly string[] {
  const way = [id];
  for (let from = cameFrom.get(id) ?? null; from !== null; from = cameFrom.get(from) ?? null)
    way.unshift(from);
  return way;
}

/** Qualifiers and subpath describe one version more exactly; the other parts identify it. */
function isSame(one: string, other: string): boolean {
  return one === other || cutBefore(one, '?#') === cutBefore(other, '?#');
}

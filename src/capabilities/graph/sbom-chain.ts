import { LIMITS } from '../../core/limits.ts';
import type { Purl } from '../../core/purl.ts';
import { cutBefore } from '../../formats/text/cut.ts';
import { readSbomRelations, type SbomRelations } from '../inventory/index.ts';
import type { Chain } from './questions/why/answer.ts';

/**
 * The shortest path from what an SBOM describes to one of its packages, through the relations
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
  const path = findShortestPath(roots, reasons, targets) ?? findShortestPath(roots, edges, targets);
  if (path !== null) return { kind: 'path', steps: label(path) };
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

/**
 * Breadth first: every element is visited once, so loops end and the first path is a shortest one.
 */
function findShortestPath(
  roots: SbomRelations['roots'],
  edges: SbomRelations['edges'],
  targets: ReadonlySet<string>,
): readonly string[] | null {
  const cameFrom = new Map<string, string | null>(roots.map((root) => [root, null]));
  const queue = [...cameFrom.keys()];
  for (let at = 0; at < queue.length; at++) {
    const id = queue[at] ?? '';
    if (targets.has(id)) return tracePath(id, cameFrom);
    for (const next of edges.get(id) ?? []) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, id);
      queue.push(next);
    }
  }
  return null;
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

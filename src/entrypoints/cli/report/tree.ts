import { formatTree } from '../tree.ts';
import type { Piece } from './renderer.ts';
import type { ResultReport } from './report.ts';

/** For people: a tree of nodes. */
export function render({ tree }: Pick<ResultReport, 'tree'>): readonly Piece[] {
  return tree === undefined ? [] : [{ to: 'out', content: formatTree(tree()) }];
}

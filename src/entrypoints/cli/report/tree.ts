import { formatTree } from '../tree.ts';
import type { Piece } from './renderer.ts';
import type { ResultReport } from './report.ts';

/** For people: what hangs on what. */
export function render({ tree }: Pick<ResultReport, 'tree'>): readonly Piece[] {
  return tree === undefined ? [] : [{ to: 'out', content: formatTree(tree()) }];
}

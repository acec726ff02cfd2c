import type { View, ViewContext } from '../../capabilities/graph/questions/index.ts';
import { formatTable } from './io.ts';
import { formatTree } from './tree.ts';

/** An answer as text: the tables of its view, or its tree. */
export function formatAnswer<A>(
  view: View<A>,
  answer: A,
  context: ViewContext,
  asTree: boolean,
): string {
  if (asTree && view.buildTree !== undefined) return formatTree(view.buildTree(answer));
  const tables = view.tables
    .filter((table) => table.isShown(context))
    .map((table) => {
      const rows = table.listRows(answer);
      return rows.length === 0
        ? table.describeNone(answer)
        : table.describeRows(answer) + formatTable(table.headers, rows);
    });
  return tables.join('') + (view.describeRest?.(answer) ?? '');
}

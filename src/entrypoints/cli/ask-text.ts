import type { View, ViewContext } from '../../capabilities/graph/questions/index.ts';
import { formatTable } from './io.ts';

/** An answer as text: the tables of its view, and its remarks about the rest. */
export function formatTables<A>(view: View<A>, answer: A, context: ViewContext): string {
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

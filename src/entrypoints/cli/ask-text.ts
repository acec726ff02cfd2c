import type { View, ViewContext } from '../../capabilities/graph/questions/index.ts';
import { type Block, showTable, showText } from './report/block.ts';

/** An answer as text: the tables of its view, and its remarks about the rest. */
export function showTables<A>(view: View<A>, answer: A, context: ViewContext): readonly Block[] {
  const tables = view.tables
    .filter((table) => table.isShown(context))
    .flatMap((table) => {
      const rows = table.listRows(answer);
      if (rows.length === 0) return [showText(table.describeNone(answer))];
      return [showText(table.describeRows(answer)), showTable(table.headers, rows)];
    });
  return [...tables, showText(view.describeRest?.(answer) ?? '')];
}

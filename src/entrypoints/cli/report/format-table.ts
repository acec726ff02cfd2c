import { makePrintable } from '../io.ts';
import { paintCell } from './cell.ts';

/** A wider cell moves the rest of its row, and no other row. */
const PAD_MAX = 80;

/** A table for a file or a pipe: a line for each row, nothing cut, columns padded. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  colour = false,
): string {
  const cells = [header, ...rows].map((row) => row.map(makePrintable));
  const widths = header.map((_, column) =>
    cells.reduce((most, row) => Math.max(most, Math.min(row[column]?.length ?? 0, PAD_MAX)), 0),
  );
  const line = (row: readonly string[], isHeader: boolean) =>
    row
      .map((cell, column) => {
        const room = column === header.length - 1 ? 0 : (widths[column] ?? 0) - cell.length;
        const name = header[column] ?? '';
        const shown = isHeader
          ? cell
          : paintCell({ name, whole: cell, shown: cell }, { colour, links: false });
        return shown + ' '.repeat(Math.max(0, room));
      })
      .join('  ');
  return `${cells.map((row, at) => line(row, at === 0).trimEnd()).join('\n')}\n`;
}

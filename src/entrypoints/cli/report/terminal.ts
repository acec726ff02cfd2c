import { colourText } from '../io.ts';
import { fitTable } from './fit-table.ts';
import type { Piece, RenderStyle } from './renderer.ts';
import type { ResultReport } from './report.ts';
import { type Layout, renderBlocks } from './text.ts';
import { wrapProse } from './wrap.ts';

/** The same text as in a file, with tables and prose that fit the width of a terminal. */
export function* render(
  report: Pick<ResultReport, 'blocks'>,
  style: RenderStyle,
): Generator<Piece> {
  const { width, colour, links } = style;
  if (width === null) return yield* renderBlocks(report, style);
  const hidden = new Set<string>();
  const table: Layout['table'] = (header, rows) => {
    const fitted = fitTable(header, rows, { width, colour, links });
    for (const name of fitted.hidden) hidden.add(name);
    return fitted.text;
  };
  yield* renderBlocks(report, style, {
    table,
    prose: (lead, words) => wrapProse(lead, words, width),
  });
  if (hidden.size === 0) return;
  const said = `columns without room: ${[...hidden].join(', ')}; --wide shows everything`;
  yield { to: 'err', content: `${style.colourErr ? colourText('dim', said) : said}\n` };
}

import { colourText, makePrintable } from '../io.ts';
import type { Block, Span } from './block.ts';
import { formatTable } from './format-table.ts';
import type { Piece, RenderStyle } from './renderer.ts';
import type { ResultReport } from './report.ts';

/** For people: each block as lines, notes on standard error in between. */
export function render(report: Pick<ResultReport, 'blocks'>, style: RenderStyle): Generator<Piece> {
  return renderBlocks(report, style);
}

export interface Layout {
  readonly table: (header: readonly string[], rows: readonly (readonly string[])[]) => string;
  readonly prose: (lead: string, words: string) => string;
}

/** The blocks, with tables and prose as `layout` makes them; without it whole and unwrapped. */
export function* renderBlocks(
  { blocks }: Pick<ResultReport, 'blocks'>,
  style: RenderStyle,
  layout: Layout = {
    table: (header, rows) => formatTable(header, rows, style.colour),
    prose: (lead, words) => lead + words,
  },
): Generator<Piece> {
  for (const block of blocks()) {
    const isNote = block.kind === 'note';
    const colour = isNote ? style.colourErr : style.colour;
    yield { to: isNote ? 'err' : 'out', content: formatBlock(block, colour, layout) };
  }
}

function formatBlock(block: Block, colour: boolean, layout: Layout): string {
  switch (block.kind) {
    case 'line':
    case 'note':
      return `${formatSpans(block.spans, colour)}\n`;
    case 'prose':
      return `${layout.prose(formatSpans(block.lead, colour), makePrintable(block.words))}\n`;
    case 'table':
      return layout.table(block.header, block.rows);
    case 'text':
      return block.text;
  }
}

function formatSpans(spans: readonly Span[], colour: boolean): string {
  return spans
    .map((span) => {
      if (typeof span === 'string') return makePrintable(span);
      const shown = makePrintable(span.text);
      return colour ? colourText(span.style, shown) : shown;
    })
    .join('');
}

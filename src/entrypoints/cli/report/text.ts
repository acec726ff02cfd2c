import { colourText, formatTable, makePrintable } from '../io.ts';
import { formatTree } from '../tree.ts';
import type { Block, Span } from './block.ts';
import type { Piece, RenderStyle } from './renderer.ts';
import type { ResultReport } from './report.ts';

/** For people: each block as lines, notes on standard error in between. */
export function* render(
  { blocks }: Pick<ResultReport, 'blocks'>,
  style: RenderStyle,
): Generator<Piece> {
  for (const block of blocks()) {
    const isNote = block.kind === 'note';
    const colour = isNote ? style.colourErr : style.colour;
    yield { to: isNote ? 'err' : 'out', content: formatBlock(block, colour) };
  }
}

function formatBlock(block: Block, colour: boolean): string {
  switch (block.kind) {
    case 'line':
    case 'note':
      return `${formatSpans(block.spans, colour)}\n`;
    case 'table':
      return formatTable(block.header, block.rows);
    case 'tree':
      return formatTree(block.roots);
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

import type { ResultReport } from './report.ts';

/** What is shown, and whether it is part of the result or a note. */
export interface Piece {
  readonly to: 'out' | 'err';
  /** Bytes are delivered unchanged; text is made harmless for a terminal. */
  readonly content: string | Uint8Array;
}

export interface RenderStyle {
  /** Whether standard output, and standard error, show colours. */
  readonly colour: boolean;
  readonly colourErr: boolean;
  /** Columns of the terminal; null in a file or a pipe, where nothing is cut. */
  readonly width: number | null;
  /** Whether the terminal shows OSC 8 links. */
  readonly links: boolean;
  /** The report is one of several: it takes one line if the format allows that. */
  readonly isPart: boolean;
}

/**
 * One format for every command whose report has the part that the format shows. It is pure, and
 * throws a USAGE failure for a report that it cannot show.
 */
export interface Renderer {
  render(report: ResultReport, style: RenderStyle): Iterable<Piece>;
}

import type { ResultReport } from './report.ts';

/** What is shown, and whether it belongs to the result or is said beside it. */
export interface Piece {
  readonly to: 'out' | 'err';
  /** Bytes are delivered as they are; text is made harmless for a terminal. */
  readonly content: string | Uint8Array;
}

export interface RenderStyle {
  /** Whether standard output, and standard error, show colours. */
  readonly colour: boolean;
  readonly colourErr: boolean;
  /** The report is one of several: it takes one line where the format allows it. */
  readonly isPart: boolean;
}

/**
 * One format for every command that gives what the format takes. It is pure, and throws a USAGE
 * failure for a report that it cannot show.
 */
export interface Renderer {
  render(report: ResultReport, style: RenderStyle): Iterable<Piece>;
}

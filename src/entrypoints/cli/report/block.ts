import type { Style } from '../io.ts';

/**
 * A piece of a line. It may come from evidence, so the renderer makes control characters visible.
 */
export type Span = string | { readonly text: string; readonly style: Style };

/** Text for people, without terminal codes: the renderer chooses how it looks. */
export type Block =
  | { readonly kind: 'line'; readonly spans: readonly Span[] }
  /** Sentences beside what leads to them; a terminal breaks them between words. */
  | { readonly kind: 'prose'; readonly lead: readonly Span[]; readonly words: string }
  /** A line for people that is not part of the result: it goes to standard error. */
  | { readonly kind: 'note'; readonly spans: readonly Span[] }
  | {
      readonly kind: 'table';
      readonly header: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  /** Unchanged lines, such as a diff or a script; the last one ends with a line end. */
  | { readonly kind: 'text'; readonly text: string };

export function showLine(...spans: readonly Span[]): Block {
  return { kind: 'line', spans };
}

/** For what is read; a command in it stays in one line, so that it can be copied. */
export function showProse(lead: readonly Span[], words: string): Block {
  return { kind: 'prose', lead, words };
}

export function showNote(...spans: readonly Span[]): Block {
  return { kind: 'note', spans };
}

export function showTable(header: readonly string[], rows: readonly (readonly string[])[]): Block {
  return { kind: 'table', header, rows };
}

export function showText(lines: string): Block {
  return { kind: 'text', text: lines };
}

export function paint(style: Style, words: string): Span {
  return { text: words, style };
}

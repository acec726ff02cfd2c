/** Positions of the Language Server Protocol: lines from 0, characters as UTF-16 counts them. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

/** The lines of a text without their ends, as the protocol divides them. */
export function splitLines(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/);
}

/** A line from its first character that is no space; the last line for one behind the end. */
export function toLineRange(lines: readonly string[], line: number): Range {
  const at = Math.min(Math.max(line - 1, 0), lines.length - 1);
  const text = lines[at] ?? '';
  const start = text.length - text.trimStart().length;
  return { start: { line: at, character: start }, end: { line: at, character: text.length } };
}

/** The one edit that makes a text of another: whole lines, from the first that differs on. */
export function planEdit(before: string, after: string): TextEdit {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head++;
  head = head === 0 ? 0 : before.lastIndexOf('\n', head - 1) + 1;
  const most = Math.min(before.length, after.length) - head;
  let tail = 0;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  while (tail > 0 && before[before.length - tail - 1] !== '\n') tail--;
  return {
    range: {
      start: findPosition(before, head),
      end: findPosition(before, before.length - tail),
    },
    newText: after.slice(head, after.length - tail),
  };
}

function findPosition(text: string, offset: number): Position {
  const lines = splitLines(text.slice(0, offset));
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}

/** A change of a text: of a range of it, or of the whole where `range` is null. */
export interface TextChange {
  readonly range: Range | null;
  readonly text: string;
}

/**
 * The text after a change. A place behind the end of its line is the end of that line, as the
 * protocol has it; null for a range that begins behind its end or behind the text.
 */
export function applyChange(before: string, { range, text }: TextChange): string | null {
  if (range === null) return text;
  const from = findOffset(before, range.start);
  const to = findOffset(before, range.end);
  // mutant editor-change-nowhere by text-places: condition -> false
  if (from === null || to === null || from > to) return null;
  return before.slice(0, from) + text + before.slice(to);
}

/** In one pass up to the place; null behind the last line. */
function findOffset(text: string, { line, character }: Position): number | null {
  let start = 0;
  for (let at = 0; at < line; at++) {
    const end = findLineEnd(text, start);
    if (end === text.length) return null;
    start = end + (text.startsWith('\r\n', end) ? 2 : 1);
  }
  return Math.min(start + character, findLineEnd(text, start));
}

function findLineEnd(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 10 || unit === 13) break;
  }
  return at;
}

/** Replaces one piece of a text with another; every other byte stays as it is. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Edits that do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end, text: put } of edits.toSorted((one, other) => one.start - other.start)) {
    pieces.push(text.slice(from, start), put);
    from = end;
  }
  return pieces.join('') + text.slice(from);
}

/** Replaces one piece of a text with another; every other byte stays as it is. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Edits that do not overlap, from the last to the first. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  return edits
    .toSorted((one, other) => other.start - one.start)
    .reduce(
      (changed, { start, end, text: put }) => changed.slice(0, start) + put + changed.slice(end),
      text,
    );
}

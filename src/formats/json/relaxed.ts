/**
 * JSON for a text with comments and commas before closing brackets, as bun, Deno and editors read
 * it. Spaces take the place of both, so that places in one are places in the other; what is not
 * JSON afterwards is for its parser to refuse.
 *
 * @example toStrictJson('[1, 2, ]') // '[1, 2  ]'
 */
export function toStrictJson(text: string): string {
  const gaps: Gap[] = [];
  /** Of a comma behind a value that only space and comments follow. */
  let comma = -1;
  let before = '[';
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? '';
    const comment = character === '/' ? findCommentEnd(text, at) : -1;
    if (comment !== -1) gaps.push({ start: at, end: comment });
    else if (!/\s/.test(character)) {
      if (comma !== -1 && (character === '}' || character === ']'))
        gaps.push({ start: comma, end: comma + 1 });
      comma = character === ',' && !/[[{,:]/.test(before) ? at : -1;
      before = character;
    }
    at = comment !== -1 ? comment : character === '"' ? findStringEnd(text, at) : at + 1;
  }
  return blankOut(text, gaps);
}

interface Gap {
  readonly start: number;
  readonly end: number;
}

function blankOut(text: string, gaps: readonly Gap[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of gaps.toSorted((one, other) => one.start - other.start)) {
    pieces.push(text.slice(from, start), text.slice(start, end).replace(/[^\r\n]/g, ' '));
    from = end;
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}

/** Behind a comment; -1 where none begins, or one does not end. */
function findCommentEnd(text: string, at: number): number {
  if (text[at + 1] === '*') {
    const end = text.indexOf('*/', at + 2);
    return end === -1 ? -1 : end + 2;
  }
  if (text[at + 1] !== '/') return -1;
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

/** Behind the closing quote. */
function findStringEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === '"') return end + 1;
  }
  return text.length;
}

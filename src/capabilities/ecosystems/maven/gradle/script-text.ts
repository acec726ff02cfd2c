/**
 * A script of Gradle without its comments, in one pass: each of their characters is a space, so
 * that every place stays. A text between quotes is kept, whatever is in it.
 */
export function hideComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const two = text.slice(at, at + 2);
    if (two === '//' || two === '/*') {
      const end = two === '//' ? findEnd(text, '\n', at) : findEnd(text, '*/', at + 2) + 2;
      kept.push(text.slice(from, at), blank(text.slice(at, end)));
      at = end;
      from = end;
    } else if (two[0] === '"' || two[0] === "'") at = skipText(text, at);
    else at++;
  }
  kept.push(text.slice(from));
  return kept.join('');
}

function findEnd(text: string, sign: string, from: number): number {
  const found = text.indexOf(sign, from);
  return found === -1 ? text.length : found;
}

function blank(comment: string): string {
  return comment.replace(/[^\n]/g, ' ');
}

/** The place after a text in quotes, or in three of them. */
function skipText(text: string, start: number): number {
  const quote = text.charAt(start);
  if (text.startsWith(quote.repeat(3), start)) return findEnd(text, quote.repeat(3), start + 3) + 3;
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote || text[at] === '\n') return at + 1;
  }
  return text.length;
}

/** The line of a place in a text, from 1. */
export function createCounter(text: string): (index: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (index) => findLast(starts, index) + 1;
}

/** Whether a place is inside a block of that name: `dependencies { … }`, and blocks in it. */
export function createBlockFinder(text: string, name: string): (index: number) => boolean {
  const starts: number[] = [];
  const ends: number[] = [];
  let depth = 0;
  let within: number | null = null;
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") {
      at = skipText(text, at);
      continue;
    }
    if (character === '{') {
      if (within === null && isCalled(text, at, name)) {
        within = depth;
        starts.push(at);
      }
      depth++;
    } else if (character === '}') {
      depth--;
      if (depth === within) {
        within = null;
        ends.push(at);
      }
    }
    at++;
  }
  return (index) => {
    const block = findLast(starts, index);
    return block !== -1 && index < (ends[block] ?? text.length);
  };
}

/** Whether the word before a brace is this one. */
function isCalled(text: string, brace: number, name: string): boolean {
  const before = text.slice(Math.max(0, brace - name.length - 16), brace).trimEnd();
  return before.endsWith(name) && !/[\w.]/.test(before.charAt(before.length - name.length - 1));
}

/** The place of the last number that is not greater; -1 without one. */
function findLast(sorted: readonly number[], number: number): number {
  let [low, high] = [-1, sorted.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= number) low = middle;
    else high = middle;
  }
  return low;
}

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
  return (index) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

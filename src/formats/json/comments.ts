/**
 * JSON with comments (line and block comments, as editors write it) as JSON of the same length:
 * comments and tabs between values become blanks. Line ends stay, texts are not changed, and a
 * trailing comma stays, which YAML allows.
 *
 * @example blankComments('{ "a": 1 } // why') // '{ "a": 1 }       '
 */
export function blankComments(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const char = text.charAt(at);
    if (char === '"') {
      at = skipText(text, at);
      continue;
    }
    const isComment = char === '/' && (text[at + 1] === '/' || text[at + 1] === '*');
    const end = isComment ? skipComment(text, at) : at + 1;
    if (isComment || char === '\t') {
      pieces.push(text.slice(from, at), text.slice(at, end).replace(/[^\r\n]/g, ' '));
      from = end;
    }
    at = end;
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}

/** Behind the closing quote. */
function skipText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function skipComment(text: string, start: number): number {
  const isLine = text[start + 1] === '/';
  const end = text.indexOf(isLine ? '\n' : '*/', start + 2);
  if (end === -1) return text.length;
  return isLine ? end : end + 2;
}

/**
 * What a pattern with `.*$` or `x+$` would do in quadratic time on a hostile line: each of these
 * reads the text once. `characters` are single code units.
 */

/** The text before the first of these characters; all of it if it has none of them. */
export function cutBefore(text: string, characters: string): string {
  let before = text;
  for (let which = 0; which < characters.length; which++) {
    const at = before.indexOf(characters.charAt(which));
    if (at !== -1) before = before.slice(0, at);
  }
  return before;
}

/** The text without these characters at its end. */
export function trimEndCharacters(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The text without these characters at both ends. */
export function trimCharacters(text: string, characters: string): string {
  let from = 0;
  while (from < text.length && characters.includes(text.charAt(from))) from++;
  return trimEndCharacters(text.slice(from), characters);
}

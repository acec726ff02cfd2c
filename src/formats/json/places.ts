/**
 * Where the members of a JSON document stand. The text has been parsed before: this only counts
 * characters.
 */

export interface Member {
  readonly key: string;
  /** Of the opening quote of the key. */
  readonly keyStart: number;
  readonly valueStart: number;
  /** Behind the last character of the value. */
  readonly valueEnd: number;
}

/** The members of the object that begins at `start`; none where no object does. */
export function listMembers(text: string, start: number): readonly Member[] {
  const members: Member[] = [];
  let at = skipBlank(text, start);
  if (text[at] !== '{') return members;
  at = skipBlank(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = findStringEnd(text, at);
    const valueStart = skipBlank(text, skipBlank(text, keyEnd) + 1);
    const valueEnd = findValueEnd(text, valueStart);
    members.push({ key: decodeKey(text.slice(at, keyEnd)), keyStart: at, valueStart, valueEnd });
    at = skipBlank(text, valueEnd);
    if (text[at] === ',') at = skipBlank(text, at + 1);
  }
  return members;
}

/** The member at a path of keys from the root; null where there is none. */
export function findMember(text: string, path: readonly string[]): Member | null {
  let found: Member | null = null;
  let start = 0;
  for (const key of path) {
    found = listMembers(text, start).find((member) => member.key === key) ?? null;
    if (found === null) return null;
    start = found.valueStart;
  }
  return found;
}

/** Tells the line of an offset, from 1. */
export function createLineCounter(text: string): (offset: number) => number {
  const ends: number[] = [];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) ends.push(at);
  return (offset) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

function decodeKey(raw: string): string {
  return raw.includes('\\') ? String(JSON.parse(raw)) : raw.slice(1, -1);
}

function skipBlank(text: string, start: number): number {
  let at = start;
  while (at < text.length && ' \t\r\n\ufeff'.includes(text.charAt(at))) at++;
  return at;
}

function findStringEnd(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function findValueEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') at = findStringEnd(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      if (depth === 0) return at;
      depth--;
    } else if (depth === 0 && (char === ',' || ' \t\r\n'.includes(char))) return at;
    if (depth === 0 && '"}]'.includes(text.charAt(at))) return at + 1;
  }
  return text.length;
}

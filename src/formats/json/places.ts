/** A member of an object, and where it is in the text of the document. */
export interface Member {
  readonly key: string;
  /** Of the opening quote of the key. */
  readonly keyStart: number;
  readonly valueStart: number;
  /** Behind the last character of the value. */
  readonly valueEnd: number;
}

/**
 * The members of the object that begins at `start`; none when no object begins there. The text was
 * parsed strictly before (`parse.ts`), so only the ends of values are searched here.
 */
export function listMembers(text: string, start: number): readonly Member[] {
  const open = skipSpace(text, start === 0 && text.startsWith('\ufeff') ? 1 : start);
  const members: Member[] = [];
  if (text[open] !== '{') return members;
  let at = skipSpace(text, open + 1);
  while (text[at] === '"') {
    const keyStart = at;
    const keyEnd = skipString(text, keyStart);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = skipValue(text, valueStart);
    members.push({ key: readKey(text.slice(keyStart, keyEnd)), keyStart, valueStart, valueEnd });
    at = skipSpace(text, valueEnd);
    if (text[at] !== ',') break;
    at = skipSpace(text, at + 1);
  }
  return members;
}

function readKey(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted; // This is not JSON, and no key that somebody asks for.
  }
}

const [SPACE, QUOTE, BACKSLASH] = [0x20, 0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const COMMA = 0x2c;

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** Behind the closing quote. */
function skipString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at + 1;
  }
  return text.length;
}

/** Behind the last character of a value. */
function skipValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (depth === 0 && at > start && (code <= SPACE || code === COMMA)) return at;
    if (code === QUOTE) at = skipString(text, at);
    else {
      if (code === OPEN_LIST || code === OPEN_OBJECT) depth++;
      else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
        if (depth === 0) return at; // of the object around a number
        depth--;
      }
      at++;
    }
    if (depth === 0 && isEnd(code)) return at;
  }
  return text.length;
}

const isEnd = (code: number): boolean =>
  code === QUOTE || code === CLOSE_LIST || code === CLOSE_OBJECT;

/** The member at a path of keys from the root; null when there is none. */
export type MemberFinder = (path: readonly string[]) => Member | null;

/** For many questions about one text: each object that they lead to is read once. */
export function createMemberFinder(text: string): MemberFinder {
  const objects = new Map<number, ReadonlyMap<string, Member>>();
  const open = (start: number): ReadonlyMap<string, Member> => {
    const members = listMembers(text, start).toReversed();
    const byKey = new Map(members.map((member) => [member.key, member]));
    objects.set(start, byKey);
    return byKey;
  };
  return (path) => {
    let found: Member | null = null;
    for (const key of path) {
      const start: number = found?.valueStart ?? 0;
      found = (objects.get(start) ?? open(start)).get(key) ?? null;
      if (found === null) return null;
    }
    return found;
  };
}

export function findMember(text: string, path: readonly string[]): Member | null {
  return createMemberFinder(text)(path);
}

/** Returns the line of an offset, counted from 1. */
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

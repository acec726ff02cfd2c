import { visit } from 'jsonc-parser';

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
 * parsed strictly before: the library alone would read comments too, and goes on after errors.
 */
export function listMembers(text: string, start: number): readonly Member[] {
  const from = start === 0 && text.startsWith('\ufeff') ? 1 : start;
  const members: Member[] = [];
  let depth = 0;
  let key: Pick<Member, 'key' | 'keyStart'> | null = null;
  let valueStart = 0;
  const begin = (offset: number): boolean => {
    if (depth === 1) valueStart = from + offset;
    depth++;
    return depth === 1; // nothing inside a value is reported
  };
  const end = (offset: number, length: number): void => {
    depth--;
    if (depth === 1) add(offset + length);
  };
  const add = (valueEnd: number): void => {
    if (key !== null) members.push({ ...key, valueStart, valueEnd: from + valueEnd });
    key = null;
  };
  visit(text.slice(from), {
    onObjectBegin: begin,
    onObjectEnd: end,
    onArrayBegin: begin,
    onArrayEnd: end,
    onObjectProperty: (name, offset) => {
      key = { key: name, keyStart: from + offset };
    },
    onLiteralValue: (_, offset, length) => {
      if (depth !== 1) return;
      valueStart = from + offset;
      add(offset + length);
    },
  });
  return members;
}

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

import { getOwn, setOwn } from '../../../../core/own.ts';

/** One entry of a lock of Yarn 1. */
export interface ClassicEntry {
  /** Each `name@range` that it is for. */
  readonly patterns: readonly string[];
  readonly fields: { readonly [name: string]: string };
  /** `dependencies`, `optionalDependencies`: name and range. */
  readonly groups: { readonly [name: string]: { readonly [name: string]: string } };
  readonly line: number;
}

/**
 * The lines of a lock of Yarn 1: entries, two spaces before their fields and four before the
 * members of a group; or the number of a line that is of no such form.
 */
export function parseClassicText(
  text: string,
): { readonly entries: readonly ClassicEntry[] } | { readonly flawAt: number } {
  const entries: OpenEntry[] = [];
  let entry: OpenEntry | null = null;
  let group: { [name: string]: string } | null = null;
  for (const [at, written] of text.split(/\r?\n/).entries()) {
    const line = written.trimEnd();
    if (line === '' || line.trimStart().startsWith('#')) continue;
    const indent = line.length - line.trimStart().length;
    const words = readWords(line.slice(indent));
    if (words === null) return { flawAt: at + 1 };
    const { parts, opens } = words;
    if (indent === 0 && opens && parts.length > 0) {
      entry = { patterns: parts, fields: {}, groups: {}, line: at + 1 };
      entries.push(entry);
      group = null;
    } else if (indent === 2 && entry !== null && opens && parts.length === 1) {
      group = {};
      setOwn(entry.groups, parts[0] ?? '', group);
    } else if (indent === 2 && entry !== null && !opens && parts.length === 2) {
      group = null;
      if (!put(entry.fields, parts)) return { flawAt: at + 1 };
    } else if (indent !== 4 || group === null || opens || parts.length !== 2 || !put(group, parts))
      return { flawAt: at + 1 };
  }
  return { entries };
}

interface OpenEntry extends ClassicEntry {
  readonly fields: { [name: string]: string };
  readonly groups: { [name: string]: { [name: string]: string } };
}

/** False for a name that is there with another value. */
function put(
  table: { [name: string]: string },
  [name = '', value = '']: readonly string[],
): boolean {
  const known = getOwn(table, name);
  setOwn(table, name, value);
  return known === undefined || known === value;
}

/** Words with or without quotes, between spaces or commas; whether a colon ends the line. */
function readWords(
  line: string,
): { readonly parts: readonly string[]; readonly opens: boolean } | null {
  const parts: string[] = [];
  const opens = line.endsWith(':');
  const text = opens ? line.slice(0, -1) : line;
  for (let at = 0; at < text.length; ) {
    const end = text[at] === '"' ? findQuote(text, at) : findGap(text, at);
    if (end === -1) return null;
    const word = text[at] === '"' ? readQuoted(text.slice(at, end)) : text.slice(at, end);
    // Yarn writes `uid ""` for a link.
    if (word === null || (word === '' && (opens || text[at] !== '"'))) return null;
    parts.push(word);
    const gap = /^(?:, ?| )/.exec(text.slice(end, end + 2))?.[0];
    if (gap === undefined && end < text.length) return null;
    at = end + (gap?.length ?? 0);
  }
  return { parts, opens };
}

/** Behind the closing quote. */
function findQuote(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === '"') return end + 1;
  }
  return -1;
}

function findGap(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== ' ' && text[end] !== ',') end++;
  return end;
}

function readQuoted(text: string): string | null {
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

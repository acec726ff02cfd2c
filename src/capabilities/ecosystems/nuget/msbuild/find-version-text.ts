import type { TextEdit } from '../../../../formats/text/edits.ts';

/** Elements that name a package with a version. */
const ELEMENTS = ['PackageReference', 'PackageVersion', 'GlobalPackageReference'];
const ATTRIBUTES = ['VersionOverride', 'Version'];

/**
 * Where the version of a package is written: an attribute, or an element in it. Null where it is
 * not found once. The text was parsed before, so tags are well formed. `line` is that of the end of
 * its first tag.
 */
export function findVersionText(
  text: string,
  { name, line }: { readonly name: string; readonly line: number },
): TextEdit | null {
  let end = -1;
  for (let left = line; left > 0; left--) {
    const next = text.indexOf('\n', end + 1);
    end = next === -1 ? text.length : next;
  }
  const found: TextEdit[] = [];
  // The tag ends in this line, and may begin in one before it.
  for (const start of listTags(text, end)) {
    const close = findTagEnd(text, start);
    const isHere = text.slice(0, close).split('\n').length === line;
    if (isHere && isNamed(text.slice(start, close), name))
      found.push(...[findIn(text, start, close) ?? []].flat());
  }
  const [first] = found;
  return first !== undefined && found.length === 1 ? first : null;
}

const LOOKED_BACK = 4_096;

function listTags(text: string, end: number): readonly number[] {
  const starts: number[] = [];
  const from = Math.max(0, end - LOOKED_BACK);
  for (let at = text.indexOf('<', from); at !== -1 && at < end; at = text.indexOf('<', at + 1)) {
    const tag = /^<([A-Za-z]+)\s/.exec(text.slice(at, at + 64))?.[1];
    if (tag !== undefined && ELEMENTS.includes(tag)) starts.push(at);
  }
  return starts;
}

/** Behind `>`; one in quotes is part of a value. */
function findTagEnd(text: string, start: number): number {
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at + 1;
  }
  return text.length;
}

interface Attribute {
  readonly name: string;
  readonly value: string;
  readonly start: number;
}

function listAttributes(tag: string): readonly Attribute[] {
  return [...tag.matchAll(/([A-Za-z]{1,40})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)')/g)].map(
    (match) => {
      const value = match[2] ?? match[3] ?? '';
      return {
        name: match[1] ?? '',
        value,
        start: match.index + match[0].length - 1 - value.length,
      };
    },
  );
}

function isNamed(tag: string, name: string): boolean {
  return listAttributes(tag).some(
    (one) =>
      (one.name === 'Include' || one.name === 'Update') &&
      one.value.trim().toLowerCase() === name.toLowerCase(),
  );
}

function findIn(text: string, start: number, close: number): TextEdit | null {
  const attributes = listAttributes(text.slice(start, close));
  for (const wanted of ATTRIBUTES) {
    const found = attributes.find((one) => one.name === wanted);
    if (found === undefined) continue;
    const at = start + found.start;
    return { start: at, end: at + found.value.length, text: found.value };
  }
  if (text[close - 2] === '/') return null;
  const end = text.indexOf('</Package', close);
  const body = text.slice(close, end === -1 ? close : end);
  for (const wanted of ATTRIBUTES) {
    const open = body.indexOf(`<${wanted}>`);
    const shut = body.indexOf(`</${wanted}>`, open);
    if (open === -1 || shut === -1) continue;
    const from = close + open + wanted.length + 2;
    return { start: from, end: close + shut, text: text.slice(from, close + shut) };
  }
  return null;
}

import type { TextEdit } from '../text/edits.ts';
import { listMembers, type MemberFinder } from './places.ts';

/** Another text for the value at a path of a JSON document; null when there is no such value. */
export function replaceValue(
  find: MemberFinder,
  path: readonly string[],
  value: string,
): TextEdit | null {
  const member = find(path);
  return member === null
    ? null
    : { start: member.valueStart, end: member.valueEnd, text: JSON.stringify(value) };
}

/** Texts by name, in any number of objects. */
export interface NewMembers {
  readonly [name: string]: string | NewMembers;
}

/**
 * New members of the object at a path, with the indentation of the document; objects that are not
 * there are added too. Null where something else than an object is on the path.
 */
export function addMembers(
  json: string,
  path: readonly string[],
  members: NewMembers,
): TextEdit | null {
  const form = findForm(json);
  if (form === null) return null;
  let start = 0;
  let end = json.length;
  for (const [depth, name] of path.entries()) {
    const own = listMembers(json, start).find(({ key }) => key === name);
    if (own === undefined)
      return insert(json, form, { start, end, depth }, nest(path.slice(depth), members));
    if (json[own.valueStart] !== '{') return null;
    start = own.valueStart;
    end = own.valueEnd;
  }
  return insert(json, form, { start, end, depth: path.length }, members);
}

interface Form {
  readonly indent: string;
  /** Between members; empty in a document on one line. */
  readonly end: string;
}

/** Null for an object without members, and for everything else. */
function findForm(json: string): Form | null {
  const [first] = listMembers(json, 0);
  if (first === undefined) return null;
  const line = json.lastIndexOf('\n', first.keyStart);
  const indent = line === -1 ? '' : json.slice(line + 1, first.keyStart);
  const isSpread = line !== -1 && indent.trim() === '' && line > 0;
  return { indent, end: isSpread ? (json.includes('\r\n') ? '\r\n' : '\n') : '' };
}

function nest(path: readonly string[], members: NewMembers): NewMembers {
  return path.reduceRight<NewMembers>((inner, name) => ({ [name]: inner }), members);
}

function insert(
  json: string,
  form: Form,
  { start, end, depth }: { readonly start: number; readonly end: number; readonly depth: number },
  members: NewMembers,
): TextEdit {
  const last = listMembers(json, start).at(-1);
  if (last === undefined) return { start, end, text: writeObject(form, members, depth) };
  const text = `,${writeMembers(form, members, depth + 1)}`;
  return { start: last.valueEnd, end: last.valueEnd, text };
}

function writeObject(form: Form, members: NewMembers, depth: number): string {
  return `{${writeMembers(form, members, depth + 1)}${form.end}${form.indent.repeat(depth)}}`;
}

function writeMembers(form: Form, members: NewMembers, depth: number): string {
  const gap = form.end === '' ? '' : ' ';
  return Object.entries(members)
    .map(([key, value]) => {
      const written =
        typeof value === 'string' ? JSON.stringify(value) : writeObject(form, value, depth);
      return `${form.end}${form.indent.repeat(depth)}${JSON.stringify(key)}:${gap}${written}`;
    })
    .join(',');
}

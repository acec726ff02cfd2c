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

/** New members of an object at the root, with the indentation of the document. */
export function addMembers(
  json: string,
  name: string,
  members: Readonly<Record<string, string>>,
): TextEdit | null {
  const root = listMembers(json, 0);
  const [first] = root;
  const last = root.at(-1);
  if (first === undefined || last === undefined) return null;
  const line = json.lastIndexOf('\n', first.keyStart);
  const indent = line === -1 ? '' : json.slice(line + 1, first.keyStart);
  const isSpread = line !== -1 && indent.trim() === '' && line > 0;
  const end = isSpread ? (json.includes('\r\n') ? '\r\n' : '\n') : '';
  const gap = isSpread ? ' ' : '';
  const lines = (depth: number): string =>
    Object.entries(members)
      .map(
        ([key, value]) =>
          `${end}${indent.repeat(depth)}${JSON.stringify(key)}:${gap}${JSON.stringify(value)}`,
      )
      .join(',');
  const own = root.find(({ key }) => key === name);
  if (own === undefined) {
    const text = `,${end}${indent}${JSON.stringify(name)}:${gap}{${lines(2)}${end}${indent}}`;
    return { start: last.valueEnd, end: last.valueEnd, text };
  }
  const inner = listMembers(json, own.valueStart).at(-1);
  if (json[own.valueStart] !== '{') return null;
  if (inner === undefined)
    return { start: own.valueStart, end: own.valueEnd, text: `{${lines(2)}${end}${indent}}` };
  return { start: inner.valueEnd, end: inner.valueEnd, text: `,${lines(2)}` };
}

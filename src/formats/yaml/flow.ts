import type { JsonValue } from '../../core/json.ts';
import { setOwn } from '../../core/own.ts';
import { trimCharacters } from '../text/cut.ts';

/**
 * A map or list in brackets on one line, all scalars as texts: `{integrity: sha512-x, os: [a, b]}`.
 * Null for what is not surely of this form; the parser of YAML then decides.
 */
export function readFlow(text: string): JsonValue | null {
  // Nearly all of them in a lock.
  const [, key, only] = SHORT.exec(text) ?? [];
  if (key !== undefined && only !== undefined) return { [key]: only };
  const reader: FlowReader = { text, at: 0 };
  const value = readNode(reader, 0);
  return value === null || reader.at !== text.length ? null : value;
}

/** `{integrity: sha512-…}`; `__proto__` is no such key. */
const SHORT = /^\{([a-z]+): ([A-Za-z0-9][A-Za-z0-9+/=._-]*)\}$/;

interface FlowReader {
  readonly text: string;
  at: number;
}

const DEPTH_MAX = 10;

function readNode(reader: FlowReader, depth: number): JsonValue | null {
  if (depth > DEPTH_MAX) return null;
  const first = reader.text[reader.at];
  if (first === '{') return readMap(reader, depth);
  if (first === '[') return readList(reader, depth);
  return readScalar(reader, ',}]');
}

function readMap(reader: FlowReader, depth: number): JsonValue | null {
  const map: { [key: string]: JsonValue } = {};
  reader.at++;
  skipSpaces(reader);
  if (take(reader, '}')) return map;
  do {
    skipSpaces(reader);
    const key = readScalar(reader, ':');
    if (key === null || !take(reader, ':') || reader.text[reader.at] !== ' ') return null;
    skipSpaces(reader);
    const value = readNode(reader, depth + 1);
    if (value === null || Object.hasOwn(map, key) || key === '<<' || key === '__proto__')
      return null;
    setOwn(map, key, value);
    skipSpaces(reader);
  } while (take(reader, ','));
  return take(reader, '}') ? map : null;
}

function readList(reader: FlowReader, depth: number): JsonValue | null {
  const list: JsonValue[] = [];
  reader.at++;
  skipSpaces(reader);
  if (take(reader, ']')) return list;
  do {
    skipSpaces(reader);
    const value = readNode(reader, depth + 1);
    if (value === null) return null;
    list.push(value);
    skipSpaces(reader);
  } while (take(reader, ','));
  return take(reader, ']') ? list : null;
}

/** A text in quotes without escapes, or a plain one; it ends before one of `ends`. */
function readScalar(reader: FlowReader, ends: string): string | null {
  const { text, at } = reader;
  const first = text[at] ?? '';
  if (first === "'" || first === '"') {
    const close = text.indexOf(first, at + 1);
    const inner = text.slice(at + 1, Math.max(close, at + 1));
    if (close === -1 || text[close + 1] === first || inner.includes('\\')) return null;
    reader.at = close + 1;
    return inner;
  }
  ENDS.lastIndex = at;
  let end = text.length;
  for (let found = ENDS.exec(text); found !== null; found = ENDS.exec(text)) {
    if (!isEnd(text, found.index, ends)) continue;
    end = found.index;
    break;
  }
  const plain = trimCharacters(text.slice(at, end), ' ');
  reader.at = end;
  return isPlain(plain) ? plain : null;
}

const ENDS = /[:,}\]]/g;

/** A colon ends a key only before a space. */
function isEnd(text: string, at: number, ends: string): boolean {
  const character = text[at] ?? '';
  if (!ends.includes(character)) return false;
  return character !== ':' || text[at + 1] === ' ';
}

/**
 * A plain text in brackets (YAML 1.2.2, §7.3.3): it begins with no indicator and has none of those
 * that end one.
 */
function isPlain(text: string): boolean {
  return (
    START.test(text) &&
    !/[,[\]{}]/.test(text) &&
    !text.includes(' #') &&
    !text.includes(': ') &&
    !text.endsWith(':')
  );
}

const START = /^[^-?:,[\]{}#&*!|>'"%@`\s]/;

function skipSpaces(reader: FlowReader): void {
  while (reader.text[reader.at] === ' ') reader.at++;
}

function take(reader: FlowReader, mark: string): boolean {
  if (reader.text[reader.at] !== mark) return false;
  reader.at++;
  return true;
}

import type { JsonValue } from '../../core/json.ts';
import { setOwn } from '../../core/own.ts';
import { ok, type Result } from '../../core/result.ts';
import { trimEndCharacters } from '../text/cut.ts';
import { readFlow } from './flow.ts';
import { parseYaml, type YamlOptions } from './parse.ts';

/**
 * YAML in which every scalar is a text (the failsafe schema), as package managers read their own
 * locks: `1.10` stays `1.10`. The form that pnpm and Yarn write is read line by line, which takes a
 * tenth of the time; any other document goes to the parser of YAML, which gives the same values.
 *
 * @example readYamlTexts('a:\n  b: 1.10\n', { bytesMax: 100 }) // { a: { b: '1.10' } }
 */
export function readYamlTexts(
  text: string,
  options: Omit<YamlOptions, 'schema'>,
): Result<JsonValue> {
  const plain = Buffer.byteLength(text) > options.bytesMax ? null : readBlockForm(text);
  return plain === null ? parseYaml(text, { ...options, schema: 'failsafe' }) : ok(plain);
}

/** The documents of a stream: a line `---` begins one, and the first may begin without it. */
export function splitYamlDocuments(text: string): readonly string[] {
  const documents = text.split(/^---[ ]?\r?\n/m);
  return documents.filter((one, at) => at > 0 || /^[^#\s]/m.test(one));
}

/** Null for a document of another form, which says nothing about whether it is YAML. */
export function readBlockForm(text: string): JsonValue | null {
  // mutant block-form-with-controls by block: condition -> false
  if (!CLEAR.test(text) && UNCLEAR.test(text)) return null;
  const written = text.includes('\r') ? text.split(/\r?\n/) : text.split('\n');
  const reader: Reader = { lines: written.map(toLine), at: 0 };
  if (written.some((line) => line.startsWith('---') || line.startsWith('...'))) return null;
  if (!skipToContent(reader)) return null;
  const value = readMap(reader, 0, 0);
  return value === null || skipToContent(reader) ? null : value;
}

/** Nearly every lock has only such characters. */
const CLEAR = /^[\n -~]*$/;

/** Tabs and other controls, carriage returns within lines, and white space with a meaning. */
const UNCLEAR = /\r(?!\n)|(?![\r\n])\p{Cc}|[\u00a0\u2028\u2029\ufeff]/u;

interface Line {
  readonly indent: number;
  /** Without indentation; a literal text keeps the spaces at its end. */
  readonly text: string;
}

interface Reader {
  readonly lines: Line[];
  at: number;
}

function toLine(written: string): Line {
  let indent = 0;
  while (written.charCodeAt(indent) === 0x20) indent++;
  return { indent, text: written.slice(indent) };
}

/** False at the end. */
function skipToContent(reader: Reader): boolean {
  for (; reader.at < reader.lines.length; reader.at++) {
    const text = reader.lines[reader.at]?.text ?? '';
    if (text !== '' && !text.startsWith('#')) return true;
  }
  return false;
}

const DEPTH_MAX = 24;

type Block = JsonValue | null;

/** The entries at one indentation. */
function readMap(reader: Reader, indent: number, depth: number): Block {
  if (depth > DEPTH_MAX) return null;
  const map: { [key: string]: JsonValue } = {};
  while (skipToContent(reader)) {
    const line = reader.lines[reader.at] as Line;
    if (line.indent < indent) break;
    if (line.indent > indent || line.text.startsWith('- ') || line.text === '-') return null;
    const entry = readEntry(reader, line, depth);
    // mutant block-form-key-twice by block: operand 2 -> false
    if (entry === null || Object.hasOwn(map, entry.key)) return null;
    // Keys that the parser refuses.
    if (entry.key === '<<' || entry.key === '__proto__') return null;
    setOwn(map, entry.key, entry.value);
  }
  return map;
}

interface Entry {
  readonly key: string;
  readonly value: JsonValue;
}

function readEntry(reader: Reader, line: Line, depth: number): Entry | null {
  if (line.text.startsWith('? ')) return readLongEntry(reader, line, depth);
  const key = readKey(line.text);
  if (key === null) return null;
  reader.at++;
  const value = readValue(reader, key.rest, line.indent, depth);
  return value === null ? null : { key: key.name, value };
}

/** `? KEY`, and `: VALUE` on the next line: keys of more than 1,024 characters are written so. */
function readLongEntry(reader: Reader, line: Line, depth: number): Entry | null {
  const key = readScalar(trimEnd(line.text.slice(2)).trimStart());
  const next = reader.lines[++reader.at];
  if (key === null || next === undefined || next.indent !== line.indent) return null;
  if (!/^:(?: |$)/.test(next.text)) return null;
  const rest = trimEnd(next.text.slice(1)).trimStart();
  const inner = readKey(rest);
  if (rest === '' || inner === null) {
    reader.at++;
    const value = readValue(reader, rest, line.indent, depth);
    return value === null ? null : { key, value };
  }
  const indent = next.indent + next.text.length - next.text.slice(1).trimStart().length;
  reader.lines[reader.at] = { indent, text: rest };
  const value = readMap(reader, indent, depth + 1);
  return value === null ? null : { key, value };
}

/** `KEY:` or `KEY: VALUE`; the rest is the value without spaces around it. */
function readKey(text: string): { readonly name: string; readonly rest: string } | null {
  const first = text[0] ?? '';
  const quoted = first === "'" || first === '"';
  const end = quoted ? text.indexOf(first, 1) + 1 : findColon(text);
  if (end <= 0 || text[end] !== ':') return null;
  const after = text[end + 1];
  if (after !== undefined && after !== ' ') return null;
  const name = readScalar(text.slice(0, end));
  return name === null ? null : { name, rest: trimEnd(text.slice(end + 1)).trimStart() };
}

/** The colon that ends a key: the first before a space or the end. */
function findColon(text: string): number {
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1))
    if (at + 1 === text.length || text[at + 1] === ' ') return at;
  return -1;
}

/** What follows a key: a scalar, a list in brackets, a literal text, or a block below it. */
function readValue(reader: Reader, rest: string, indent: number, depth: number): Block {
  if (rest === '' || rest.startsWith('#')) return readBelow(reader, indent, depth);
  if (rest === '|-' || rest === '|') return readLiteral(reader, indent, rest === '|-');
  const value = /^[{[]/.test(rest) ? readFlow(rest) : readScalar(rest);
  // Another line of the same text, which is deeper.
  if (value === null || continues(reader, indent)) return null;
  return value;
}

function continues(reader: Reader, indent: number): boolean {
  return skipToContent(reader) && (reader.lines[reader.at]?.indent ?? 0) > indent;
}

function readBelow(reader: Reader, indent: number, depth: number): Block {
  if (!skipToContent(reader)) return '';
  const next = reader.lines[reader.at] as Line;
  const isList = next.text.startsWith('- ');
  if (isList && next.indent >= indent) return readList(reader, next.indent, depth + 1);
  return next.indent > indent ? readMap(reader, next.indent, depth + 1) : '';
}

function readList(reader: Reader, indent: number, depth: number): Block {
  if (depth > DEPTH_MAX) return null;
  const list: JsonValue[] = [];
  while (skipToContent(reader)) {
    const line = reader.lines[reader.at] as Line;
    if (line.indent < indent || (line.indent === indent && !line.text.startsWith('- '))) break;
    if (line.indent > indent) return null;
    const item = trimEnd(line.text.slice(2)).trimStart();
    const value = readItem(reader, line, item, depth);
    if (value === null) return null;
    list.push(value);
  }
  return list;
}

function readItem(reader: Reader, line: Line, item: string, depth: number): Block {
  if (item === '' || item.startsWith('- ') || item.startsWith('? ') || item.startsWith('#'))
    return null;
  if (readKey(item) === null) {
    reader.at++;
    return /^[|]/.test(item) ? null : readValue(reader, item, line.indent, depth);
  }
  const indent = line.indent + line.text.length - line.text.slice(2).trimStart().length;
  reader.lines[reader.at] = { indent, text: item };
  return readMap(reader, indent, depth + 1);
}

/** A literal text (`|`), with one line break at its end or, where it is stripped (`|-`), none. */
function readLiteral(reader: Reader, indent: number, stripped: boolean): string | null {
  const first = reader.lines[reader.at];
  if (first === undefined || first.text === '' || first.indent <= indent) return null;
  const lines: string[] = [];
  for (; reader.at < reader.lines.length; reader.at++) {
    const line = reader.lines[reader.at] as Line;
    if (line.text !== '' && line.indent <= indent) break;
    // Spaces alone, or fewer than the first line has.
    if (line.text === '' ? line.indent > 0 : line.indent < first.indent) return null;
    lines.push(line.text === '' ? '' : `${' '.repeat(line.indent - first.indent)}${line.text}`);
  }
  // The text ends without a line break.
  if (reader.at === reader.lines.length && lines.at(-1) !== '') return null;
  while (lines.at(-1) === '') lines.pop();
  return lines.join('\n') + (stripped ? '' : '\n');
}

/** A text in quotes without escapes, or one of the plain texts that mean themselves. */
function readScalar(text: string): string | null {
  const first = text[0] ?? '';
  if (first === "'" || first === '"') {
    const inner = text.slice(1, -1);
    if (text.length < 2 || !text.endsWith(first)) return null;
    return inner.includes(first) || inner.includes('\\') ? readEscaped(first, inner) : inner;
  }
  return SURE.test(text) || isPlain(text) ? text : null;
}

/** Names, versions and simple ranges: nothing in them has a meaning of its own. */
const SURE = /^[A-Za-z0-9_./^~(][\w./@^~()+<>=-]*$/;

/** `''` in single quotes; escapes in double quotes are left to the parser. */
function readEscaped(quote: string, inner: string): string | null {
  if (quote === '"') return null;
  return /^(?:[^']|'')*$/.test(inner) ? inner.replaceAll("''", "'") : null;
}

/** A plain text in a block (YAML 1.2.2, §7.3.3), without those that begin with `-`, `?` or `:`. */
function isPlain(text: string): boolean {
  return (
    text !== '' &&
    !/^[-?:,[\]{}#&*!|>'"%@`]|[ \\]$/.test(text) &&
    !text.includes(': ') &&
    !text.includes(' #') &&
    !text.endsWith(':')
  );
}

function trimEnd(text: string): string {
  return text.endsWith(' ') ? trimEndCharacters(text, ' ') : text;
}

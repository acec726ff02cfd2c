import { Failure } from '../../core/failure.ts';

/** A value of a row; a number that a double cannot hold is not needed and is null. */
export type SqliteValue = null | number | string | Uint8Array;

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const DEPTH_MAX = 40;
const COLUMNS_MAX = 2_000;

/**
 * The rows of one table of an SQLite database that is held in memory
 * (sqlite.org/fileformat2.html), in their order: nothing is executed, each page is read once at
 * most. No rows where the database is empty. Throws a Failure at the first flaw, after the rows
 * before it.
 *
 * @example for (const [, blob] of readSqliteTable(bytes, 'Packages')) …
 */
export function* readSqliteTable(
  bytes: Uint8Array,
  table: string,
): Generator<readonly SqliteValue[]> {
  for (const { values } of readSqliteRows(bytes, table)) yield values;
}

/** A row as its record has it. */
interface StoredRow {
  readonly number: number;
  readonly values: readonly SqliteValue[];
}

export interface SqliteRow extends StoredRow {
  /** What a column that is an INTEGER PRIMARY KEY stands for, whose own value is null. */
  readonly number: number;
  /** By the name that the table gives it; null for a name that it does not have. */
  column(name: string): SqliteValue;
}

/** The same, with the number of each row, and values by name. */
export function* readSqliteRows(bytes: Uint8Array, table: string): Generator<SqliteRow> {
  if (bytes.length === 0) return;
  const file = openFile(bytes);
  let root: number | null = null;
  // The schema table: type, name, table, root page, text.
  let names: readonly string[] = [];
  for (const { values } of readTree(file, 1)) {
    const [type, name, , page, text] = values;
    if (type !== 'table' || name !== table || typeof page !== 'number') continue;
    root = page;
    names = typeof text === 'string' ? listColumns(text) : [];
  }
  if (root === null) throw malformed(`it has no table ${table}`);
  for (const row of readTree(file, root))
    yield { ...row, column: (name) => row.values[names.indexOf(name)] ?? null };
}

/**
 * The names of the columns in the text that made a table, in lower case: the first word of each
 * part that is no rule for all of them. What is added later stands behind the others.
 */
function listColumns(text: string): readonly string[] {
  const body = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= body.length && parts.length < COLUMNS_MAX; at++) {
    const sign = body.charAt(at);
    if (sign === '(') depth++;
    else if (sign === ')') depth--;
    else if (at === body.length || (sign === ',' && depth === 0)) {
      parts.push(body.slice(from, at).trim());
      from = at + 1;
    }
  }
  return parts.flatMap((part) => {
    const [, name = ''] = /^[["`]?([A-Za-z_][A-Za-z0-9_]{0,100})/.exec(part) ?? [];
    return /^(?:constraint|primary|unique|check|foreign)$/i.test(name) ? [] : [name.toLowerCase()];
  });
}

interface SqliteFile {
  readonly bytes: Buffer;
  readonly pageSize: number;
  /** Of a page, without the bytes at its end that are reserved. */
  readonly usable: number;
  readonly pages: number;
  readonly seen: Set<number>;
}

function openFile(given: Uint8Array): SqliteFile {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw malformed('it does not begin as such a file does');
  const stated = bytes.readUInt16BE(16);
  const pageSize = stated === 1 ? 65_536 : stated;
  const usable = pageSize - bytes.readUInt8(20);
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0 || usable < 480)
    throw malformed('its pages have no valid size');
  if (![0, 1].includes(bytes.readUInt32BE(56))) throw malformed('its texts are not UTF-8');
  const pages = Math.floor(bytes.length / pageSize);
  // mutant sqlite-file-cut-short by rpmdb: remove
  if (bytes.readUInt32BE(28) > pages) throw malformed('it is cut short');
  return { bytes, pageSize, usable, pages, seen: new Set() };
}

function takePage(file: SqliteFile, number: number): Buffer {
  if (!Number.isInteger(number) || number < 1 || number > file.pages)
    throw malformed(`it has no page ${number}`);
  // mutant sqlite-page-twice by rpmdb: condition -> false
  if (file.seen.has(number)) throw malformed(`page ${number} is in it twice`);
  file.seen.add(number);
  const from = (number - 1) * file.pageSize;
  return file.bytes.subarray(from, from + file.usable);
}

const INTERIOR = 5;
const LEAF = 13;

/** A b-tree of rows, depth first. */
function* readTree(file: SqliteFile, root: number): Generator<StoredRow> {
  const waiting: { readonly number: number; readonly depth: number }[] = [
    { number: root, depth: 0 },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { number, depth } = next;
    if (depth > DEPTH_MAX) throw malformed('its tree is too deep');
    const page = takePage(file, number);
    const start = number === 1 ? HEADER_BYTES : 0;
    const kind = page.readUInt8(start);
    if (kind !== INTERIOR && kind !== LEAF) throw malformed(`page ${number} is no part of a table`);
    const cells = listCells(page, start, kind);
    if (kind === LEAF) for (const at of cells) yield readRow(file, page, at);
    else {
      const children = cells.map((at) => readUInt32(page, at));
      children.push(readUInt32(page, start + 8));
      for (const child of children.reverse()) waiting.push({ number: child, depth: depth + 1 });
    }
  }
}

function listCells(page: Buffer, start: number, kind: number): readonly number[] {
  const count = page.readUInt16BE(start + 3);
  const first = start + (kind === INTERIOR ? 12 : 8);
  if (first + 2 * count > page.length) throw malformed('a page has more cells than room');
  const cells: number[] = [];
  for (let cell = 0; cell < count; cell++) cells.push(page.readUInt16BE(first + 2 * cell));
  return cells;
}

/** Length, row number and payload, the rest of which may be in overflow pages. */
function readRow(file: SqliteFile, page: Buffer, at: number): StoredRow {
  const length = readVarint(page, at);
  const row = readVarint(page, length.end);
  const inline = countInline(file.usable, length.value);
  if (length.value > file.bytes.length) throw malformed('a row is longer than the file');
  const pieces = [takeBytes(page, row.end, inline)];
  let left = length.value - inline;
  let next = left > 0 ? readUInt32(page, row.end + inline) : 0;
  while (left > 0) {
    const overflow = takePage(file, next);
    const piece = overflow.subarray(4, 4 + Math.min(left, file.usable - 4));
    pieces.push(piece);
    left -= piece.length;
    next = readUInt32(overflow, 0);
  }
  const record = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  return { number: row.value, values: readRecord(record) };
}

/** How much of a payload is in the page itself (fileformat2, "Cell payload overflow pages"). */
function countInline(usable: number, length: number): number {
  const most = usable - 35;
  if (length <= most) return length;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const kept = least + ((length - least) % (usable - 4));
  return kept <= most ? kept : least;
}

function readRecord(record: Buffer): readonly SqliteValue[] {
  const header = readVarint(record, 0);
  if (header.value > record.length) throw malformed('a row has no header');
  const values: SqliteValue[] = [];
  let body = header.value;
  for (let at = header.end; at < header.value; ) {
    const type = readVarint(record, at);
    at = type.end;
    if (values.length >= COLUMNS_MAX) throw malformed('a row has too many columns');
    const size = measureValue(type.value);
    values.push(readValue(takeBytes(record, body, size), type.value));
    body += size;
  }
  return values;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function measureValue(type: number): number {
  return type >= 12 ? Math.floor((type - 12) / 2) : (INTEGER_BYTES[type] ?? 0);
}

function readValue(bytes: Buffer, type: number): SqliteValue {
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString('utf8');
  if (type === 8 || type === 9) return type - 8;
  if (type >= 1 && type <= 5) return bytes.readIntBE(0, bytes.length);
  if (type !== 6) return null;
  const number = Number(bytes.readBigInt64BE(0));
  return Number.isSafeInteger(number) ? number : null;
}

/** Up to nine bytes of seven bits; what a double cannot hold is no length of this file. */
function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = from; at < from + 9; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw malformed('a number is cut short');
    if (at === from + 8) return { value: value * 256 + byte, end: at + 1 };
    value = value * 128 + (byte & 127);
    if (byte < 128) return { value, end: at + 1 };
  }
  throw malformed('a number is too long');
}

function readUInt32(bytes: Buffer, at: number): number {
  return takeBytes(bytes, at, 4).readUInt32BE(0);
}

function takeBytes(bytes: Buffer, from: number, length: number): Buffer {
  if (from + length > bytes.length) throw malformed('a value ends behind its page');
  return bytes.subarray(from, from + length);
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not an SQLite database that can be read: ${why}`,
    'Repair the database.',
  );
}

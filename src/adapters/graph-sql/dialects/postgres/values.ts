import type { Cell } from '../dialect.ts';

/**
 * PostgreSQL has no character U+0000 in its texts, and documents of strangers have. It is kept as
 * two characters of the private area; the first of them alone is kept as two as well, so that every
 * text is read as it was written.
 */
const MARK = '\u{e000}';

export function escapeText(text: string): string {
  if (!text.includes('\0') && !text.includes(MARK)) return text;
  return text.replaceAll(MARK, `${MARK}1`).replaceAll('\0', `${MARK}0`);
}

export function unescapeText(text: string): string {
  if (!text.includes(MARK)) return text;
  return text.replace(/\u{e000}([01])/gu, (_, kept: string) => (kept === '0' ? '\0' : MARK));
}

/** An array of PostgreSQL as text (postgresql.org/docs/15/arrays.html, "Array Input"). */
export function formatArray(cells: readonly unknown[]): string {
  return `{${cells.map(formatElement).join(',')}}`;
}

function formatElement(cell: unknown): string {
  if (cell === null || cell === undefined) return 'NULL';
  if (typeof cell === 'number') return String(cell);
  if (cell instanceof Uint8Array) return `"\\\\x${Buffer.from(cell).toString('hex')}"`;
  const text = escapeText(String(cell));
  return `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;
}

/** A parameter of a statement, as the driver takes it. */
export function toParameter(value: unknown): unknown {
  if (typeof value === 'string') return escapeText(value);
  if (Array.isArray(value)) return formatArray(value);
  if (value instanceof Uint8Array && !Buffer.isBuffer(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value;
}

/** A text that is given as its bytes (SqlStatements). */
export function toText(cell: Cell): Cell {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString() : cell;
}

const readNumber = (text: string): number => Number(text);

/**
 * By the number of the type (pg_type): integers, counts and sums are numbers, and a truth is 0 or 1
 * as in SQLite.
 */
const READERS: ReadonlyMap<number, (text: string) => unknown> = new Map<
  number,
  (text: string) => unknown
>([
  [16, (text) => (text === 't' ? 1 : 0)],
  [17, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))],
  [20, readNumber],
  [21, readNumber],
  [23, readNumber],
  [25, unescapeText],
  [701, readNumber],
  [1700, readNumber],
]);

const readAsIs = (text: string): unknown => text;

export const TYPES = { getTypeParser: (type: number) => READERS.get(type) ?? readAsIs };

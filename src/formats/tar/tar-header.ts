import { isUtf8 } from 'node:buffer';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { cutBefore, trimCharacters } from '../text/cut.ts';

export const BLOCK_BYTES = 512;
/** Replaces values that are not text, such as some extended attributes. */
const BINARY_RECORDS = 'binary records';

/** The content of one header block, before the records that may precede it are applied. */
export interface RawHeader {
  readonly name: string;
  readonly linkName: string;
  readonly mode: number;
  readonly size: number;
  /** One character (POSIX.1-1988 pax, "ustar Interchange Format"). */
  readonly flag: string;
  /** GNU's old sparse form: more header blocks follow. */
  readonly extended: boolean;
}

/** A header block; null for a block of zeros. */
export function readHeader(block: Buffer): RawHeader | null {
  const stored = block.toString('latin1', 148, 156);
  let unsigned = 8 * 32;
  let signed = 8 * 32;
  for (let at = 0; at < BLOCK_BYTES; at++) {
    if (at === 148) at = 156;
    const byte = block[at] ?? 0;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  if (unsigned === 256 && block[148] === 0) return null;
  const sum = parseOctal(stored);
  // mutant tar-header-checksum: remove
  if (sum !== unsigned && sum !== signed) throw malformedTar('a header has a wrong checksum');
  const flag = String.fromCharCode(block[156] ?? 0);
  return {
    name: readFullName(block),
    linkName: readTextField(block, 157, 100),
    mode: readNumberField(block, 100, 8),
    size: readNumberField(block, 124, 12),
    flag,
    extended: flag === 'S' && block[482] !== 0,
  };
}

function readFullName(block: Buffer): string {
  const name = readTextField(block, 0, 100);
  const prefix = readPrefix(block);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/**
 * POSIX's ustar has a prefix, star's a shorter one; GNU's form has times in its place, but older
 * versions of Go wrote a prefix there too.
 */
function readPrefix(block: Buffer): string {
  const magic = block.toString('latin1', 257, 265);
  if (magic.startsWith('ustar\0'))
    return readTextField(block, 345, block.toString('latin1', 508, 512) === 'tar\0' ? 131 : 155);
  if (magic !== 'ustar  \0' || (isTime(block, 345) && isTime(block, 357))) return '';
  const prefix = readTextField(block, 345, 155);
  return /^[\0-\x7f]*$/.test(prefix) ? prefix : '';
}

/** Whether twelve bytes are absent, octal, or base-256. */
function isTime(block: Buffer, at: number): boolean {
  const field = block.toString('latin1', at, at + 12);
  if (field.startsWith('\0')) return true;
  if (field.charCodeAt(0) >= 0x80) return isBase256(block.subarray(at, at + 12));
  const digits = cutBefore(trimCharacters(field, ' \0'), '\0');
  return /^[0-7]*$/.test(digits) && digits.length <= 22;
}

/**
 * Whether the number fits in 64 bits: then all bytes before the last eight only repeat the sign.
 */
function isBase256(field: Buffer): boolean {
  const sign = ((field[0] ?? 0) & 0x40) === 0 ? 0x00 : 0xff;
  const top = field
    .subarray(0, -8)
    .map((byte, at) => (at === 0 ? (byte & 0x7f) | (sign & 0x80) : byte));
  return top.every((byte) => byte === sign) && ((field.at(-8) ?? 0) & 0x80) === (sign & 0x80);
}

export function readTextField(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end === -1 || end > at + length ? at + length : end);
}

/** Octal text, or GNU's base-256 when the top bit is set. */
export function readNumberField(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) === 0) return parseOctal(block.toString('latin1', at, at + length));
  let value = first & 0x7f;
  if (value >= 0x40) throw malformedTar('a header has a negative number');
  for (let next = at + 1; next < at + length; next++) value = value * 256 + (block[next] ?? 0);
  if (!Number.isSafeInteger(value)) throw malformedTar('a size is too large');
  return value;
}

function parseOctal(field: string): number {
  const digits = cutBefore(trimCharacters(field, ' \0'), ' \0');
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw malformedTar('a header has a malformed number');
  return Number.parseInt(digits, 8);
}

/** The records of a pax extended header: `length key=value\n`. */
export function readPaxRecords(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const digits = bytes.toString('latin1', at, Math.max(blank, at));
    const end = at + Number(digits);
    if (
      !/^[1-9][0-9]{0,8}$/.test(digits) ||
      end > bytes.length ||
      end < blank + 3 ||
      bytes[end - 1] !== 0x0a
    ) {
      throw malformedTar('an extended header is malformed');
    }
    const record = bytes.toString('utf8', blank + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals <= 0) throw malformedTar('an extended header is malformed');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  // When decoded, unequal values could look equal.
  if (!isUtf8(bytes)) records.set(BINARY_RECORDS, sha256(bytes));
  return records;
}

export function malformedTar(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not a complete tar archive: ${why}`,
    'Build or pull the image again.',
  );
}

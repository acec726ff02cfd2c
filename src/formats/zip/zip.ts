import { crc32, inflateRawSync } from 'node:zlib';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';

/**
 * One entry of the central directory (APPNOTE.TXT 4.3.12): the only place that names and sizes are
 * taken from.
 */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Of the local header, from the start of the buffer. */
  readonly offset: number;
}

/** What one archive with all its nested ones may still unfold to. */
export interface ZipBudget {
  bytesLeft: number;
  entriesLeft: number;
}

export function createZipBudget(): ZipBudget {
  return { bytesLeft: LIMITS.archiveBytesMax, entriesLeft: LIMITS.archiveEntriesMax };
}

const END = 0x06054b50;
const END_BYTES = 22;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const MAX16 = 0xffff;
const MAX32 = 0xffffffff;

interface Directory {
  readonly offset: number;
  readonly end: number;
  readonly count: number;
  /**
   * Bytes before the archive: a shell script may stand there, and stored offsets may not count it.
   */
  readonly shift: number;
}

/**
 * The central directory. Throws a Failure for an archive that readers could understand in two ways.
 */
export function readZipDirectory(bytes: Uint8Array, budget: ZipBudget): readonly ZipEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(buffer);
  if (directory.count > budget.entriesLeft)
    throw tooMuch('entries in the archive and those in it', LIMITS.archiveEntriesMax);
  budget.entriesLeft -= directory.count;
  const entries: ZipEntry[] = [];
  let at = directory.offset;
  while (entries.length < directory.count) {
    if (at + ENTRY_BYTES > directory.end || buffer.readUInt32LE(at) !== ENTRY)
      throw malformed('its directory is cut short');
    const next =
      at +
      ENTRY_BYTES +
      buffer.readUInt16LE(at + 28) +
      buffer.readUInt16LE(at + 30) +
      buffer.readUInt16LE(at + 32);
    if (next > directory.end) throw malformed('its directory is cut short');
    entries.push(readEntry(buffer, at, directory.shift));
    at = next;
  }
  if (at !== directory.end) throw malformed('its directory is longer than its count of entries');
  refuseOverlaps(entries, directory.offset);
  return entries;
}

function findDirectory(buffer: Buffer): Directory {
  const lowest = Math.max(0, buffer.length - END_BYTES - MAX16);
  for (let at = buffer.length - END_BYTES; at >= lowest; at--) {
    if (
      buffer.readUInt32LE(at) !== END ||
      at + END_BYTES + buffer.readUInt16LE(at + 20) !== buffer.length
    )
      continue;
    return readDirectory(buffer, at);
  }
  throw malformed('it has no end-of-directory record');
}

function readDirectory(buffer: Buffer, at: number): Directory {
  if (buffer.readUInt16LE(at + 4) !== 0 && buffer.readUInt16LE(at + 4) !== MAX16)
    throw malformed('it is one of several volumes');
  const count = buffer.readUInt16LE(at + 10);
  const size = buffer.readUInt32LE(at + 12);
  const offset = buffer.readUInt32LE(at + 16);
  const locator = at - 20;
  const has64 = locator >= 0 && buffer.readUInt32LE(locator) === LOCATOR64;
  if ((count === MAX16 || size === MAX32 || offset === MAX32) && has64)
    return readDirectory64(buffer, locator);
  return buildDirectory(at, count, size, offset);
}

/** Zip64 (APPNOTE 4.3.14, 4.3.15): the end record must stand right before its locator. */
function readDirectory64(buffer: Buffer, locator: number): Directory {
  const at = locator - 56;
  if (at < 0 || buffer.readUInt32LE(at) !== END64)
    throw malformed('its zip64 record is not where it should be');
  const [count, size, offset] = [at + 32, at + 40, at + 48].map((field) =>
    readNumber64(buffer, field),
  ) as [number, number, number];
  return buildDirectory(at, count, size, offset);
}

function buildDirectory(end: number, count: number, size: number, stored: number): Directory {
  const offset = end - size;
  const shift = offset - stored;
  if (offset < 0 || shift < 0) throw malformed('its directory lies outside of it');
  if (count * ENTRY_BYTES > size) throw malformed('its directory is too small for its entries');
  return { offset, end, count, shift };
}

function readEntry(buffer: Buffer, at: number, shift: number): ZipEntry {
  const nameEnd = at + ENTRY_BYTES + buffer.readUInt16LE(at + 28);
  const extra = buffer.subarray(nameEnd, nameEnd + buffer.readUInt16LE(at + 30));
  const raw = {
    size: buffer.readUInt32LE(at + 24),
    compressedSize: buffer.readUInt32LE(at + 20),
    offset: buffer.readUInt32LE(at + 42),
  };
  const real = applyZip64(raw, extra);
  return {
    ...real,
    offset: real.offset + shift,
    name: buffer.toString('utf8', at + ENTRY_BYTES, nameEnd),
    method: buffer.readUInt16LE(at + 10),
    encrypted: (buffer.readUInt16LE(at + 8) & 0x2041) !== 0,
    crc: buffer.readUInt32LE(at + 16),
  };
}

interface Extent {
  readonly size: number;
  readonly compressedSize: number;
  readonly offset: number;
}

/**
 * The zip64 extra field holds, in this order, just those values that are 0xffffffff (APPNOTE
 * 4.5.3).
 */
function applyZip64(raw: Extent, extra: Buffer): Extent {
  if (raw.size !== MAX32 && raw.compressedSize !== MAX32 && raw.offset !== MAX32) return raw;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let next = 0;
    const take = (value: number): number => {
      if (value !== MAX32) return value;
      next += 8;
      if (next > field.length) throw malformed('a zip64 field is cut short');
      return readNumber64(field, next - 8);
    };
    return {
      size: take(raw.size),
      compressedSize: take(raw.compressedSize),
      offset: take(raw.offset),
    };
  }
  return raw;
}

/**
 * Entries that share bytes are a bomb, and two readings of one archive (D. Fifield, "A better zip
 * bomb").
 */
function refuseOverlaps(entries: readonly ZipEntry[], directoryOffset: number): void {
  const sorted = [...entries].sort((one, other) => one.offset - other.offset);
  sorted.forEach((entry, index) => {
    const end = entry.offset + LOCAL_BYTES + entry.compressedSize;
    if (end > (sorted[index + 1]?.offset ?? directoryOffset))
      throw malformed('its entries overlap');
  });
}

/**
 * The content of one entry: bounded by the caller, the budget and its own declaration, checked by
 * its CRC.
 */
export function readZipEntry(
  bytes: Uint8Array,
  entry: ZipEntry,
  bytesMax: number,
  budget: ZipBudget,
): Uint8Array {
  if (entry.encrypted)
    throw new Failure(
      'UNSUPPORTED',
      'an entry of the archive is encrypted',
      'Ship it unencrypted.',
    );
  const allowed = Math.min(bytesMax, budget.bytesLeft);
  if (entry.size > allowed) throw tooMuch('bytes in an entry of the archive', allowed);
  const packed = findPackedBytes(bytes, entry);
  const content = unpackEntry(packed, entry);
  budget.bytesLeft -= content.length;
  if (content.length !== entry.size || crc32(content) !== entry.crc)
    throw malformed('an entry is not what its directory says');
  return content;
}

/** Of the local header only the two lengths count that say where the data begins. */
function findPackedBytes(bytes: Uint8Array, entry: ZipEntry): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { offset } = entry;
  if (offset + LOCAL_BYTES > buffer.length || buffer.readUInt32LE(offset) !== LOCAL)
    throw malformed('an entry is not where its directory says');
  const from =
    offset + LOCAL_BYTES + buffer.readUInt16LE(offset + 26) + buffer.readUInt16LE(offset + 28);
  if (from + entry.compressedSize > buffer.length) throw malformed('an entry is cut short');
  return buffer.subarray(from, from + entry.compressedSize);
}

function unpackEntry(packed: Uint8Array, entry: ZipEntry): Uint8Array {
  if (entry.method === 0) return packed;
  if (entry.method !== 8)
    throw new Failure(
      'UNSUPPORTED',
      `compression method ${entry.method} of an entry is not read`,
      'Pack it with deflate.',
    );
  try {
    return entry.size === 0
      ? new Uint8Array(0)
      : inflateRawSync(packed, { maxOutputLength: entry.size });
  } catch (cause) {
    throw malformed('an entry cannot be unpacked to the size that its directory says', cause);
  }
}

function readNumber64(buffer: Buffer, at: number): number {
  const value = buffer.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a size is beyond reason');
  return Number(value);
}

function malformed(why: string, cause?: unknown): Failure {
  return new Failure('MALFORMED', `not a whole zip archive: ${why}`, 'Build the archive again.', {
    cause,
  });
}

function tooMuch(what: string, max: number): Failure {
  return new Failure('LIMIT_EXCEEDED', `more than ${max} ${what}`, 'Split the archive.');
}

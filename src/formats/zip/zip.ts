import { crc32, inflateRawSync } from 'node:zlib';
import { formatCount } from '../../core/count.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';

/**
 * One entry of the central directory (APPNOTE.TXT 4.3.12): names and sizes are taken only from
 * there.
 */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** The offset of the local header, from the start of the archive. */
  readonly offset: number;
  /** Where the directory begins: no entry may end behind it. */
  readonly dataEnd: number;
  /**
   * When it was last modified, on the packer's clock, read as UTC (APPNOTE.TXT 4.4.6).
   * Null where the archive says nothing: the first day that can be written, or no day.
   */
  readonly writtenAt: Instant | null;
}

/** An archive in memory, or one that is read at offsets; `readAt` gives less only at its end. */
export type ZipSource =
  | Uint8Array
  | {
      readonly size: number;
      readonly readAt: (offset: number, length: number) => Uint8Array;
    };

/** How much one archive with all its nested archives may still unfold to. */
export interface ZipBudget {
  bytesLeft: number;
  entriesLeft: number;
  readonly entriesMax: number;
}

export function createZipBudget(
  bytesMax: number = LIMITS.archiveBytesMax,
  entriesMax: number = LIMITS.archiveEntriesMax,
): ZipBudget {
  return { bytesLeft: bytesMax, entriesLeft: entriesMax, entriesMax };
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

const ZIP64_BYTES = 56;
const LOCATOR_BYTES = 20;
const WINDOW_BYTES = 1024 * 1024;
/** The longest header: its fixed part and three fields. */
const ENTRY_BYTES_MAX = ENTRY_BYTES + 3 * MAX16;

interface Directory {
  readonly offset: number;
  readonly end: number;
  readonly count: number;
  /**
   * Bytes before the archive: there may be a shell script, and the stored offsets may not count it.
   */
  readonly shift: number;
}

/**
 * The central directory. Throws a Failure for an archive that two readers could understand in
 * different ways.
 */
export function readZipDirectory(source: ZipSource, budget: ZipBudget): readonly ZipEntry[] {
  const entries = [...streamZipDirectory(source, budget)];
  // mutant zip-entries-overlap: remove
  refuseOverlaps(entries);
  return entries;
}

/**
 * The same entry by entry, for archives whose list is not kept in memory. Then entries may overlap:
 * limit what they unfold to.
 */
export function* streamZipDirectory(source: ZipSource, budget: ZipBudget): Generator<ZipEntry> {
  const directory = findDirectory(source, budget);
  // mutant zip-entries-of-nested-archives by java-archive: remove
  budget.entriesLeft -= directory.count;
  let window: Buffer = Buffer.alloc(0);
  let at = 0;
  let next = directory.offset;
  for (let number = 0; number < directory.count; number++) {
    if (window.length - at < ENTRY_BYTES_MAX && next < directory.end) {
      const more = read(source, next, Math.min(WINDOW_BYTES, directory.end - next));
      if (more.length === 0) throw malformed('its directory is cut short');
      window = Buffer.concat([window.subarray(at), more]);
      next += more.length;
      at = 0;
    }
    const length = measureEntry(window, at);
    yield readEntry(window, at, directory);
    at += length;
  }
  // mutant zip-directory-longer-than-its-count: remove
  if (next < directory.end || at !== window.length)
    throw malformed('its directory is longer than its count of entries');
}

function measureEntry(window: Buffer, at: number): number {
  if (at + ENTRY_BYTES > window.length || window.readUInt32LE(at) !== ENTRY)
    throw malformed('its directory is cut short');
  const length =
    ENTRY_BYTES +
    window.readUInt16LE(at + 28) +
    window.readUInt16LE(at + 30) +
    window.readUInt16LE(at + 32);
  if (at + length > window.length) throw malformed('its directory is cut short');
  return length;
}

function read(source: ZipSource, offset: number, length: number): Buffer {
  const bytes =
    source instanceof Uint8Array
      ? source.subarray(offset, offset + length)
      : source.readAt(offset, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The end record is the one whose comment ends where the archive ends, so that all readers find the
 * same record.
 */
function findDirectory(source: ZipSource, budget: ZipBudget): Directory {
  const size = source instanceof Uint8Array ? source.length : source.size;
  const tailBytes = Math.min(size, ZIP64_BYTES + LOCATOR_BYTES + END_BYTES + MAX16);
  const tail = read(source, size - tailBytes, tailBytes);
  const lowest = Math.max(0, tail.length - END_BYTES - MAX16);
  for (let at = tail.length - END_BYTES; at >= lowest; at--) {
    if (
      tail.readUInt32LE(at) !== END ||
      at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length
    )
      continue;
    return readDirectory(tail, at, size - tailBytes, budget);
  }
  throw malformed('it has no end-of-directory record: it is cut short or not a zip archive');
}

/** `tail` begins at `start` in the archive. */
function readDirectory(tail: Buffer, at: number, start: number, budget: ZipBudget): Directory {
  if (tail.readUInt16LE(at + 4) !== 0 && tail.readUInt16LE(at + 4) !== MAX16)
    throw malformed('it is one of several volumes');
  const count = tail.readUInt16LE(at + 10);
  const size = tail.readUInt32LE(at + 12);
  const offset = tail.readUInt32LE(at + 16);
  const locator = at - LOCATOR_BYTES;
  const has64 = locator >= 0 && tail.readUInt32LE(locator) === LOCATOR64;
  if ((count === MAX16 || size === MAX32 || offset === MAX32) && has64)
    return readDirectory64(tail, locator, start, budget);
  return buildDirectory({ end: start + at, count, size, stored: offset }, budget);
}

/** Zip64 (APPNOTE 4.3.14, 4.3.15): the end record must be directly before its locator. */
function readDirectory64(
  tail: Buffer,
  locator: number,
  start: number,
  budget: ZipBudget,
): Directory {
  const at = locator - ZIP64_BYTES;
  if (at < 0 || tail.readUInt32LE(at) !== END64)
    throw malformed('its zip64 record is not where it should be');
  const [count, size, stored] = [at + 32, at + 40, at + 48].map((field) =>
    readNumber64(tail, field),
  ) as [number, number, number];
  return buildDirectory({ end: start + at, count, size, stored }, budget);
}

interface StatedDirectory {
  readonly end: number;
  readonly count: number;
  readonly size: number;
  readonly stored: number;
}

function buildDirectory(
  { end, count, size, stored }: StatedDirectory,
  budget: ZipBudget,
): Directory {
  // mutant zip-entries-limit: remove
  if (count > budget.entriesLeft)
    throw tooMuch(
      formatCount(budget.entriesMax, 'entry', 'entries'),
      'the archive and those in it',
    );
  const offset = end - size;
  const shift = offset - stored;
  if (offset < 0 || shift < 0) throw malformed('its directory is outside the archive');
  if (count * ENTRY_BYTES > size) throw malformed('its directory is too small for its entries');
  return { offset, end, count, shift };
}

function readEntry(buffer: Buffer, at: number, { shift, offset }: Directory): ZipEntry {
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
    dataEnd: offset,
    writtenAt: readDosTime(buffer.readUInt16LE(at + 14), buffer.readUInt16LE(at + 12)),
  };
}

/** 1 January 1980, 0:00: writers that record no time write this. */
const NO_DAY = 0x21;

function readDosTime(date: number, time: number): Instant | null {
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  const at = new Date(Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, 2 * (time & 31)));
  const isReal = at.getUTCMonth() === month && at.getUTCDate() === day;
  return !isReal || (date === NO_DAY && time === 0) ? null : toInstant(at.getTime());
}

interface Extent {
  readonly size: number;
  readonly compressedSize: number;
  readonly offset: number;
}

/**
 * The zip64 extra field contains, in this order, only the values that are 0xffffffff (APPNOTE
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
 * Entries that share bytes are a bomb, and they allow two readings of one archive (D. Fifield, "A
 * better zip bomb").
 */
function refuseOverlaps(entries: readonly ZipEntry[]): void {
  const sorted = [...entries].sort((one, other) => one.offset - other.offset);
  sorted.forEach((entry, index) => {
    const end = entry.offset + LOCAL_BYTES + entry.compressedSize;
    if (end > (sorted[index + 1]?.offset ?? entry.dataEnd)) throw malformed('its entries overlap');
  });
}

/**
 * The content of one entry: bounded by the caller, the budget and its own declaration, checked by
 * its CRC.
 */
export function readZipEntry(
  source: ZipSource,
  entry: ZipEntry,
  bytesMax: number,
  budget: ZipBudget,
): Uint8Array {
  // mutant zip-entry-encrypted: remove
  if (entry.encrypted)
    throw new Failure(
      'UNSUPPORTED',
      'an entry of the archive is encrypted',
      'Publish the archive without encryption.',
    );
  // mutant zip-bytes-of-all-entries: remove argument 2
  const allowed = Math.min(bytesMax, budget.bytesLeft);
  // mutant zip-entry-limit: remove
  if (entry.size > allowed) throw tooMuch(formatCount(allowed, 'byte'), 'an entry of the archive');
  const content = unpackEntry(readPackedBytes(source, entry), entry);
  // mutant zip-bytes-are-counted: remove
  budget.bytesLeft -= content.length;
  // mutant zip-entry-size: remove operand
  // mutant zip-entry-checksum: remove operand 2
  if (content.length !== entry.size || crc32(content) !== entry.crc)
    throw malformed('an entry is not what the directory says');
  return content;
}

/** Only two lengths of the local header are used: they say where the data begins. */
function readPackedBytes(source: ZipSource, entry: ZipEntry): Uint8Array {
  const { offset, compressedSize, size, dataEnd } = entry;
  // Deflate adds five bytes to a block that it cannot shorten (RFC 1951 §3.2.4).
  // mutant zip-entry-longer-when-packed: remove
  if (compressedSize > size + Math.ceil(size / 1_000) + 64)
    throw malformed('an entry is longer when packed than when unpacked');
  const local = read(source, offset, LOCAL_BYTES);
  if (local.length < LOCAL_BYTES || local.readUInt32LE(0) !== LOCAL)
    throw malformed('an entry is not where its directory says');
  const from = offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  // mutant zip-entry-behind-the-data: remove
  if (from + compressedSize > dataEnd) throw malformed('an entry is cut short');
  const packed = read(source, from, compressedSize);
  if (packed.length < compressedSize) throw malformed('an entry is cut short');
  return packed;
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
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a size is too large');
  return Number(value);
}

function malformed(why: string, cause?: unknown): Failure {
  const remedy = 'Get the archive from its source again, or build it again.';
  return new Failure('MALFORMED', `not a complete zip archive: ${why}`, remedy, { cause });
}

function tooMuch(limit: string, place: string): Failure {
  return new Failure('LIMIT_EXCEEDED', `more than ${limit} in ${place}`, 'Split the archive.');
}

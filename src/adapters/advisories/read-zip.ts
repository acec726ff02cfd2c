import { type FileHandle, open } from 'node:fs/promises';
import { crc32, inflateRawSync } from 'node:zlib';
import { Failure, toFailure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';

/** One file of an archive, unpacked; or why it could not be. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Result<Uint8Array>;
}

/** Where the central directory lies (APPNOTE 4.3.16, 4.3.14 for ZIP64). */
interface Directory {
  readonly entries: number;
  readonly offset: number;
  readonly size: number;
}

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly localOffset: number;
}

const END_SIZE = 22;
const WINDOW_BYTES = 1024 * 1024;
const HEADER_SIZE = 46;

/**
 * The files of a zip archive whose names end with `.json`, in the order of its directory. The
 * directory is read in windows, each member by its own bounds; local headers only say where the
 * data begins.
 */
export async function* readZip(path: string): AsyncGenerator<ZipMember> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const directory = await findDirectory(file, size);
    let unpacked = 0;
    for await (const entry of readEntries(file, directory)) {
      if (!entry.name.endsWith('.json')) continue;
      const bytes = await tryUnpack(file, entry, directory.offset);
      unpacked += bytes.ok ? bytes.value.length : 0;
      checkExpansion(unpacked, size);
      yield { name: entry.name, bytes };
    }
  } finally {
    await file.close();
  }
}

/** Overlapping members make a small archive endless. */
function checkExpansion(unpacked: number, packed: number): void {
  const free = 64 * 1024 * 1024;
  if (
    unpacked <= LIMITS.advisoryFeedBytesMax &&
    (unpacked <= free || unpacked / packed <= LIMITS.compressionRatioMax)
  )
    return;
  throw new Failure(
    'LIMIT_EXCEEDED',
    'the archive unpacks to more than it may',
    'Take the archive from its source again.',
  );
}

async function findDirectory(file: FileHandle, size: number): Promise<Directory> {
  const tail = await readAt(
    file,
    Math.max(0, size - END_SIZE - 0xffff - 20),
    Math.min(size, END_SIZE + 0xffff + 20),
  );
  const end = findEndRecord(tail);
  if (end === -1) throw malformed('it has no end record: it is cut short or no zip');
  const plain = {
    entries: tail.readUInt16LE(end + 10),
    size: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  };
  const wide = plain.entries === 0xffff || plain.size === 0xffffffff || plain.offset === 0xffffffff;
  const directory = wide ? await readWideDirectory(file, tail, end) : plain;
  if (directory.entries > LIMITS.advisoryArchiveEntriesMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the archive has over ${LIMITS.advisoryArchiveEntriesMax} files`,
      'Split it.',
    );
  }
  if (directory.offset + directory.size > size - END_SIZE)
    throw malformed('its directory lies outside');
  return directory;
}

/**
 * The end record is the one whose comment ends with the file, so that no two readers find different
 * ones.
 */
function findEndRecord(tail: Buffer): number {
  for (let at = tail.length - END_SIZE; at >= 0; at--) {
    const found =
      tail.readUInt32LE(at) === 0x06054b50 &&
      at + END_SIZE + tail.readUInt16LE(at + 20) === tail.length;
    if (found) return at;
  }
  return -1;
}

async function readWideDirectory(file: FileHandle, tail: Buffer, end: number): Promise<Directory> {
  const locator = end - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50)
    throw malformed('its ZIP64 locator is missing');
  const record = await readAt(file, toSafeNumber(tail.readBigUInt64LE(locator + 8)), 56);
  if (record.length < 56 || record.readUInt32LE(0) !== 0x06064b50)
    throw malformed('its ZIP64 end record is missing');
  return {
    entries: toSafeNumber(record.readBigUInt64LE(32)),
    size: toSafeNumber(record.readBigUInt64LE(40)),
    offset: toSafeNumber(record.readBigUInt64LE(48)),
  };
}

async function* readEntries(file: FileHandle, directory: Directory): AsyncGenerator<Entry> {
  let window: Buffer = Buffer.alloc(0);
  let at = 0;
  let next = directory.offset;
  const end = directory.offset + directory.size;
  for (let number = 0; number < directory.entries; number++) {
    // The longest header: 46 bytes and three fields of up to 65,535.
    if (window.length - at < HEADER_SIZE + 3 * 0xffff && next < end) {
      const more = await readAt(file, next, Math.min(WINDOW_BYTES, end - next));
      window = Buffer.concat([window.subarray(at), more]);
      next += more.length;
      at = 0;
    }
    const { entry, length } = parseEntry(window, at);
    at += length;
    yield entry;
  }
}

function parseEntry(
  window: Buffer,
  at: number,
): { readonly entry: Entry; readonly length: number } {
  if (at + HEADER_SIZE > window.length || window.readUInt32LE(at) !== 0x02014b50)
    throw malformed('its directory is broken');
  const nameLength = window.readUInt16LE(at + 28);
  const extraLength = window.readUInt16LE(at + 30);
  const length = HEADER_SIZE + nameLength + extraLength + window.readUInt16LE(at + 32);
  if (at + length > window.length) throw malformed('its directory is cut short');
  const nameEnd = at + HEADER_SIZE + nameLength;
  const name = window.toString('utf8', at + HEADER_SIZE, nameEnd);
  const plain = {
    size: window.readUInt32LE(at + 24),
    packedSize: window.readUInt32LE(at + 20),
    localOffset: window.readUInt32LE(at + 42),
  };
  const sizes = widenSizes(plain, window.subarray(nameEnd, nameEnd + extraLength));
  const flags = window.readUInt16LE(at + 8);
  const entry = {
    name,
    flags,
    method: window.readUInt16LE(at + 10),
    crc: window.readUInt32LE(at + 16),
    ...sizes,
  };
  return { entry, length };
}

interface Sizes {
  readonly size: number;
  readonly packedSize: number;
  readonly localOffset: number;
}

/**
 * ZIP64 extended information (APPNOTE 4.5.3): only the fields that are all ones stand there, in
 * this order.
 */
function widenSizes(plain: Sizes, extra: Buffer): Sizes {
  const wide: Record<keyof Sizes, number> = { ...plain };
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    for (const key of ['size', 'packedSize', 'localOffset'] as const) {
      if (plain[key] !== 0xffffffff) continue;
      if (field + 8 > extra.length) throw malformed('a ZIP64 field is cut short');
      wide[key] = toSafeNumber(extra.readBigUInt64LE(field));
      field += 8;
    }
  }
  return wide;
}

async function tryUnpack(
  file: FileHandle,
  entry: Entry,
  dataEnd: number,
): Promise<Result<Uint8Array>> {
  try {
    return ok(await unpacked(file, entry, dataEnd));
  } catch (thrown) {
    const failure = thrown instanceof Failure ? thrown : null;
    return failed(
      failure ?? toFailure(malformed(`${entry.name.slice(0, 100)} cannot be unpacked`, thrown)),
    );
  }
}

async function unpacked(file: FileHandle, entry: Entry, dataEnd: number): Promise<Uint8Array> {
  if (Math.max(entry.size, entry.packedSize) > LIMITS.advisoryBytesMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `a record is larger than ${LIMITS.advisoryBytesMax} bytes`,
      'Leave it out.',
    );
  }
  if ((entry.flags & 1) === 1) throw malformed('a member is encrypted');
  const local = await readAt(file, entry.localOffset, 30);
  if (local.length < 30 || local.readUInt32LE(0) !== 0x04034b50)
    throw malformed('a member is not where it should be');
  const start = entry.localOffset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (start + entry.packedSize > dataEnd) throw malformed('a member lies outside');
  const packed = await readAt(file, start, entry.packedSize);
  const bytes = inflateEntry(entry, packed);
  if (bytes.length !== entry.size || crc32(bytes) !== entry.crc)
    throw malformed('a member does not have its checksum');
  return bytes;
}

function inflateEntry(entry: Entry, packed: Buffer): Buffer {
  if (entry.method === 0) return packed;
  if (entry.method === 8)
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
  throw malformed(`a member is packed by method ${entry.method}`);
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

function toSafeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a size is impossible');
  return Number(value);
}

function malformed(why: string, cause?: unknown): Failure {
  const options = cause === undefined ? {} : { cause };
  return new Failure(
    'MALFORMED',
    `not a readable zip archive: ${why}`,
    'Take the archive from its source again.',
    options,
  );
}

import { Failure } from '../../core/failure.ts';

/** A pair of a Berkeley DB hash database. */
export interface BerkeleyPair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const HASH_MAGIC = 0x061561;
const META_BYTES = 512;
const PAGE_HEADER_BYTES = 26;

/** Page types that hold pairs (db_page.h): hash pages of versions 2 to 4.5, and later ones. */
const HASH_PAGES: ReadonlySet<number> = new Set([2, 13]);
const OVERFLOW_PAGE = 7;

/** Kinds of items on a hash page. */
const ON_PAGE = 1;
const OFF_PAGE = 3;

/**
 * The pairs of a Berkeley DB database of the access method hash (versions 7 to 10), in the order of
 * its pages. Each page is read once at most. Throws a Failure at the first flaw, after the pairs
 * before it.
 */
export function* readBerkeleyHash(given: Uint8Array): Generator<BerkeleyPair> {
  const file = openFile(Buffer.from(given.buffer, given.byteOffset, given.byteLength));
  for (let number = 1; number <= file.last; number++) {
    const page = takePage(file, number);
    if (!HASH_PAGES.has(page.readUInt8(25))) continue;
    const entries = file.read16(page, 20);
    if (entries % 2 !== 0 || PAGE_HEADER_BYTES + 2 * entries > page.length)
      throw malformed(`page ${number} has no pairs`);
    for (let entry = 0; entry < entries; entry += 2)
      yield {
        key: readItem(file, page, entry),
        value: readItem(file, page, entry + 1),
      };
  }
}

interface BerkeleyFile {
  readonly bytes: Buffer;
  readonly pageSize: number;
  readonly last: number;
  /** Overflow pages that were read. */
  readonly seen: Set<number>;
  read16(from: Buffer, at: number): number;
  read32(from: Buffer, at: number): number;
}

/** The byte order is that of the machine that wrote the file. */
function openFile(bytes: Buffer): BerkeleyFile {
  if (bytes.length < META_BYTES) throw malformed('it is too short');
  const isLittle = bytes.readUInt32LE(12) === HASH_MAGIC;
  if (!isLittle && bytes.readUInt32BE(12) !== HASH_MAGIC)
    throw malformed('it does not begin as such a file does');
  const read16 = (from: Buffer, at: number): number =>
    isLittle ? from.readUInt16LE(at) : from.readUInt16BE(at);
  const read32 = (from: Buffer, at: number): number =>
    isLittle ? from.readUInt32LE(at) : from.readUInt32BE(at);
  const pageSize = read32(bytes, 20);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
    throw malformed('its pages have no valid size');
  if (bytes.readUInt8(24) !== 0) throw malformed('it is encrypted');
  const last = read32(bytes, 32);
  // mutant berkeley-file-cut-short by rpmdb: remove
  if ((last + 1) * pageSize > bytes.length) throw malformed('it is cut short');
  return { bytes, pageSize, last, seen: new Set(), read16, read32 };
}

function takePage({ bytes, pageSize, last }: BerkeleyFile, number: number): Buffer {
  if (number < 1 || number > last) throw malformed(`it has no page ${number}`);
  return bytes.subarray(number * pageSize, (number + 1) * pageSize);
}

/** Items are stored from the end of a page towards its index, so one ends where the last began. */
function readItem(file: BerkeleyFile, page: Buffer, entry: number): Buffer {
  const from = file.read16(page, PAGE_HEADER_BYTES + 2 * entry);
  const end = entry === 0 ? page.length : file.read16(page, PAGE_HEADER_BYTES + 2 * (entry - 1));
  if (from >= end || end > page.length) throw malformed('an item lies outside of its page');
  const kind = page.readUInt8(from);
  if (kind === ON_PAGE) return page.subarray(from + 1, end);
  if (kind !== OFF_PAGE || end - from < 12) throw malformed(`an item is of the kind ${kind}`);
  return readOverflow(file, file.read32(page, from + 4), file.read32(page, from + 8));
}

function readOverflow(file: BerkeleyFile, first: number, length: number): Buffer {
  if (length > file.bytes.length) throw malformed('an item is longer than the file');
  const pieces: Buffer[] = [];
  let left = length;
  for (let number = first; left > 0; ) {
    const page = takePage(file, number);
    // mutant berkeley-page-twice by rpmdb: condition -> false
    if (file.seen.has(number)) throw malformed(`page ${number} is in it twice`);
    file.seen.add(number);
    const filled = Math.min(file.read16(page, 22), page.length - PAGE_HEADER_BYTES, left);
    if (page.readUInt8(25) !== OVERFLOW_PAGE || filled === 0)
      throw malformed(`page ${number} is no part of an item`);
    pieces.push(page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + filled));
    left -= filled;
    number = file.read32(page, 16);
  }
  return Buffer.concat(pieces);
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not a Berkeley DB hash that can be read: ${why}`,
    'Repair the database.',
  );
}

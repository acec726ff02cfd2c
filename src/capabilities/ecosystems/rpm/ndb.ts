import { Failure } from '../../../core/failure.ts';

/** All numbers are little-endian; offsets count blocks of 16 bytes (rpm, lib/backend/ndb). */
const HEADER_MAGIC = Buffer.from('RpmP');
const SLOT_MAGIC = Buffer.from('Slot');
const BLOB_MAGIC = Buffer.from('BlbS');
const PAGE_BYTES = 4_096;
const BLOCK_BYTES = 16;
/** The first two slots of the first page are the header of the file. */
const SLOTS_START = 32;
const SLOT_PAGES_MAX = 2_048;

/**
 * The headers in Packages.db, the format of rpm that SUSE uses. Throws a Failure at the first flaw,
 * after the headers before it.
 */
export function* readNdb(given: Uint8Array): Generator<Uint8Array> {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < PAGE_BYTES || !bytes.subarray(0, 4).equals(HEADER_MAGIC))
    throw malformed('it does not begin as such a file does');
  if (bytes.readUInt32LE(4) !== 0) throw malformed('its version is not known');
  const slotPages = bytes.readUInt32LE(12);
  if (slotPages < 1 || slotPages > SLOT_PAGES_MAX) throw malformed('it has no number of slots');
  const end = slotPages * PAGE_BYTES;
  if (end > bytes.length) throw malformed('it is cut short');
  const seen = new Set<number>();
  for (let at = SLOTS_START; at < end; at += BLOCK_BYTES) {
    if (!bytes.subarray(at, at + 4).equals(SLOT_MAGIC)) throw malformed('a slot is damaged');
    const index = bytes.readUInt32LE(at + 4);
    if (index === 0) continue;
    const block = bytes.readUInt32LE(at + 8);
    // mutant ndb-block-twice by rpmdb: condition -> false
    if (seen.has(block)) throw malformed('two packages share one place');
    seen.add(block);
    const place = { from: block * BLOCK_BYTES, bytes: bytes.readUInt32LE(at + 12) * BLOCK_BYTES };
    yield readBlob(bytes, place, index);
  }
}

/** Before a header is its own length, and behind it a checksum of twelve bytes. */
function readBlob(
  bytes: Buffer,
  place: { readonly from: number; readonly bytes: number },
  index: number,
): Uint8Array {
  const { from } = place;
  const blob = bytes.subarray(from, from + place.bytes);
  if (blob.length !== place.bytes || !blob.subarray(0, 4).equals(BLOB_MAGIC))
    throw malformed(`package ${index} is not where its slot says`);
  const length = blob.length < BLOCK_BYTES ? 0 : blob.readUInt32LE(12);
  if (length === 0 || blob.readUInt32LE(4) !== index || length > blob.length - BLOCK_BYTES - 12)
    throw malformed(`package ${index} is damaged`);
  return blob.subarray(BLOCK_BYTES, BLOCK_BYTES + length);
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not a package database of rpm that can be read: ${why}`,
    'Repair the database: rpm --rebuilddb.',
  );
}

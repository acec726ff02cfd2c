import { toInstant } from '../../../core/instant.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import type { InclusionProof, LogEntry } from './bundle.ts';

/** A field of a message of Protocol Buffers: its number, and a number or bytes. */
type Field = readonly [number: number, value: number | Uint8Array];

const FIELDS_MAX = 200;
/** The height of a tree of 2^53 entries. */
const HASHES_MAX = 53;
/** Seconds up to the end of the year 9999. */
const INTEGRATED_MAX = 253_402_300_799;

/**
 * An entry of a log in the binary form of its message (TransparencyLogEntry of
 * sigstore_rekor.proto), without its body, which the caller knows. Null for anything else.
 */
export function readEntryMessage(bytes: Uint8Array, body: Uint8Array): LogEntry | null {
  const fields = readFields(bytes);
  if (fields === null) return null;
  const [index, time] = [readNumber(fields, 1), readNumber(fields, 4)];
  const logId = readBytes(readNested(fields, 2), 1);
  const named = readNested(fields, 3);
  const [kind, version] = [readText(named, 1), readText(named, 2)];
  if (index === null || time === null || time > INTEGRATED_MAX) return null;
  if (logId === null || kind === null || version === null) return null;
  const promise = readBytes(readNested(fields, 5), 1);
  const stated = readNested(fields, 6);
  const proof = stated === null ? null : readProof(stated);
  if (stated !== null && proof === null) return null;
  const integratedAt = time === 0 ? null : toInstant(time * 1_000);
  return { index, logId, kind, version, integratedAt, promise, proof, body };
}

function readProof(fields: readonly Field[]): InclusionProof | null {
  const [index, size] = [readNumber(fields, 1), readNumber(fields, 3)];
  const root = readBytes(fields, 2);
  const hashes = fields.flatMap(([number, value]) =>
    number === 4 && value instanceof Uint8Array ? [value] : [],
  );
  const checkpoint = readText(readNested(fields, 5), 1);
  if (index === null || size === null || root === null || checkpoint === null) return null;
  return hashes.length > HASHES_MAX ? null : { index, size, root, hashes, checkpoint };
}

/** All fields in order; null where they are not well-formed, or of another kind. */
function readFields(bytes: Uint8Array): readonly Field[] | null {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    if (tag === null || fields.length === FIELDS_MAX) return null;
    const [number, kind] = [Math.floor(tag.value / 8), tag.value % 8];
    const value = readVarint(bytes, tag.next);
    if (value === null || (kind !== 0 && kind !== 2)) return null;
    const end = kind === 0 ? value.next : value.next + value.value;
    if (end > bytes.length) return null;
    fields.push([number, kind === 0 ? value.value : bytes.subarray(value.next, end)]);
    at = end;
  }
  return fields;
}

/** Up to 2^53: no index, size or time of a log is larger. */
function readVarint(
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly next: number } | null {
  let value = 0;
  for (let at = start, scale = 1; at < bytes.length && at < start + 8; at++, scale *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (!Number.isSafeInteger(value)) return null;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return null;
}

/** The last one counts; 0 where there is none. */
function readNumber(fields: readonly Field[], wanted: number): number | null {
  const value = fields.findLast(([number]) => number === wanted)?.[1] ?? 0;
  return typeof value === 'number' ? value : null;
}

function readBytes(fields: readonly Field[] | null, wanted: number): Uint8Array | null {
  const value = fields?.findLast(([number]) => number === wanted)?.[1];
  return value instanceof Uint8Array && value.length > 0 ? value : null;
}

function readNested(fields: readonly Field[], wanted: number): readonly Field[] | null {
  const value = readBytes(fields, wanted);
  return value === null ? null : readFields(value);
}

function readText(fields: readonly Field[] | null, wanted: number): string | null {
  const bytes = readBytes(fields, wanted);
  const text = bytes === null ? null : decodeUtf8(bytes);
  return text?.ok === true ? text.value : null;
}

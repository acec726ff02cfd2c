import { decode, encode, Tagged } from 'cborg';
import { fail, ok, type Result } from '../../core/result.ts';

/** A data item of RFC 8949. Maps keep keys of any type; byte strings are views of the input. */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborValue, CborValue>
  | CborTag;

/** A tagged item (RFC 8949 section 3.4). */
export interface CborTag {
  readonly tag: number;
  readonly value: CborValue;
}

export interface CborOptions {
  readonly bytesMax: number;
  /** The tags that are read; any other is refused. */
  readonly tags?: readonly number[];
}

/**
 * One CBOR item and nothing after it: integers and lengths in their shortest form, no indefinite
 * lengths, no key twice, only the named tags. A failure is MALFORMED, and its message is the bare
 * reason: the caller names the document.
 *
 * @example parseCbor(bytes, { bytesMax: LIMITS.envelopeBytesMax, tags: [18] })
 */
export function parseCbor(
  bytes: Uint8Array,
  { bytesMax, tags = [] }: CborOptions,
): Result<CborValue> {
  if (bytes.length > bytesMax) return refuse('the item is too large');
  try {
    const value: CborValue = decode(bytes, {
      strict: true,
      // mutant cbor-indefinite-length: value -> true
      allowIndefinite: false,
      // mutant cbor-key-twice: value -> false
      rejectDuplicateMapKeys: true,
      useMaps: true,
      tags: Tagged.preserve(...tags),
    });
    return ok(value);
  } catch (thrown) {
    const isDeep = thrown instanceof RangeError;
    return refuse(isDeep ? 'the item is nested too deeply' : 'it is not strict CBOR', thrown);
  }
}

export function isCborMap(value: CborValue): value is ReadonlyMap<CborValue, CborValue> {
  return value instanceof Map;
}

export function isCborTag(value: CborValue, tag: number): value is CborTag {
  return value instanceof Tagged && value.tag === tag;
}

/** In the deterministic form of RFC 8949 section 4.2.3: shortest lengths, shorter keys first. */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value);
}

export function tagCbor(tag: number, value: CborValue): CborTag {
  return new Tagged(tag, value);
}

function refuse(why: string, cause?: unknown): Result<never> {
  return fail('MALFORMED', why, 'Take the document from its source again.', cause);
}

import { createOctetCursor, type OctetCursor } from '../../../formats/octets/cursor.ts';

/** Numbers and octets as OpenPGP writes them (RFC 9580 §3). */
export interface OctetReader extends Omit<OctetCursor, 'require'> {
  /** A multiprecision integer without needless bits (§3.2), big-endian. */
  integer(): Buffer;
}

export function createOctetReader(bytes: Uint8Array): OctetReader {
  const cursor = createOctetCursor(bytes);
  return {
    ...cursor,
    integer: () => {
      const bits = cursor.uint16();
      const number = cursor.take(Math.ceil(bits / 8));
      const [first = 0] = number;
      cursor.require(bits > 0 && 32 - Math.clz32(first) === ((bits - 1) % 8) + 1);
      return number;
    },
  };
}

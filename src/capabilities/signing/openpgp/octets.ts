/**
 * Numbers and octets as OpenPGP writes them (RFC 9580 §3). The reader keeps its error: after the
 * first missing octet it gives empty values, and `isSound` is false. So a caller reads all fields
 * and checks once.
 */
export interface OctetReader {
  byte(): number;
  uint16(): number;
  uint32(): number;
  take(count: number): Buffer;
  /** All octets that are left. */
  rest(): Buffer;
  /** A multiprecision integer without needless bits (§3.2), big-endian. */
  integer(): Buffer;
  isSound(): boolean;
  /** Whether every field was present, and nothing is left. */
  isEnded(): boolean;
}

export function createOctetReader(bytes: Uint8Array): OctetReader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let sound = true;
  const take = (count: number): Buffer => {
    sound &&= count <= view.length - at;
    if (!sound) return Buffer.alloc(0);
    at += count;
    return view.subarray(at - count, at);
  };
  const uint16 = (): number => {
    const two = take(2);
    return sound ? two.readUInt16BE() : 0;
  };
  return {
    take,
    uint16,
    byte: () => take(1)[0] ?? 0,
    uint32: () => {
      const four = take(4);
      return sound ? four.readUInt32BE() : 0;
    },
    rest: () => take(view.length - at),
    integer: () => {
      const bits = uint16();
      const number = take(Math.ceil(bits / 8));
      const [first = 0] = number;
      sound &&= bits > 0 && 32 - Math.clz32(first) === ((bits - 1) % 8) + 1;
      return number;
    },
    isSound: () => sound,
    isEnded: () => sound && at === view.length,
  };
}

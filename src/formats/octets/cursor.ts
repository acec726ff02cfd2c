/**
 * A cursor over octets, big-endian, that keeps its error: after the first missing octet it gives
 * empty values, and `isSound` is false. So a caller reads all fields and checks once.
 */
export interface OctetCursor {
  take(count: number): Buffer;
  byte(): number;
  uint16(): number;
  uint32(): number;
  /** All octets that are left. */
  rest(): Buffer;
  /** Nothing after this is sound unless `holds`. */
  require(holds: boolean): void;
  isSound(): boolean;
  /** Whether every field was present, and nothing is left. */
  isEnded(): boolean;
}

export function createOctetCursor(bytes: Uint8Array): OctetCursor {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let sound = true;
  const take = (count: number): Buffer => {
    sound &&= count <= view.length - at;
    if (!sound) return Buffer.alloc(0);
    at += count;
    return view.subarray(at - count, at);
  };
  const number = (size: number): number => {
    const found = take(size);
    return sound ? found.readUIntBE(0, size) : 0;
  };
  return {
    take,
    byte: () => take(1)[0] ?? 0,
    uint16: () => number(2),
    uint32: () => number(4),
    rest: () => take(view.length - at),
    require: (holds) => {
      sound &&= holds;
    },
    isSound: () => sound,
    isEnded: () => sound && at === view.length,
  };
}

/** One packet of OpenPGP (RFC 9580 §4): its kind and its body. */
export interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

export const PACKET = {
  signature: 2,
  publicKey: 6,
  marker: 10,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
  padding: 21,
} as const;

/**
 * The packets of a whole text, or null where it is none: a length that runs over, or one that is
 * only known at the end. Keys and signatures have neither (§4.2.1.4).
 */
export function readPackets(bytes: Uint8Array, max: number): readonly Packet[] | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: Packet[] = [];
  for (let at = 0; at < view.length; ) {
    // mutant openpgp-many-packets by verify-openpgp: remove operand
    if (packets.length >= max) return null;
    const head = readHead(view, at);
    if (head === null || head.length > view.length - head.from) return null;
    packets.push({ tag: head.tag, body: view.subarray(head.from, head.from + head.length) });
    at = head.from + head.length;
  }
  return packets;
}

interface PacketHead {
  readonly tag: number;
  readonly from: number;
  readonly length: number;
}

function readHead(view: Buffer, at: number): PacketHead | null {
  const first = view[at] ?? 0;
  if ((first & 0x80) === 0) return null;
  const isNew = (first & 0x40) !== 0;
  const length = isNew ? readLength(view, at + 1) : readOldLength(view, at + 1, first & 3);
  const tag = isNew ? first & 0x3f : (first >> 2) & 0x0f;
  return length === null || tag === 0 ? null : { tag, ...length };
}

type PacketLength = Pick<PacketHead, 'from' | 'length'>;

/** §4.2.1; also the length of a subpacket (§5.2.3.7), but for partial lengths. */
export function readLength(view: Buffer, at: number): PacketLength | null {
  const first = view[at];
  if (first === undefined) return null;
  if (first < 192) return { from: at + 1, length: first };
  const second = view[at + 1];
  if (first < 224)
    return second === undefined
      ? null
      : { from: at + 2, length: (first - 192) * 256 + second + 192 };
  if (first !== 255 || view.length < at + 5) return null;
  return { from: at + 5, length: view.readUInt32BE(at + 1) };
}

/** §4.2.2. */
function readOldLength(view: Buffer, at: number, kind: number): PacketLength | null {
  const width = [1, 2, 4][kind];
  if (width === undefined || view.length < at + width) return null;
  return { from: at + width, length: view.readUIntBE(at, width) };
}

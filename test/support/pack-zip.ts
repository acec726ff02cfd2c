import { crc32, deflateRawSync } from 'node:zlib';

export interface MadeMember {
  readonly name: string;
  readonly text: string | Uint8Array;
  readonly stored?: boolean;
  /** False values in both headers. */
  readonly crc?: number;
  readonly size?: number;
  readonly packedSize?: number;
  readonly method?: number;
  readonly flags?: number;
  /** When it was modified, in milliseconds since 1970, UTC; not recorded if left out. */
  readonly writtenAt?: number;
  /** A different name in the local header. */
  readonly localName?: string;
  /** Shares the bytes of the member of this number. */
  readonly overlaps?: number;
}

/** A zip archive, after `prefix`, that is correct except for the overrides of a member. */
export function packZip(
  members: readonly MadeMember[],
  options: { readonly zip64?: boolean; readonly prefix?: Uint8Array } = {},
): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  const offsets: number[] = [];
  const deflated = new Map<string | Uint8Array, Buffer>(); // a bomb repeats its content
  let offset = 0;
  for (const member of members) {
    const plain = Buffer.from(member.text);
    const packed =
      member.stored === true ? plain : (deflated.get(member.text) ?? deflateRawSync(plain));
    if (member.stored !== true) deflated.set(member.text, packed);
    const central = header(0x02014b50, 46, member, plain, packed);
    central.writeUInt16LE(Buffer.byteLength(member.name), 28);
    central.writeUInt32LE(offsets[member.overlaps ?? -1] ?? offset, 42);
    offsets.push(central.readUInt32LE(42));
    directory.push(central, Buffer.from(member.name));
    if (member.overlaps !== undefined) continue;
    const name = Buffer.from(member.localName ?? member.name);
    const local = header(0x04034b50, 30, member, plain, packed);
    local.writeUInt16LE(name.length, 26);
    locals.push(local, name, packed);
    offset += local.length + name.length + packed.length;
  }
  const size = Buffer.concat(directory).length;
  const wide = options.zip64 === true ? zip64End(members.length, size, offset) : Buffer.alloc(0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(options.zip64 === true ? 0xffff : members.length, 8);
  end.writeUInt16LE(options.zip64 === true ? 0xffff : members.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([options.prefix ?? Buffer.alloc(0), ...locals, ...directory, wide, end]);
}

/** The common fields of local and central headers are two bytes further in the central header. */
function header(
  signature: number,
  length: number,
  member: MadeMember,
  plain: Buffer,
  packed: Buffer,
): Buffer {
  const bytes = Buffer.alloc(length);
  const shift = length === 46 ? 2 : 0;
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(member.flags ?? 0, 6 + shift);
  bytes.writeUInt16LE(member.method ?? (member.stored === true ? 0 : 8), 8 + shift);
  if (member.writtenAt !== undefined)
    bytes.writeUInt32LE(formatDosTime(member.writtenAt), 10 + shift);
  bytes.writeUInt32LE(member.crc ?? crc32(plain), 14 + shift);
  bytes.writeUInt32LE(member.packedSize ?? packed.length, 18 + shift);
  bytes.writeUInt32LE(member.size ?? plain.length, 22 + shift);
  return bytes;
}

/** Time in the low half, date in the high one (APPNOTE.TXT 4.4.6). */
function formatDosTime(at: number): number {
  const when = new Date(at);
  const time =
    (when.getUTCHours() << 11) | (when.getUTCMinutes() << 5) | (when.getUTCSeconds() >> 1);
  const year = when.getUTCFullYear() - 1980;
  return ((year << 9) | ((when.getUTCMonth() + 1) << 5) | when.getUTCDate()) * 0x10000 + time;
}

function zip64End(entries: number, size: number, offset: number): Buffer {
  const bytes = Buffer.alloc(56 + 20);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeBigUInt64LE(BigInt(entries), 32);
  bytes.writeBigUInt64LE(BigInt(size), 40);
  bytes.writeBigUInt64LE(BigInt(offset), 48);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(BigInt(offset + size), 64);
  return bytes;
}

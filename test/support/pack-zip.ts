import { crc32, deflateRawSync } from 'node:zlib';

export interface MadeMember {
  readonly name: string;
  readonly text: string;
  readonly stored?: boolean;
  /** The false values in the directory. */
  readonly crc?: number;
  readonly size?: number;
  readonly packedSize?: number;
  readonly method?: number;
  readonly flags?: number;
}

/** A zip archive that is correct except for the overrides of a member. */
export function packZip(
  members: readonly MadeMember[],
  options: { readonly zip64?: boolean } = {},
): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const plain = Buffer.from(member.text);
    const packed = member.stored === true ? plain : deflateRawSync(plain);
    const local = header(0x04034b50, 30, member, plain, packed);
    local.writeUInt16LE(Buffer.byteLength(member.name), 26);
    const central = header(0x02014b50, 46, member, plain, packed);
    central.writeUInt16LE(Buffer.byteLength(member.name), 28);
    central.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(member.name), packed);
    directory.push(central, Buffer.from(member.name));
    offset += local.length + Buffer.byteLength(member.name) + packed.length;
  }
  const size = Buffer.concat(directory).length;
  const wide = options.zip64 === true ? zip64End(members.length, size, offset) : Buffer.alloc(0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(options.zip64 === true ? 0xffff : members.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, wide, end]);
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
  bytes.writeUInt32LE(member.crc ?? crc32(plain), 14 + shift);
  bytes.writeUInt32LE(member.packedSize ?? packed.length, 18 + shift);
  bytes.writeUInt32LE(member.size ?? plain.length, 22 + shift);
  return bytes;
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

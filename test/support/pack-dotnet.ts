import { sha256 } from '../../src/core/digest.ts';
import { packElf } from './elf.ts';

const SIGN = Buffer.from(sha256('.net core bundle\n').slice('sha256:'.length), 'hex');

interface SingleFile {
  /** 1 had no place for the list. */
  readonly major?: number;
  /** In place of where the header is. */
  readonly headerAt?: number;
  /** In place of how long the list is. */
  readonly listBytes?: number;
}

/** An application that `dotnet publish` made as one file: a host, and what is behind it. */
export function packSingleFile(
  deps: string,
  { major = 6, headerAt, listBytes }: SingleFile = {},
): Buffer {
  const offset = Buffer.alloc(8);
  const pack = (): Buffer => {
    const data = Buffer.concat([Buffer.alloc(64), offset, SIGN]).toString('latin1');
    return packElf({ sections: [{ name: '.text', content: 'code' }], writable: data });
  };
  const end = pack().length;
  const list = Buffer.from(deps);
  const padding = Buffer.alloc(4_096);
  const header = Buffer.alloc(13 + 3 + 40);
  header.writeUInt32LE(major, 0);
  header.write('\u0003abc', 12, 'latin1');
  header.writeBigUInt64LE(BigInt(end), 16);
  header.writeBigUInt64LE(BigInt(listBytes ?? list.length), 24);
  offset.writeBigUInt64LE(BigInt(headerAt ?? end + list.length + padding.length));
  return Buffer.concat([pack(), list, padding, header]);
}

/** A program of Windows with nothing but what it says of itself. */
export function packAssembly(strings: Readonly<Record<string, string>>): Buffer {
  const table = packBlock(
    '040904b0',
    Buffer.alloc(0),
    Object.entries(strings).map(([key, value]) =>
      packBlock(key, Buffer.from(`${value}\0`, 'utf16le'), []),
    ),
  );
  const info = packBlock('StringFileInfo', Buffer.alloc(0), [table]);
  const resource = packBlock('VS_VERSION_INFO', Buffer.alloc(52, 1), [info]);
  const head = Buffer.alloc(512);
  head.write('MZ', 0, 'latin1');
  head.writeUInt32LE(64, 60);
  head.write('PE\0\0', 64, 'latin1');
  head.writeUInt16LE(1, 70);
  head.writeUInt16LE(240, 84);
  head.writeUInt16LE(0x20b, 88);
  const section = 64 + 24 + 240;
  head.write('.rsrc', section, 'latin1');
  head.writeUInt32LE(0x1000, section + 12);
  head.writeUInt32LE(resource.length, section + 16);
  head.writeUInt32LE(head.length, section + 20);
  head.writeUInt32LE(0x4000_0040, section + 36);
  return Buffer.concat([head, resource]);
}

/** A block of a version resource, aligned by four. */
function packBlock(key: string, value: Buffer, inner: readonly Buffer[]): Buffer {
  const start = pad(Buffer.concat([Buffer.alloc(6), Buffer.from(`${key}\0`, 'utf16le')]));
  const content = Buffer.concat([pad(value), ...inner.map(pad)]);
  const block = Buffer.concat([start, inner.length === 0 ? value : content]);
  block.writeUInt16LE(block.length, 0);
  block.writeUInt16LE(value.length, 2);
  return block;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

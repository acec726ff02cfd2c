// Writes tar archives: for the layers of images, and for tests of readers, which need false
// archives.

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;

/** One entry; `flag` is the tar type, `0` (a file) by default. */
export interface TarItem {
  readonly path: string;
  readonly flag?: string;
  readonly content?: string | Uint8Array;
  readonly link?: string;
  readonly mode?: number;
  /** Empty in the header by default, as some writers do. */
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
  /** A size other than that of the content: a false value, for tests. */
  readonly size?: number;
}

/**
 * Makes a ustar archive of the entries in their order. A path or link over 100 bytes gets a pax
 * header (POSIX.1-2001 pax).
 */
export function packTar(items: readonly TarItem[]): Buffer {
  return Buffer.concat([...items.flatMap(packEntry), Buffer.alloc(2 * BLOCK_BYTES)]);
}

function packEntry(item: TarItem): Buffer[] {
  const content = Buffer.from(item.content ?? '');
  const long = isLong(item.path) || isLong(item.link ?? '');
  if (!long) return [tarHeader(item, content.length), padded(content)];
  const link = item.link === undefined ? '' : paxRecord('linkpath', item.link);
  const records = Buffer.from(paxRecord('path', item.path) + link);
  const { flag: _, content: __, link: ___, size: ____, ...same } = item;
  const short = { ...item, path: 'long', ...(item.link === undefined ? {} : { link: 'long' }) };
  return [
    tarHeader({ ...same, path: 'pax', flag: 'x', mode: 0o644 }, records.length),
    padded(records),
    tarHeader(short, content.length),
    padded(content),
  ];
}

function isLong(text: string): boolean {
  return Buffer.byteLength(text) > NAME_BYTES;
}

/** One record of a pax header: its length counts itself. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (String(length).length + Buffer.byteLength(rest) !== length)
    length = String(length).length + Buffer.byteLength(rest);
  return `${length}${rest}`;
}

/** The header block of one entry whose content has `length` bytes. */
export function tarHeader(item: TarItem, length: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(item.path, 0, NAME_BYTES);
  number(block, 100, 8, item.mode ?? 0o644);
  number(block, 108, 8, item.uid);
  number(block, 116, 8, item.gid);
  number(block, 124, 12, item.size ?? length);
  number(block, 136, 12, item.mtime);
  block.write('        ', 148);
  block.write(item.flag ?? '0', 156);
  block.write(item.link ?? '', 157, NAME_BYTES);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function number(block: Buffer, at: number, bytes: number, value: number | undefined): void {
  if (value === undefined) return;
  const digits = value.toString(8).padStart(bytes - 1, '0');
  if (!/^[0-7]+$/.test(digits) || digits.length >= bytes)
    throw new RangeError(`${value} does not fit in a tar header`);
  block.write(digits, at);
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([
    content,
    Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES),
  ]);
}

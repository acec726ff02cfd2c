import { posix } from 'node:path';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** Where a member of a tar archive lies, so that it is read without unpacking anything. */
export type TarEntry =
  | { readonly kind: 'file'; readonly offset: number; readonly size: number }
  | { readonly kind: 'link'; readonly target: string }
  /** Named twice: readers could disagree about which one counts. */
  | { readonly kind: 'ambiguous' };

export type TarIndex = ReadonlyMap<string, TarEntry>;

/** Reads `length` bytes at `offset`; fewer only at the end of the archive. */
export type ByteReader = (offset: number, length: number) => Promise<Uint8Array>;

const BLOCK = 512;
const EXTENSION_BYTES_MAX = 1024 * 1024;

interface Header {
  readonly type: string;
  readonly name: string;
  readonly link: string;
  readonly size: number;
}

/** What extended headers say of the member that follows. */
interface Extension {
  readonly name?: string;
  readonly link?: string;
  readonly size?: number;
}

/**
 * One pass over the headers of an archive (POSIX pax and ustar, GNU long names). Contents are
 * skipped, not read.
 */
export async function indexTar(
  readAt: ByteReader,
  archiveBytes: number,
): Promise<Result<TarIndex>> {
  const index = new Map<string, TarEntry>();
  let extension: Extension = {};
  for (let offset = 0, entries = 0; offset + BLOCK <= archiveBytes; entries++) {
    if (entries > LIMITS.layoutEntriesMax) {
      return fail(
        'LIMIT_EXCEEDED',
        `an archive of over ${LIMITS.layoutEntriesMax} entries`,
        'Check where it came from.',
      );
    }
    const block = await readAt(offset, BLOCK);
    if (block.every((byte) => byte === 0)) return ok(index);
    const header = readHeader(block);
    if (header === null) return malformed('a header is damaged');
    const size = extension.size ?? header.size;
    const start = offset + BLOCK;
    if (start + size > archiveBytes) return malformed('it ends within a member');
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
    if ('xLK'.includes(header.type)) {
      if (size > EXTENSION_BYTES_MAX) return malformed('an extended header is too large');
      const more = readExtension(header.type, await readAt(start, size));
      if (more === null) return malformed('an extended header is damaged');
      extension = { ...extension, ...more };
      continue;
    }
    if (header.type !== 'g') {
      addEntry(index, { ...header, ...extension, size }, start);
      extension = {};
    }
  }
  return index.size === 0 ? malformed('it is empty or no tar archive') : ok(index);
}

function addEntry(index: Map<string, TarEntry>, header: Header, offset: number): void {
  const name = normalisePath(header.name);
  const entry = toEntry(header, name, offset);
  if (entry === null || name === null) return;
  index.set(name, index.has(name) ? { kind: 'ambiguous' } : entry);
}

function toEntry(
  { type, size, link }: Header,
  name: string | null,
  offset: number,
): TarEntry | null {
  if (type === '0' || type === '\0' || type === '7') return { kind: 'file', offset, size };
  const target = type === '2' ? posix.join(posix.dirname(name ?? '.'), link) : link;
  if (type === '1' || type === '2')
    return { kind: 'link', target: posix.isAbsolute(link) ? '..' : target };
  return null;
}

/** A path inside the archive in one way of writing; null where it leads out of it. */
export function normalisePath(path: string): string | null {
  if (path.includes('\0') || posix.isAbsolute(path) || path.length > LIMITS.pathBytesMax)
    return null;
  const plain = posix.normalize(path).replace(/\/$/, '');
  return plain === '..' || plain.startsWith('../') || plain === '.' || plain === '' ? null : plain;
}

function readHeader(block: Uint8Array): Header | null {
  const text = (from: number, length: number) => {
    const field = block.subarray(from, from + length);
    const end = field.indexOf(0);
    return Buffer.from(end === -1 ? field : field.subarray(0, end)).toString('utf8');
  };
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== Number.parseInt(text(148, 8).trim(), 8)) return null;
  const size = readNumber(block.subarray(124, 136));
  if (size === null) return null;
  const prefix = text(257, 5) === 'ustar' && text(257, 8) !== 'ustar  ' ? text(345, 155) : '';
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  return { type: String.fromCharCode(block[156] ?? 0), name, link: text(157, 100), size };
}

/** Octal, or base 256 where the first bit is set (GNU). */
function readNumber(field: Uint8Array): number | null {
  if ((field[0] ?? 0) & 0x80) {
    const value = field.reduce(
      (total, byte, at) => total * 256 + (at === 0 ? byte & 0x7f : byte),
      0,
    );
    return Number.isSafeInteger(value) ? value : null;
  }
  const text = Buffer.from(field)
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trim();
  return /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : null;
}

function readExtension(type: string, bytes: Uint8Array): Extension | null {
  const text = Buffer.from(bytes).toString('utf8');
  if (type === 'L') return { name: text.replace(/\0.*$/s, '') };
  if (type === 'K') return { link: text.replace(/\0.*$/s, '') };
  const records = parsePaxRecords(bytes);
  if (records === null) return null;
  const size = records.get('size');
  if (size !== undefined && !/^\d{1,15}$/.test(size)) return null;
  const [name, link] = [records.get('path'), records.get('linkpath')];
  return {
    ...(name === undefined ? {} : { name }),
    ...(link === undefined ? {} : { link }),
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}

/** `LENGTH KEY=VALUE\n` (POSIX pax); the length counts bytes. */
function parsePaxRecords(bytes: Uint8Array): Map<string, string> | null {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const digits = space === -1 ? '' : Buffer.from(bytes.subarray(at, space)).toString('latin1');
    const length = /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (end <= space + 1 || end > bytes.length || bytes[end - 1] !== 10) return null;
    const record = Buffer.from(bytes.subarray(space + 1, end - 1)).toString('utf8');
    const equals = record.indexOf('=');
    if (equals < 1) return null;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `not a readable tar archive: ${why}`, 'Write the archive again.');
}

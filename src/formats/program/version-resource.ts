import { viewBuffer } from './fields.ts';
import type { ProgramLayout } from './loaded-part.ts';
import type { PartReading } from './part-reading.ts';

/** Resources of real programs with more are pictures. */
const RESOURCE_BYTES_MAX = 1024 * 1024;
const KEY = Buffer.from('VS_VERSION_INFO\0', 'utf16le');
const HEADER_BYTES = 6;
const STRINGS_MAX = 100;
const VALUE_CHARS_MAX = 256;

/**
 * What a program of Windows says of itself, by name: `ProductName`, `ProductVersion`, `FileVersion`
 * (Microsoft, "VS_VERSIONINFO structure"). Empty where it says nothing.
 */
export function* readVersionResource({
  named,
}: ProgramLayout): PartReading<ReadonlyMap<string, string>> {
  const section = named.find(({ name }) => name === '.rsrc');
  if (section === undefined) return new Map();
  const { offset, length } = section;
  const part = { offset, length: Math.min(length, RESOURCE_BYTES_MAX) };
  const bytes = viewBuffer(yield part);
  const at = bytes.indexOf(KEY);
  return at < HEADER_BYTES ? new Map() : readStrings(bytes, at - HEADER_BYTES);
}

/** A block: its length, that of its value, a type, a key, and what is in it, aligned by four. */
interface Block {
  readonly key: string;
  /** Where its value begins, and where it ends. */
  readonly start: number;
  readonly end: number;
  readonly valueLength: number;
}

function readBlock(bytes: Buffer, at: number, endMax: number): Block | null {
  if (at + HEADER_BYTES > endMax) return null;
  const length = bytes.readUInt16LE(at);
  // mutant version-resource-beyond-its-block by dotnet-program: condition -> false
  if (length < HEADER_BYTES || at + length > endMax) return null;
  let stop = at + HEADER_BYTES;
  while (stop + 1 < at + length && bytes.readUInt16LE(stop) !== 0) stop += 2;
  const key = bytes.toString('utf16le', at + HEADER_BYTES, stop);
  return { key, start: align(stop + 2), end: at + length, valueLength: bytes.readUInt16LE(at + 2) };
}

/** Blocks are aligned in the section, and that is aligned in its file. */
function align(at: number): number {
  return Math.ceil(at / 4) * 4;
}

/** Of the first language. */
function readStrings(bytes: Buffer, at: number): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const root = readBlock(bytes, at, bytes.length);
  if (root === null) return found;
  for (const info of listBlocks(bytes, align(root.start + root.valueLength), root.end)) {
    if (info.key !== 'StringFileInfo') continue;
    const [table] = listBlocks(bytes, info.start, info.end);
    if (table === undefined) return found;
    for (const { key, start, end } of listBlocks(bytes, table.start, table.end)) {
      const text = start < end ? bytes.toString('utf16le', start, end) : '';
      const value = text.slice(0, Math.max(text.indexOf('\0'), 0) || text.length).trim();
      if (value !== '' && value !== '\0') found.set(key, value.slice(0, VALUE_CHARS_MAX));
    }
  }
  return found;
}

function listBlocks(bytes: Buffer, start: number, end: number): readonly Block[] {
  const blocks: Block[] = [];
  for (let at = start; blocks.length < STRINGS_MAX; ) {
    const block = readBlock(bytes, at, end);
    if (block === null) return blocks;
    blocks.push(block);
    at = align(block.end);
  }
  return blocks;
}

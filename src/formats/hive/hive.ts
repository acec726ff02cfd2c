import { Failure } from '../../core/failure.ts';

/** A value of a key; a kind that is not read is null. */
export type HiveValue = string | number | null;

/** One key of a hive; its names are equal without regard to case. */
export interface HiveKey {
  readonly name: string;
  find(path: string): HiveKey | null;
  listKeys(): readonly HiveKey[];
  /** By name in lower case. */
  readValues(): ReadonlyMap<string, HiveValue>;
}

const BASE_BYTES = 4_096;
const DEPTH_MAX = 8;
const KEYS_MAX = 100_000;
const VALUES_MAX = 10_000;
const TEXT_BYTES_MAX = 16_344;
const NAME_IN_ASCII = 0x20;

/**
 * The root of a registry hive of Windows that is held in memory ("Windows registry file format
 * specification", msuhanov). Offsets are checked one by one: a list that leads in a circle, or
 * beyond the file, is a Failure.
 */
export function readHive(bytes: Uint8Array): HiveKey {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < BASE_BYTES || file.toString('latin1', 0, 4) !== 'regf')
    throw malformed('it does not begin as a hive does');
  return openKey({ file, keys: 0 }, file.readUInt32LE(36));
}

interface Hive {
  readonly file: Buffer;
  /** So many were opened. */
  keys: number;
}

/** The content of a cell; its size is negative where it is in use. */
function takeCell({ file }: Hive, offset: number, bytesMin: number): Buffer {
  const at = BASE_BYTES + offset;
  // mutant hive-cell-beyond-the-file: condition -> false
  if (at + 4 > file.length) throw malformed('a cell is beyond its end');
  const size = -file.readInt32LE(at);
  // mutant hive-cell-cut-short: condition -> false
  if (size < bytesMin + 4 || at + size > file.length) throw malformed('a cell is cut short');
  return file.subarray(at + 4, at + size);
}

function openKey(hive: Hive, offset: number): HiveKey {
  hive.keys += 1;
  // mutant hive-keys-without-end: condition -> false
  if (hive.keys > KEYS_MAX) throw malformed('it has too many keys');
  const cell = takeCell(hive, offset, 0x4c);
  if (cell.toString('latin1', 0, 2) !== 'nk') throw malformed('a key is none');
  const key: HiveKey = {
    name: readName(cell, 0x4c, cell.readUInt16LE(0x48), cell.readUInt16LE(2) & NAME_IN_ASCII),
    find: (path) => {
      let found: HiveKey | null = key;
      for (const name of path.toLowerCase().split('/'))
        found = found?.listKeys().find((one) => one.name.toLowerCase() === name) ?? null;
      return found;
    },
    listKeys: () => {
      const count = cell.readUInt32LE(0x14);
      const places = count === 0 ? [] : listPlaces(hive, cell.readUInt32LE(0x1c), 0);
      return places.map((place) => openKey(hive, place));
    },
    readValues: () => readValues(hive, cell.readUInt32LE(0x24), cell.readUInt32LE(0x28)),
  };
  return key;
}

/** Where the keys of a list are: `lf`, `lh` and `li` have them, `ri` has more lists. */
function listPlaces(hive: Hive, offset: number, depth: number): readonly number[] {
  if (depth > DEPTH_MAX) throw malformed('its lists are nested too deeply');
  const cell = takeCell(hive, offset, 4);
  const kind = cell.toString('latin1', 0, 2);
  const count = cell.readUInt16LE(2);
  const width = kind === 'lf' || kind === 'lh' ? 8 : 4;
  if (!['lf', 'lh', 'li', 'ri'].includes(kind)) throw malformed('a list of keys is none');
  if (4 + count * width > cell.length) throw malformed('a list of keys is cut short');
  const places = Array.from({ length: count }, (_, at) => cell.readUInt32LE(4 + at * width));
  if (kind !== 'ri') return places;
  const found: number[] = [];
  for (const place of places) {
    found.push(...listPlaces(hive, place, depth + 1));
    if (found.length > KEYS_MAX) throw malformed('it has too many keys');
  }
  return found;
}

function readValues(hive: Hive, count: number, offset: number): ReadonlyMap<string, HiveValue> {
  const values = new Map<string, HiveValue>();
  if (count === 0) return values;
  if (count > VALUES_MAX) throw malformed('a key has too many values');
  const list = takeCell(hive, offset, count * 4);
  for (let at = 0; at < count; at++) {
    const cell = takeCell(hive, list.readUInt32LE(at * 4), 0x14);
    if (cell.toString('latin1', 0, 2) !== 'vk') throw malformed('a value is none');
    const name = readName(cell, 0x14, cell.readUInt16LE(2), cell.readUInt16LE(0x10) & 1);
    values.set(name.toLowerCase(), readValue(hive, cell));
  }
  return values;
}

const [TEXT, EXPANDED, NUMBER] = [1, 2, 4];

function readValue(hive: Hive, cell: Buffer): HiveValue {
  const stated = cell.readUInt32LE(4);
  const type = cell.readUInt32LE(0xc);
  // Up to four bytes are in place of the offset.
  const isHere = stated >= 0x8000_0000;
  const size = isHere ? stated - 0x8000_0000 : stated;
  if (size > TEXT_BYTES_MAX || (isHere && size > 4)) return null;
  const data = isHere ? cell.subarray(8, 8 + size) : takeCell(hive, cell.readUInt32LE(8), size);
  if (type === NUMBER) return size === 4 ? data.readUInt32LE(0) : null;
  if (type !== TEXT && type !== EXPANDED) return null;
  const text = data.toString('utf16le', 0, size - (size % 2));
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

function readName(cell: Buffer, at: number, length: number, isAscii: number): string {
  if (at + length > cell.length) throw malformed('a name is cut short');
  return cell.toString(isAscii === 0 ? 'utf16le' : 'latin1', at, at + length);
}

function malformed(why: string): Failure {
  return new Failure('MALFORMED', `not a registry hive: ${why}`, 'Pull the image again.');
}

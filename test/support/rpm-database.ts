import { packDatabase } from './pack-sqlite.ts';

/** A file of a package; without a digest it is one that says nothing of its content. */
export interface RpmFile {
  readonly path: string;
  readonly digest?: string;
  readonly flags?: number;
  readonly mode?: number;
}

export interface RpmFields {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  readonly arch?: string;
  readonly vendor?: string;
  readonly licence?: string;
  readonly sourceRpm?: string;
  readonly module?: string;
  readonly requires?: readonly string[];
  readonly provides?: readonly string[];
  readonly files?: readonly RpmFile[];
}

type Value = string | readonly string[] | readonly number[] | Buffer;
const [INT16, INT32, TEXT, BYTES, TEXTS] = [3, 4, 6, 7, 8];

/** The header of a package as rpm keeps it in its database. */
export function packHeader(fields: RpmFields): Buffer {
  const files = fields.files ?? [];
  const folders = [...new Set(files.map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1)))];
  const list = <T>(values: readonly T[]): readonly T[] | undefined =>
    values.length === 0 ? undefined : values;
  const entries: readonly (readonly [number, number, Value | undefined])[] = [
    [261, BYTES, Buffer.alloc(16, 7)],
    [1000, TEXT, fields.name],
    [1001, TEXT, fields.version],
    [1002, TEXT, fields.release],
    [1003, INT32, fields.epoch === undefined ? undefined : [fields.epoch]],
    [1011, TEXT, fields.vendor],
    [1014, TEXT, fields.licence],
    [1022, TEXT, fields.arch ?? 'x86_64'],
    [1030, INT16, list(files.map(({ mode }) => mode ?? 0o100755))],
    [1035, TEXTS, list(files.map(({ digest }) => digest ?? ''))],
    [1037, INT32, list(files.map(({ flags }) => flags ?? 0))],
    [1044, TEXT, fields.sourceRpm],
    [1047, TEXTS, list(fields.provides ?? [])],
    [1049, TEXTS, list(fields.requires ?? [])],
    [
      1116,
      INT32,
      list(files.map(({ path }) => folders.indexOf(path.slice(0, path.lastIndexOf('/') + 1)))),
    ],
    [1117, TEXTS, list(files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)))],
    [1118, TEXTS, list(folders)],
    [5011, INT32, [8]],
    [5096, TEXT, fields.module],
  ];
  const index: Buffer[] = [];
  let data = Buffer.alloc(0);
  for (const [tag, type, value] of entries) {
    if (value === undefined) continue;
    const size = type === INT32 ? 4 : type === INT16 ? 2 : 1;
    data = Buffer.concat([data, Buffer.alloc((size - (data.length % size)) % size)]);
    const count = typeof value === 'string' ? 1 : value.length;
    index.push(packNumbers([tag, type, data.length, count], 4));
    data = Buffer.concat([data, packValue(value, size)]);
  }
  return Buffer.concat([packNumbers([index.length, data.length], 4), ...index, data]);
}

function packValue(value: Value, size: number): Buffer {
  if (Buffer.isBuffer(value)) return value;
  const list = typeof value === 'string' ? [value] : value;
  if (list.every((one) => typeof one === 'number')) return packNumbers(list, size);
  return Buffer.from(list.map((text) => `${String(text)}\0`).join(''));
}

function packNumbers(numbers: readonly number[], size: number): Buffer {
  const bytes = Buffer.alloc(numbers.length * size);
  for (const [at, number] of numbers.entries()) bytes.writeUIntBE(number, at * size, size);
  return bytes;
}

/** A database as rpm writes it since 4.16, made by SQLite itself. */
export function packSqlite(headers: readonly Buffer[]): Buffer {
  return packDatabase((database) => {
    database.exec(
      'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);' +
        'CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)',
    );
    const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
    for (const header of headers) insert.run(header);
  });
}

/** Packages.db of the backend ndb: a page of slots, and blobs on blocks of 16 bytes. */
export function packNdb(headers: readonly Buffer[]): Buffer {
  const slots = Buffer.alloc(4096);
  slots.write('RpmP');
  slots.writeUInt32LE(1, 12);
  for (let at = 32; at < slots.length; at += 16) slots.write('Slot', at);
  const blobs: Buffer[] = [];
  let block = slots.length / 16;
  for (const [at, header] of headers.entries()) {
    const padded = Buffer.alloc(Math.ceil((16 + header.length + 12) / 16) * 16);
    padded.write('BlbS');
    padded.writeUInt32LE(at + 1, 4);
    padded.writeUInt32LE(header.length, 12);
    header.copy(padded, 16);
    padded.write('BlbE', padded.length - 12);
    slots.writeUInt32LE(at + 1, 32 + at * 16 + 4);
    slots.writeUInt32LE(block, 32 + at * 16 + 8);
    slots.writeUInt32LE(padded.length / 16, 32 + at * 16 + 12);
    blobs.push(padded);
    block += padded.length / 16;
  }
  return Buffer.concat([slots, ...blobs]);
}

const PAGE = 512;
const HEADER = 26;

/** Packages of Berkeley DB: one hash page, and longer headers on overflow pages. */
export function packBerkeley(headers: readonly Buffer[], order: 'LE' | 'BE' = 'LE'): Buffer {
  const put16 = (page: Buffer, value: number, at: number): unknown =>
    order === 'LE' ? page.writeUInt16LE(value, at) : page.writeUInt16BE(value, at);
  const put32 = (page: Buffer, value: number, at: number): unknown =>
    order === 'LE' ? page.writeUInt32LE(value, at) : page.writeUInt32BE(value, at);
  const hash = Buffer.alloc(PAGE);
  hash.writeUInt8(13, 25);
  const overflow: Buffer[] = [];
  let free = PAGE;
  let entries = 0;
  const putItem = (item: Buffer): void => {
    free -= item.length;
    item.copy(hash, free);
    put16(hash, free, HEADER + 2 * entries++);
  };
  const putPair = (number: number, header: Buffer): void => {
    const key = Buffer.alloc(5, 0);
    key.writeUInt8(1, 0);
    put32(key, number, 1);
    putItem(key);
    const item = Buffer.alloc(12);
    item.writeUInt8(3, 0);
    put32(item, 2 + overflow.length, 4);
    put32(item, header.length, 8);
    if (header.length <= 8) putItem(Buffer.concat([Buffer.of(1), header]));
    else putItem(item);
    const room = PAGE - HEADER;
    for (let at = 0; header.length > 8 && at < header.length; at += room) {
      const page = Buffer.alloc(PAGE);
      const piece = header.subarray(at, at + room);
      page.writeUInt8(7, 25);
      put16(page, piece.length, 22);
      put32(page, at + room < header.length ? 3 + overflow.length : 0, 16);
      piece.copy(page, HEADER);
      overflow.push(page);
    }
  };
  putPair(0, Buffer.alloc(4, headers.length));
  for (const [at, header] of headers.entries()) putPair(at + 1, header);
  put16(hash, entries, 20);
  const meta = Buffer.alloc(PAGE);
  put32(meta, 0x061561, 12);
  put32(meta, PAGE, 20);
  put32(meta, 1 + overflow.length, 32);
  return Buffer.concat([meta, hash, ...overflow]);
}

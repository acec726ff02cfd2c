/** A key of a hive, with its values and the keys below it. */
export interface HiveNode {
  readonly values?: Readonly<Record<string, string | number>>;
  readonly keys?: Readonly<Record<string, HiveNode>>;
}

const BASE_BYTES = 4_096;

/** A registry hive of Windows, as small as one can be. */
export function packHive(root: HiveNode): Buffer {
  const cells: Buffer[] = [];
  let size = 0;
  const put = (content: Buffer): number => {
    const length = Math.ceil((content.length + 4) / 8) * 8;
    const cell = Buffer.alloc(length);
    cell.writeInt32LE(-length, 0);
    content.copy(cell, 4);
    cells.push(cell);
    size += length;
    return size - length;
  };
  const place = putKey(put, 'ROOT', root);
  const base = Buffer.alloc(BASE_BYTES);
  base.write('regf', 0, 'latin1');
  base.writeUInt32LE(place, 36);
  base.writeUInt32LE(size, 40);
  return Buffer.concat([base, ...cells]);
}

type CellWriter = (content: Buffer) => number;

function putKey(put: CellWriter, name: string, { values = {}, keys = {} }: HiveNode): number {
  const below = Object.entries(keys).map(([key, node]) => putKey(put, key, node));
  const list = Buffer.alloc(4 + below.length * 8);
  list.write('lh', 0, 'latin1');
  list.writeUInt16LE(below.length, 2);
  for (const [at, one] of below.entries()) list.writeUInt32LE(one, 4 + at * 8);
  const own = Object.entries(values).map(([key, value]) => putValue(put, key, value));
  const named = Buffer.alloc(own.length * 4);
  for (const [at, one] of own.entries()) named.writeUInt32LE(one, at * 4);
  const cell = Buffer.alloc(0x4c + name.length);
  cell.write('nk', 0, 'latin1');
  cell.writeUInt16LE(0x20, 2);
  cell.writeUInt32LE(below.length, 0x14);
  cell.writeUInt32LE(below.length === 0 ? 0xffff_ffff : put(list), 0x1c);
  cell.writeUInt32LE(own.length, 0x24);
  cell.writeUInt32LE(own.length === 0 ? 0xffff_ffff : put(named), 0x28);
  cell.writeUInt16LE(name.length, 0x48);
  cell.write(name, 0x4c, 'latin1');
  return put(cell);
}

function putValue(put: CellWriter, name: string, value: string | number): number {
  const cell = Buffer.alloc(0x14 + name.length);
  cell.write('vk', 0, 'latin1');
  cell.writeUInt16LE(name.length, 2);
  cell.writeUInt16LE(1, 0x10);
  cell.write(name, 0x14, 'latin1');
  if (typeof value === 'number') {
    cell.writeUInt32LE(0x8000_0004, 4);
    cell.writeUInt32LE(value, 8);
    cell.writeUInt32LE(4, 0xc);
  } else {
    const data = Buffer.from(`${value}\0`, 'utf16le');
    cell.writeUInt32LE(data.length, 4);
    cell.writeUInt32LE(put(data), 8);
    cell.writeUInt32LE(1, 0xc);
  }
  return put(cell);
}

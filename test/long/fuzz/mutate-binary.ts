import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Chance } from './chance.ts';
import { CASE_BYTES_MAX, mutateBytes } from './mutate-text.ts';

const BLOCK = 512;

/** A tar archive with changed headers whose checksums are right, so that readers go on. */
export function mutateTar(bytes: Uint8Array, chance: Chance): Uint8Array {
  const tar = Buffer.from(bytes);
  for (let count = 1 + chance.below(3); count > 0; count--) {
    const at = chance.below(Math.max(1, Math.floor(tar.length / BLOCK))) * BLOCK;
    const block = tar.subarray(at, at + BLOCK);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    // Name, size, type, link name and prefix are what readers believe.
    const field = chance.among([
      [0, 100],
      [124, 12],
      [156, 1],
      [157, 100],
      [345, 155],
    ] as const);
    const part = mutateBytes(block.subarray(field[0], field[0] + field[1]), chance);
    block.fill(0, field[0], field[0] + field[1]);
    block.set(part.subarray(0, field[1]), field[0]);
    if (chance.once(4)) block.write(chance.among(['x', 'g', 'L', 'K', 'S', '1', '2', '7']), 156);
    writeChecksum(block);
  }
  if (chance.once(4)) return mutateBytes(tar, chance);
  if (chance.once(6)) return tar.subarray(0, chance.below(tar.length + 1));
  return tar;
}

function writeChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

/** A compressed tar archive: changed before it is compressed, after it, or both. */
export function mutateLayer(bytes: Uint8Array, chance: Chance): Uint8Array {
  const unpacked = bytes[0] === 0x1f ? gunzipSync(bytes) : zstdDecompressSync(bytes);
  const tar = mutateTar(unpacked, chance);
  if (chance.once(4)) return tar;
  const packed = chance.once(3) ? zstdCompressSync(tar) : gzipSync(tar, { level: 1 });
  if (chance.once(5)) return Buffer.concat([packed, packed]);
  return chance.once(4) ? mutateBytes(packed, chance) : packed;
}

const ZIP_MARKS = ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'PK\x06\x06', 'PK\x06\x07'];

/** A zip archive with changes near its headers, where sizes, offsets and counts are. */
export function mutateZip(bytes: Uint8Array, chance: Chance): Uint8Array {
  const zip = Buffer.from(bytes);
  for (let count = 1 + chance.below(4); count > 0; count--) {
    const mark = Buffer.from(chance.among(ZIP_MARKS), 'latin1');
    const places: number[] = [];
    for (let at = zip.indexOf(mark); at >= 0; at = zip.indexOf(mark, at + 4)) places.push(at);
    if (places.length === 0) continue;
    const at = chance.among(places) + 4 + chance.below(42);
    const value = chance.among([0, 1, 8, 0xff, 0xffff, zip.length, zip.length - 1, 0x7fffffff]);
    if (chance.once(2) && at + 4 <= zip.length) zip.writeUInt32LE(value, at);
    else if (at + 2 <= zip.length) zip.writeUInt16LE(value & 0xffff, at);
  }
  return chance.once(4) ? mutateBytes(zip, chance) : zip;
}

interface Node {
  readonly tag: number;
  readonly content: Buffer | Node[];
}

const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0, 0xa3,
];

/** DER whose lengths are right again after a change, mostly. */
export function mutateDer(bytes: Uint8Array, chance: Chance): Uint8Array {
  const nodes = readNodes(Buffer.from(bytes), 0);
  if (nodes === null || chance.once(5)) return mutateBytes(bytes, chance);
  let changed = nodes;
  for (let count = 1 + chance.below(3); count > 0; count--) changed = changeNodes(changed, chance);
  const written = Buffer.concat(changed.map(writeNode));
  return chance.once(10) ? mutateBytes(written, chance) : written.subarray(0, CASE_BYTES_MAX);
}

function readNodes(bytes: Buffer, depth: number): Node[] | null {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const wide = first > 0x80 ? first - 0x80 : 0;
    if (wide > 3 || at + 2 + wide > bytes.length) return null;
    const length = wide === 0 ? first : bytes.readUIntBE(at + 2, wide);
    const from = at + 2 + wide;
    if (from + length > bytes.length) return null;
    const content = bytes.subarray(from, from + length);
    const inner = (tag & 0x20) === 0 || depth > 30 ? null : readNodes(content, depth + 1);
    nodes.push({ tag, content: inner ?? content });
    at = from + length;
  }
  return nodes;
}

function writeNode({ tag, content }: Node): Buffer {
  const body = Array.isArray(content) ? Buffer.concat(content.map(writeNode)) : content;
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x83, 0, 0, 0];
  const bytes = Buffer.from(head);
  if (body.length >= 0x80) {
    bytes.writeUIntBE(body.length & 0xffffff, 2, 3);
    const short = body.length < 0x100 ? 1 : body.length < 0x10000 ? 2 : 3;
    return Buffer.concat([Buffer.from([tag, 0x80 + short]), bytes.subarray(5 - short), body]);
  }
  return Buffer.concat([bytes, body]);
}

function changeNodes(nodes: Node[], chance: Chance): Node[] {
  if (nodes.length === 0) return [{ tag: chance.among(TAGS), content: Buffer.alloc(0) }];
  const at = chance.below(nodes.length);
  const node = nodes[at] as Node;
  const others = (...replaced: Node[]) => nodes.toSpliced(at, 1, ...replaced);
  if (Array.isArray(node.content) && !chance.once(4))
    return others({ tag: node.tag, content: changeNodes(node.content, chance) });
  const kind = chance.below(5);
  if (kind === 0) return others();
  if (kind === 1) return others(...Array.from({ length: chance.size(300) }, () => node));
  if (kind === 2) return others({ tag: chance.among(TAGS), content: node.content });
  if (kind === 3) {
    let deep = node;
    for (let depth = chance.size(400); depth > 0; depth--) deep = { tag: 0x30, content: [deep] };
    return others(deep);
  }
  if (Array.isArray(node.content)) return others({ tag: node.tag, content: [] });
  return others({ tag: node.tag, content: Buffer.from(mutateBytes(node.content, chance)) });
}

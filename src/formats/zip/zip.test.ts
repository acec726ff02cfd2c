import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packZip } from '../../../test/support/pack-zip.ts';
import { Failure } from '../../core/failure.ts';
import {
  createZipBudget,
  readZipDirectory,
  readZipEntry,
  streamZipDirectory,
  type ZipSource,
} from './zip.ts';

/** The same bytes as a file: read at offsets, and no more than requested. */
function byPlaces(bytes: Buffer, asked: number[] = []): ZipSource {
  const readAt = (offset: number, length: number): Uint8Array => {
    asked.push(length);
    return Buffer.from(bytes.subarray(offset, offset + length));
  };
  return { size: bytes.length, readAt };
}

function unpack(source: ZipSource): readonly string[] | string {
  const budget = createZipBudget(10_000, 100);
  try {
    return readZipDirectory(source, budget).map((entry) =>
      Buffer.from(readZipEntry(source, entry, 1_000, budget)).toString(),
    );
  } catch (thrown) {
    if (thrown instanceof Failure) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
}

const members = [
  { name: 'a', text: 'one' },
  { name: 'b', text: 'two'.repeat(100), stored: true },
];

describe('a zip archive', () => {
  it('is read alike in memory and at offsets, zip64 or not, whichever bytes are changed', () => {
    const seeds = [packZip(members), packZip(members, { zip64: true })];
    for (const seed of seeds) expect(unpack(seed)).toEqual(['one', 'two'.repeat(100)]);
    const change = fc.array(fc.tuple(fc.nat(10_000), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), change, (seed, changes) => {
        const bytes = Buffer.from(seed);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        expect(unpack(byPlaces(bytes))).toEqual(unpack(bytes));
      }),
    );
  });

  it('with a directory that is longer than one read is read in windows', () => {
    const many = Array.from({ length: 12_000 }, (_, at) => ({
      name: 'n'.repeat(100),
      text: `${at}`,
    }));
    const asked: number[] = [];
    const source = byPlaces(packZip(many), asked);
    const found = [...streamZipDirectory(source, createZipBudget(1, 12_000))];
    expect(found).toHaveLength(12_000);
    expect(Math.max(...asked)).toBeLessThanOrEqual(1024 * 1024);
    expect(asked.length).toBeGreaterThan(2);
  });

  it('has at most as many entries as allowed', () => {
    const list = (max: number) => () => [
      ...streamZipDirectory(packZip(members), createZipBudget(1, max)),
    ];
    expect(list(2)()).toHaveLength(2);
    expect(list(1)).toThrow('more than 1 entry in the archive');
  });

  it('that states more packed bytes for an entry than it can need is not read', () => {
    const asked: number[] = [];
    const bytes = packZip([{ name: 'a', text: 'x'.repeat(500), stored: true }]);
    const [entry] = readZipDirectory(bytes, createZipBudget());
    if (entry === undefined) throw new Error('no entry');
    const read = (compressedSize: number) => () =>
      readZipEntry(byPlaces(bytes, asked), { ...entry, compressedSize }, 1_000, createZipBudget());
    expect(read(500)()).toHaveLength(500);
    expect(read(100_000)).toThrow('longer when packed');
    expect(Math.max(...asked)).toBeLessThan(1_000);
  });

  const readAll = (bytes: Buffer, bytesMax = 1_000, budget = createZipBudget()) =>
    readZipDirectory(bytes, budget).map(
      (entry) => readZipEntry(bytes, entry, bytesMax, budget).length,
    );

  it('unfolds at most what is allowed for one entry and for all of them', () => {
    const bytes = packZip(members);
    expect(readAll(bytes, 300)).toEqual([3, 300]);
    expect(() => readAll(bytes, 299)).toThrow('more than 299 bytes in an entry');
    expect(readAll(bytes, 300, createZipBudget(303))).toEqual([3, 300]);
    expect(() => readAll(bytes, 300, createZipBudget(302))).toThrow('more than 299 bytes');
  });

  it.each([
    ['another checksum', { crc: 1 }, 'not what the directory says'],
    ['a size that is too large', { size: 40 }, 'not what the directory says'],
    ['a size that is too small', { size: 2 }, 'not what the directory says'],
    ['more packed bytes than there are', { packedSize: 60 }, 'overlap'],
    ['an unknown method', { method: 14 }, 'compression method 14'],
    ['encryption', { flags: 1 }, 'encrypted'],
  ])('is refused when its directory states %s', (_, stated, message) => {
    const member = { name: 'a', text: 'one', stored: true };
    expect(readAll(packZip([member]))).toEqual([3]);
    expect(() => readAll(packZip([{ ...member, ...stated }]))).toThrow(message);
  });

  it('whose entry reaches into the directory is refused', () => {
    const bytes = packZip([{ name: 'a', text: 'one', stored: true }]);
    const [entry] = readZipDirectory(bytes, createZipBudget());
    if (entry === undefined) throw new Error('no entry');
    const read = (size: number) => () =>
      readZipEntry(bytes, { ...entry, size, compressedSize: size }, 1_000, createZipBudget());
    expect(read(3)()).toHaveLength(3);
    expect(read(4)).toThrow('cut short');
  });

  it('whose end states fewer entries than its directory has is refused', () => {
    const bytes = packZip(members);
    bytes.writeUInt16LE(1, bytes.length - 22 + 10);
    expect(() => readZipDirectory(bytes, createZipBudget())).toThrow('longer than its count');
  });

  it('that is one of several volumes, or has bytes behind its end, is refused', () => {
    const volume = packZip(members);
    volume.writeUInt16LE(1, volume.length - 22 + 4);
    expect(() => readZipDirectory(volume, createZipBudget())).toThrow('several volumes');
    const longer = Buffer.concat([packZip(members), Buffer.from('x')]);
    expect(() => readZipDirectory(longer, createZipBudget())).toThrow('no end-of-directory record');
  });
});

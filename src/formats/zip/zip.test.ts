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
});

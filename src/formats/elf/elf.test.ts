import { describe, expect, it } from 'vitest';
import { type ElfFile, packElf } from '../../../test/support/elf.ts';
import { readInMemory } from '../program/part-reading.ts';
import { readElf } from './elf.ts';

const read = (bytes: Buffer, size = bytes.length) => readInMemory(readElf(bytes, size), bytes);
const isWhole = (bytes: Buffer, size = bytes.length) => read(bytes, size)?.isWhole ?? false;

const FILE: ElfFile = {
  sections: [{ name: '.go.buildinfo', content: 'info' }],
  writable: 'data',
};

describe('truth A24: the tables of an ELF file', () => {
  it.each([
    ['64 bits', { ...FILE, bits: 64 }],
    ['32 bits', { ...FILE, bits: 32 }],
    ['64 bits, big-endian', { ...FILE, bits: 64, order: 'big' }],
    ['32 bits, big-endian', { ...FILE, bits: 32, order: 'big' }],
  ] as const)('name its sections and its writable data: %s', (_, file) => {
    const bytes = packElf(file);
    const found = read(bytes);
    const texts = (found?.loaded ?? [])
      .filter(({ flags }) => (flags & 3) === 2)
      .map(({ offset, length }) => bytes.toString('latin1', offset, offset + length));
    expect(texts).toEqual(['data']);
    const section = found?.sections.find(({ name }) => name === '.go.buildinfo');
    expect(bytes.toString('latin1', section?.offset, (section?.offset ?? 0) + 4)).toBe('info');
  });

  it('are not whole where bytes follow that no table names, or some are missing', () => {
    const bytes = packElf(FILE);
    expect(isWhole(bytes)).toBe(true);
    expect(isWhole(Buffer.concat([bytes, Buffer.from('x')]))).toBe(false);
    expect(isWhole(bytes, bytes.length - 1)).toBe(false);
    expect(read(bytes.subarray(0, 40))).toBeNull();
  });

  it('are not whole without sections or without segments', () => {
    expect(isWhole(packElf({ ...FILE, writable: null }))).toBe(false);
    const stripped = packElf(FILE);
    stripped.writeUInt16LE(0, 60);
    expect(isWhole(stripped)).toBe(false);
  });

  it('end for any damaged header and any table', () => {
    const bytes = packElf(FILE);
    for (let at = 0; at < bytes.length; at++)
      for (const value of [0, 1, 0x7f, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        expect(() => read(damaged)).not.toThrow();
      }
  });
});

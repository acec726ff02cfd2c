import { describe, expect, it } from 'vitest';
import { type ElfFile, packElf } from '../../../test/support/elf.ts';
import { ELF_HEADER_BYTES, readElfTables } from './elf.ts';

const tables = (bytes: Buffer, size = bytes.length) =>
  readElfTables(bytes.subarray(0, ELF_HEADER_BYTES), size, async ({ offset, length }) =>
    bytes.subarray(offset, offset + length),
  );

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
  ] as const)('name its sections and its writable data: %s', async (_, file) => {
    const bytes = packElf(file);
    const found = await tables(bytes);
    const texts = (found?.writable ?? []).map(({ offset, length }) =>
      bytes.toString('latin1', offset, offset + length),
    );
    expect(texts).toEqual(['data']);
    const section = found?.sections.find(({ name }) => name === '.go.buildinfo');
    expect(bytes.toString('latin1', section?.offset, (section?.offset ?? 0) + 4)).toBe('info');
  });

  it('say nothing where bytes follow that no table names, or some are missing', async () => {
    const bytes = packElf(FILE);
    expect(await tables(bytes)).not.toBeNull();
    expect(await tables(Buffer.concat([bytes, Buffer.from('x')]))).toBeNull();
    expect(await tables(bytes, bytes.length - 1)).toBeNull();
    expect(await tables(bytes.subarray(0, 40))).toBeNull();
  });

  it('say nothing of a file without sections or without segments', async () => {
    expect(await tables(packElf({ ...FILE, writable: null }))).toBeNull();
    const stripped = packElf(FILE);
    stripped.writeUInt16LE(0, 60);
    expect(await tables(stripped)).toBeNull();
  });

  it('end for any damaged header and any table', async () => {
    const bytes = packElf(FILE);
    for (let at = 0; at < bytes.length; at++)
      for (const value of [0, 1, 0x7f, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        expect(await tables(damaged).then(() => 'ended')).toBe('ended');
      }
  });
});

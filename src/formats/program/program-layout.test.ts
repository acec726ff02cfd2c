import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packGoProgram } from '../../../test/support/go-program.ts';
import { readInMemory } from './part-reading.ts';
import { readProgramLayouts } from './program-layout.ts';

const read = (bytes: Uint8Array) => readInMemory(readProgramLayouts(bytes.length), bytes);
const FORMATS = ['elf', 'pe', 'mach-o', 'fat'] as const;

describe('B2: the tables of a program lead to its parts', () => {
  it.each(FORMATS)('in %s, and never out of its file', (format) => {
    const program = packGoProgram({ format });
    const [layout] = read(program);
    expect(layout?.loaded.map(({ address, kind }) => [address, kind])).toEqual([
      [0x400000, 'read-only'],
      [0x500000, 'writable'],
    ]);
    const sign = layout?.loaded[1]?.offset ?? 0;
    expect(program.toString('latin1', sign, sign + 14)).toBe('\xff Go buildinf:');
    const far = Buffer.from(program);
    // The offset of its last segment or section.
    const place = { elf: 64 + 56 + 8, pe: 64 + 24 + 112 + 40 + 20, 'mach-o': 224, fat: 288 }[
      format
    ];
    far.writeUInt32LE(0x7fffffff, place);
    expect(read(far)[0]?.loaded).toHaveLength(1);
  });

  it('a command of Mach-O without a length ends the list', () => {
    const program = packGoProgram({ format: 'mach-o' });
    program.writeUInt32LE(0x0fff_ffff, 16);
    program.writeUInt32LE(0, 36);
    const before = process.cpuUsage();
    expect(read(program)).toEqual([]);
    expect(process.cpuUsage(before).user).toBeLessThan(500_000);
  });

  it('any bytes give parts of the file, or none', () => {
    const magics = ['7f454c46', '4d5a', 'cffaedfe', 'cefaedfe', 'feedface', 'cafebabe', 'cafebabf'];
    const bytes = fc
      .tuple(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 300 }))
      .map(([magic, rest]) => Buffer.concat([Buffer.from(magic, 'hex'), rest]));
    fc.assert(
      fc.property(bytes, (file) => {
        for (const { loaded, named } of read(file))
          for (const { offset, length } of [...loaded, ...named])
            expect([offset >= 0, length > 0, offset + length <= file.length]).toEqual([
              ...[true, true, true],
            ]);
      }),
    );
  });
});

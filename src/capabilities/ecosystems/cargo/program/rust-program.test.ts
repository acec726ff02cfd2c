import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packElf } from '../../../../../test/support/elf.ts';
import { readInstalled } from '../../../../../test/support/locked-tree.ts';
import { AUDITABLE, packWasm } from '../../../../../test/support/rust-program.ts';
import { Failure } from '../../../../core/failure.ts';
import { rustProgram } from './rust-program.ts';

const pack = (value: unknown): Buffer => deflateSync(JSON.stringify(value));
const elf = (content: Buffer, form: object = {}): Buffer =>
  packElf({
    sections: [{ name: '.dep-v0', content: content.toString('latin1') }],
    writable: 'x',
    ...form,
  });
const read = (bytes: Uint8Array) => rustProgram.extract({ path: 'bin/shop', bytes });

describe('B2 D11: a program of Rust tells from which crates it was built', () => {
  it.each([
    ['ELF', elf(pack(AUDITABLE))],
    ['ELF of 32 bits and the other byte order', elf(pack(AUDITABLE), { bits: 32, order: 'big' })],
    ['WebAssembly', packWasm('.dep-v0', pack(AUDITABLE))],
  ])('%s', (_, bytes) => {
    const { drafts, skips, direct } = read(bytes);
    expect(skips).toEqual([]);
    expect(direct).toEqual(['shop 0.1.0 local']);
    expect(
      drafts.map(({ name, version, development, needs }) => [name, version, development, needs]),
    ).toEqual([
      ['cc', '1.0.83', true, []],
      ['libc', '0.2.150', false, []],
      ['shop', '0.1.0', false, ['cc 1.0.83 crates.io', 'libc 0.2.150 crates.io']],
    ]);
    expect(drafts[1]?.origin).toBe('registry+https://github.com/rust-lang/crates.io-index');
  });

  it('in an image, where it was only recognised before', async () => {
    const files = { 'usr/local/bin/shop': elf(pack(AUDITABLE)) as unknown as string };
    const installed = await readInstalled(files);
    expect(installed).toMatchObject({
      outcome: 'complete',
      found: ['rust-program'],
      components: ['pkg:cargo/cc@1.0.83', 'pkg:cargo/libc@0.2.150', 'pkg:cargo/shop@0.1.0'],
    });
  });

  it.each([
    ['no zlib', Buffer.from('x')],
    ['no JSON', deflateSync('{')],
    ['no list', pack({})],
    ['a crate without a version', pack({ packages: [{ name: 'libc' }] })],
    ['more than it may unpack', deflateSync(Buffer.alloc(17 * 1024 * 1024))],
    ['more than a list may have', Buffer.alloc(4 * 1024 * 1024 + 1)],
  ])('and makes the inventory partial where the section has %s', (_, content) => {
    const { drafts, skips } = read(elf(content));
    expect([drafts.length, skips.length]).toEqual([0, 1]);
  });

  it('says nothing for other programs, and throws nothing but Failure', () => {
    expect(read(packElf({ sections: [], writable: 'x' }))).toMatchObject({ drafts: [], skips: [] });
    expect(read(packWasm('name', pack(AUDITABLE)))).toMatchObject({ drafts: [], skips: [] });
    for (const whole of [elf(pack(AUDITABLE)), packWasm('.dep-v0', pack(AUDITABLE))])
      for (let end = 0; end < whole.length; end++) read(whole.subarray(0, end));
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        for (const whole of [elf(pack(AUDITABLE)), packWasm('.dep-v0', pack(AUDITABLE))]) {
          whole[at % whole.length] = byte;
          try {
            read(whole);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Failure);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

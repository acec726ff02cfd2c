import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createElfWriter } from '../../../../../test/support/elf.ts';
import { type GoProgram, packGoProgram } from '../../../../../test/support/go-program.ts';
import { Failure } from '../../../../core/failure.ts';
import { goProgram } from './go-program.ts';

const SIGN = '\xff Go buildinf:';
const MODULES = [
  'path\texample.com/shop/cmd/server',
  'mod\texample.com/shop\tv1.4.0+dirty\t',
  'dep\tgithub.com/BurntSushi/toml\tv1.2.0\th1:AAAA=',
  'dep\tgithub.com/docker/docker\tv20.10.0+incompatible\th1:AAAA=',
  'dep\tgolang.org/x/net\tv0.1.0',
  '=>\texample.com/fork/net\tv0.2.0\th1:AAAA=',
  'dep\texample.com/lib\tv0.0.0',
  '=>\t./lib\t(devel)\t',
  'dep\tgolang.org/x/sys\tv0.0.0-20210817142637-7d9622a276b7\th1:AAAA=',
  'build\t-compiler=gc',
  '',
].join('\n');

const BUILT = [
  'stdlib 1.22.3',
  'example.com/shop v1.4.0+dirty',
  'github.com/BurntSushi/toml v1.2.0',
  'github.com/docker/docker v20.10.0+incompatible',
  'example.com/fork/net v0.2.0',
  'example.com/lib (devel)',
  'golang.org/x/sys v0.0.0-20210817142637-7d9622a276b7',
];

function read(program: GoProgram | Uint8Array) {
  const bytes = program instanceof Uint8Array ? program : packGoProgram(program);
  const { drafts, skips } = goProgram.extract({ path: 'bin/server', bytes });
  return {
    drafts: drafts.map(({ name, version }) => `${name} ${version}`),
    skips: skips.map(({ cause }) => cause.message),
  };
}

describe('B2, D11: a program of Go tells from which modules it was built', () => {
  const forms: readonly (readonly [string, GoProgram])[] = [
    ['ELF', {}],
    ['ELF without names of sections', { section: null }],
    ['ELF of 32 bits', { bits: 32 }],
    ['ELF of the other byte order', { order: 'big' }],
    ['ELF, in data that other data is before', { section: '.data', before: 4096 }],
    ['ELF, over the end of a piece', { section: '.data', before: 1024 * 1024 - 16 }],
    ['ELF, in data of Go that is not writable', { section: '.gopclntab', writable: false }],
    ['ELF before Go 1.18', { form: 'pointers' }],
    ['ELF before Go 1.18, of 32 bits', { form: 'pointers', bits: 32, order: 'big' }],
    ['PE', { format: 'pe' }],
    ['PE before Go 1.18', { format: 'pe', form: 'pointers' }],
    ['Mach-O', { format: 'mach-o' }],
    ['Mach-O without the section', { format: 'mach-o', section: '__data' }],
    ['Mach-O before Go 1.18', { format: 'mach-o', form: 'pointers' }],
    ['Mach-O of several architectures', { format: 'fat' }],
  ];

  it.each(forms)('%s', (_, form) => {
    expect(read({ ...form, modules: MODULES })).toEqual({ drafts: BUILT, skips: [] });
  });

  it('a program without it, and data that only quotes the sign, is none of Go', () => {
    const plain = { section: '.data', writable: false, modules: MODULES };
    expect(read(plain)).toEqual({ drafts: [], skips: [] });
    const quoted = packGoProgram({ section: '.data', before: 1, modules: MODULES });
    expect(read(quoted)).toEqual({ drafts: [], skips: [] });
    expect(read(Buffer.from('#!/bin/sh\n\xff Go buildinf:', 'latin1')).drafts).toEqual([]);
  });
});

describe('B3: what a program of Go does not say makes the inventory partial', () => {
  it.each([
    ['no modules', { modules: '' }, ['stdlib 1.22.3'], 'does not say from which modules'],
    [
      'no release',
      { version: 'devel go1.23-abc Tue', modules: 'path\tx\n' },
      [],
      'no release of Go',
    ],
    [
      'no release, as it is written now',
      { version: 'go1.27-devel_8e1fdea', modules: 'path\tx\n' },
      [],
      'no release of Go',
    ],
    [
      'no version',
      { modules: 'dep\ta.com/b\tmaster\n' },
      ['stdlib 1.22.3'],
      'names no module and version',
    ],
    [
      'no path',
      { modules: 'dep\t../x\tv1.0.0\n' },
      ['stdlib 1.22.3'],
      'names no module and version',
    ],
  ] as const)('%s', (_, form, drafts, why) => {
    const found = read(form);
    expect([found.drafts, found.skips]).toEqual([drafts, [expect.stringContaining(why)]]);
  });

  it('a line that is not of it, too long a text, too many signs, and parts that overlap', () => {
    expect(() => read({ modules: 'dep\tonly-a-path\n' })).toThrow('not of it');
    const broken = { drafts: [], skips: [expect.stringContaining('cannot be read')] };
    expect(read({ modules: `path\tx\nbuild\t${'x'.repeat(4 * 1024 * 1024)}\n` })).toEqual(broken);
    const signs = (count: number): Buffer => {
      const program = packGoProgram({ section: '.data', before: 32 * count, modules: MODULES });
      const from = 64 + 2 * 56 + 1;
      for (let at = 0; at < count; at++)
        program.fill(0, from + at * 32, from + at * 32 + 32).write(SIGN, from + at * 32, 'latin1');
      return program;
    };
    expect(read(signs(99)).drafts).toEqual(BUILT);
    expect(read(signs(100))).toEqual(broken);
    const write = createElfWriter(64, 'little');
    const info = `${' '.repeat(8)}${SIGN}\x08\x02${'\0'.repeat(16)}\x08go1.22.3\0`;
    const data = Buffer.from(info.padEnd(4096), 'latin1');
    const head = write.header({ sectionsAt: 0, programs: 3, sections: 0 });
    const segment = write.segment(0, 64 + 3 * 56 + data.length);
    const none = Buffer.alloc(segment.length);
    expect(read(Buffer.concat([head, segment, none, none, data])).drafts).toHaveLength(1);
    expect(read(Buffer.concat([head, segment, segment, segment, data]))).toEqual({
      ...{ drafts: [], skips: [] },
    });
  });

  it.each([
    ['go1.22.3 X:boringcrypto', 'stdlib 1.22.3'],
    ['go1.20.5 (Red Hat 1.20.5-1.el9)', 'stdlib 1.20.5'],
    ['go1.23.6-custom', 'stdlib 1.23.6'],
    ['go1.21rc2', 'stdlib 1.21rc2'],
  ])('the release in %s is known', (version, expected) => {
    expect(read({ version, modules: 'path\tx\n' }).drafts).toEqual([expected]);
  });

  it('the go command itself is the toolchain, whose modules are of its release', () => {
    const found = read({ modules: 'path\tcmd/go\nbuild\t-compiler=gc\n' });
    expect(found).toEqual({ drafts: ['stdlib 1.22.3', 'toolchain 1.22.3'], skips: [] });
  });
});

describe('any bytes', () => {
  it('give a result or a Failure, cut or changed anywhere', () => {
    const onlyFailure = (bytes: Uint8Array): void => {
      try {
        read(bytes);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Failure);
      }
    };
    const programs = (['elf', 'pe', 'mach-o', 'fat'] as const).map((format) =>
      packGoProgram({ format, form: 'pointers', modules: MODULES }),
    );
    for (const program of programs)
      for (let length = 0; length < program.length; length += length < 700 ? 1 : 37)
        onlyFailure(program.subarray(0, length));
    fc.assert(
      fc.property(
        fc.constantFrom(...programs),
        fc.array(fc.tuple(fc.nat(800), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        (program, changes) => {
          const bytes = Buffer.from(program);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          onlyFailure(bytes);
        },
      ),
      { numRuns: 300 },
    );
  });
});

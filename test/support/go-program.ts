import { createElfWriter, packNumber } from './elf.ts';

/** What the linker of Go writes into a program, in one of its forms. */
export interface GoProgram {
  readonly version?: string;
  /** The lines that `go version -m` shows; empty for a program without modules. */
  readonly modules?: string;
  readonly format?: 'elf' | 'pe' | 'mach-o' | 'fat';
  /** `pointers` before Go 1.18. */
  readonly form?: 'inline' | 'pointers';
  readonly bits?: 32 | 64;
  readonly order?: 'little' | 'big';
  /** The name of the section of its data; null where a tool took all names away. */
  readonly section?: string | null;
  /** Whether the program may change that data. */
  readonly writable?: boolean;
  /** Bytes of data before the sign. */
  readonly before?: number;
}

const DATA_AT = 0x500000;
const TEXT_AT = 0x400000;
const FRAME = Buffer.alloc(16, 0x77);

/** The bytes of a program that does nothing, with the build information of Go. */
export function packGoProgram(program: GoProgram = {}): Buffer {
  const { format = 'elf' } = program;
  if (format === 'fat') {
    const one = packGoProgram({ ...program, format: 'mach-o' });
    const head = Buffer.alloc(64);
    head.writeUInt32BE(0xcafebabe, 0);
    head.writeUInt32BE(1, 4);
    head.writeUInt32BE(64, 16);
    head.writeUInt32BE(one.length, 20);
    return Buffer.concat([head, one]);
  }
  const parts = packParts(program);
  if (format === 'pe') return packPe(parts);
  return format === 'elf' ? packElf(program, parts) : packMach(program, parts);
}

interface ProgramParts {
  /** With the sign; at DATA_AT. */
  readonly data: Buffer;
  /** What pointers of the data lead to; at TEXT_AT. */
  readonly text: Buffer;
}

function packParts(program: GoProgram): ProgramParts {
  const { version = 'go1.22.3', modules = '', form = 'inline', before = 0 } = program;
  const { bits = 64, order = 'little' } = program;
  const framed =
    modules === '' ? Buffer.alloc(0) : Buffer.concat([FRAME, Buffer.from(modules), FRAME]);
  const head = Buffer.alloc(32);
  head.write('\xff Go buildinf:', 0, 'latin1');
  head[14] = bits / 8;
  head[15] = (form === 'inline' ? 2 : 0) + (order === 'big' ? 1 : 0);
  const padding = Buffer.alloc(before, 0x20);
  if (form === 'inline') {
    const texts = [Buffer.from(version), framed].map((one) => [packVarint(one.length), one]);
    return { data: Buffer.concat([padding, head, ...texts.flat()]), text: Buffer.alloc(1) };
  }
  const pointer = createPointer(bits, order);
  const stringsAt = DATA_AT + before + 32;
  const width = bits / 8;
  pointer(stringsAt).copy(head, 16);
  pointer(stringsAt + 2 * width).copy(head, 16 + width);
  const strings = [TEXT_AT, version.length, TEXT_AT + version.length, framed.length].map(pointer);
  const text = Buffer.concat([Buffer.from(version), framed]);
  return { data: Buffer.concat([padding, head, ...strings]), text };
}

function packVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}

function createPointer(bits: 32 | 64, order: 'little' | 'big'): (value: number) => Buffer {
  return (value) => packNumber(bits / 8, value, order);
}

/** Two segments, and a table of sections unless they have no names. */
function packElf(program: GoProgram, { data, text }: ProgramParts): Buffer {
  const { bits = 64, order = 'little', section = '.go.buildinfo', writable = true } = program;
  const write = createElfWriter(bits, order);
  const textAt = bits === 64 ? 64 + 2 * 56 : 52 + 2 * 32;
  const dataAt = textAt + text.length;
  const names = Buffer.from(`\0${section ?? ''}\0.shstrtab\0`);
  const namesAt = dataAt + data.length;
  const place = { address: DATA_AT, flags: writable ? 3 : 2 };
  const rows =
    section === null
      ? []
      : [
          Buffer.alloc(bits === 64 ? 64 : 40),
          write.section(1, dataAt, data.length, place),
          write.section(section.length + 2, namesAt, names.length),
        ];
  const sectionsAt = rows.length === 0 ? 0 : namesAt + names.length;
  return Buffer.concat([
    write.header({ sectionsAt, programs: 2, sections: rows.length }),
    write.segment(textAt, text.length, { address: TEXT_AT, flags: 4 }),
    write.segment(dataAt, data.length, { address: DATA_AT, flags: writable ? 6 : 4 }),
    ...[text, data],
    ...(rows.length === 0 ? [] : [names, ...rows]),
  ]);
}

const IMAGE_BASE = 0x400000;

/** One section of data that the program may change, and one that it may not. */
function packPe({ data, text }: ProgramParts): Buffer {
  const word = (value: number): Buffer => packNumber(4, value, 'little');
  const half = (value: number): Buffer => packNumber(2, value, 'little');
  const optionalBytes = 112;
  const textAt = 64 + 24 + optionalBytes + 2 * 40;
  const row = (
    name: string,
    address: number,
    bytes: Buffer,
    offset: number,
    flags: number,
  ): Buffer =>
    Buffer.concat([
      Buffer.from(name.padEnd(8, '\0')),
      ...[bytes.length, address, bytes.length, offset, 0, 0, 0, flags].map(word),
    ]);
  const mark = Buffer.alloc(64);
  mark.write('MZ');
  mark.writeUInt32LE(64, 60);
  const optional = Buffer.alloc(optionalBytes);
  optional.writeUInt16LE(0x20b, 0);
  optional.writeBigUInt64LE(BigInt(IMAGE_BASE), 24);
  const coff = Buffer.concat([
    Buffer.from('PE\0\0'),
    half(0x8664),
    half(2),
    word(0),
    word(0),
    word(0),
    half(optionalBytes),
    half(2),
  ]);
  return Buffer.concat([
    ...[mark, coff, optional],
    row('.rdata', TEXT_AT - IMAGE_BASE, text, textAt, 0x4000_0040),
    row('.data', DATA_AT - IMAGE_BASE, data, textAt + text.length, 0xc000_0040),
    ...[text, data],
  ]);
}

/** Two segments with one section each. */
function packMach(program: GoProgram, { data, text }: ProgramParts): Buffer {
  const { section = '__go_buildinfo' } = program;
  const word = (value: number): Buffer => packNumber(4, value, 'little');
  const wide = (value: number): Buffer => packNumber(8, value, 'little');
  const commandBytes = 72 + 80;
  const textAt = 32 + 2 * commandBytes;
  const name = (of: string): Buffer => Buffer.from(of.padEnd(16, '\0'));
  const command = (
    names: readonly [segment: string, section: string],
    {
      address,
      offset,
      bytes,
      protection,
    }: { address: number; offset: number; bytes: Buffer; protection: number },
  ): Buffer =>
    Buffer.concat([
      ...[word(0x19), word(commandBytes), name(names[0])],
      ...[address, bytes.length, offset, bytes.length].map(wide),
      ...[7, protection, 1, 0].map(word),
      ...[name(names[1]), name(names[0]), wide(address), wide(bytes.length), word(offset)],
      Buffer.alloc(28),
    ]);
  return Buffer.concat([
    ...[0xfeedfacf, 0x0100_0007, 3, 2, 2, 2 * commandBytes, 0, 0].map(word),
    command(['__TEXT', '__rodata'], {
      address: TEXT_AT,
      offset: textAt,
      bytes: text,
      protection: 1,
    }),
    command(['__DATA', section ?? '__data'], {
      address: DATA_AT,
      offset: textAt + text.length,
      bytes: data,
      protection: 3,
    }),
    ...[text, data],
  ]);
}

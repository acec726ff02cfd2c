/** An ELF file of a few sections and one writable segment. */
export interface ElfFile {
  readonly bits?: 32 | 64;
  readonly order?: 'little' | 'big';
  readonly sections: readonly { readonly name: string; readonly content: string }[];
  /** Its writable data; without it, the file has no segment at all. */
  readonly writable: string | null;
  /** Code, which no section names. */
  readonly code?: Uint8Array;
}

/** The bytes of such a file, its tables at the end, as linkers write them. */
export function packElf(file: ElfFile): Buffer {
  const { bits = 64, order = 'little', sections, writable, code = new Uint8Array(0) } = file;
  const write = createElfWriter(bits, order);
  const headerBytes = bits === 64 ? 64 : 52;
  const programBytes = writable === null ? 0 : bits === 64 ? 56 : 32;
  const names = Buffer.from(`\0${[...sections, SHSTRTAB].map(({ name }) => `${name}\0`).join('')}`);
  let end = headerBytes + programBytes;
  const place = (content: Uint8Array): { offset: number; content: Uint8Array } => {
    const offset = end;
    end += content.length;
    return { offset, content };
  };
  const text = place(code);
  const data = place(Buffer.from(writable ?? '', 'latin1'));
  const placed = [
    ...sections.map(({ content }) => place(Buffer.from(content, 'latin1'))),
    place(names),
  ];
  const rows = placed.map(({ offset, content }, at) =>
    write.section(nameOffset(sections, at), offset, content.length),
  );
  const header = write.header({
    sectionsAt: end,
    programs: writable === null ? 0 : 1,
    sections: rows.length + 1,
  });
  const segment = writable === null ? [] : [write.segment(data.offset, data.content.length)];
  const empty = Buffer.alloc(bits === 64 ? 64 : 40);
  const contents = [text, data, ...placed].map(({ content }) => content);
  return Buffer.concat([header, ...segment, ...contents, empty, ...rows]);
}

const SHSTRTAB = { name: '.shstrtab' };

function nameOffset(sections: ElfFile['sections'], at: number): number {
  return sections.slice(0, at).reduce((sum, { name }) => sum + name.length + 1, 1);
}

/** Where something is in memory, and what may be done with it. */
interface Loading {
  readonly address?: number;
  readonly flags?: number;
}

/** The rows of the tables of an ELF file. */
export function createElfWriter(bits: 32 | 64, order: 'little' | 'big') {
  const half = (value: number): Buffer => packNumber(2, value, order);
  const word = (value: number): Buffer => packNumber(4, value, order);
  const wide = (value: number): Buffer => packNumber(bits === 64 ? 8 : 4, value, order);
  return {
    header: (of: { sectionsAt: number; programs: number; sections: number }): Buffer =>
      Buffer.concat([
        Buffer.from('\x7fELF', 'latin1'),
        Buffer.from([bits === 64 ? 2 : 1, order === 'little' ? 1 : 2, 1, 0]),
        Buffer.alloc(8),
        half(3),
        half(62),
        word(1),
        wide(0),
        wide(bits === 64 ? 64 : 52),
        wide(of.sectionsAt),
        word(0),
        half(bits === 64 ? 64 : 52),
        half(bits === 64 ? 56 : 32),
        half(of.programs),
        half(bits === 64 ? 64 : 40),
        half(of.sections),
        half(Math.max(of.sections - 1, 0)),
      ]),
    segment: (offset: number, length: number, { address = 0, flags = 6 }: Loading = {}): Buffer => {
      const places = [offset, address, address, length, length].map(wide);
      return bits === 64
        ? Buffer.concat([word(1), word(flags), ...places, wide(1)])
        : Buffer.concat([word(1), ...places, word(flags), wide(1)]);
    },
    section: (
      name: number,
      offset: number,
      length: number,
      { address = 0, flags = 0 }: Loading = {},
    ): Buffer =>
      Buffer.concat([
        word(name),
        word(1),
        ...[flags, address, offset, length].map(wide),
        word(0),
        word(0),
        wide(1),
        wide(0),
      ]),
  };
}

export function packNumber(bytes: number, value: number, order: 'little' | 'big'): Buffer {
  const big = Buffer.alloc(8);
  big.writeBigUInt64BE(BigInt(value));
  const part = big.subarray(8 - bytes);
  return order === 'big' ? part : Buffer.from(part).reverse();
}

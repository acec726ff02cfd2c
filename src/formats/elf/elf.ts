/** Where bytes of a file are. */
export interface FilePart {
  readonly offset: number;
  readonly length: number;
}

/** What the tables of an ELF file say is in it (System V ABI, gABI 4.1, "Object Files"). */
export interface ElfTables {
  readonly sections: readonly (FilePart & { readonly name: string })[];
  /** Loaded, writable and not executable: data of the program. */
  readonly writable: readonly FilePart[];
}

/** Fewer bytes at the end of the file. */
export type PartReader = (part: FilePart) => Promise<Uint8Array>;

/** So many first bytes are the header of an ELF file. */
export const ELF_HEADER_BYTES = 64;
/** Tables of real programs are far smaller; of larger ones nothing is said. */
const TABLE_BYTES_MAX = 4 * 1024 * 1024;

const LOAD = 1;
const EXECUTE = 1;
const WRITE = 2;
const NO_CONTENT = 8;

/**
 * The tables of an ELF file; null where it has not both, where they contradict the size, or where
 * bytes follow that they do not name: then only its whole content tells what is in it.
 */
export async function readElfTables(
  head: Uint8Array,
  size: number,
  read: PartReader,
): Promise<ElfTables | null> {
  const header = parseHeader(head);
  if (header === null) return null;
  const { programs, sections, nameIndex } = header;
  for (const { offset, count, entryBytes } of [programs, sections])
    if (count === 0 || offset + count * entryBytes > size) return null;
  if (programs.count * programs.entryBytes > TABLE_BYTES_MAX) return null;
  if (sections.count * sections.entryBytes > TABLE_BYTES_MAX) return null;
  const segments = await readRows(header, programs, read, readSegment);
  const rows = await readRows(header, sections, read, readSection);
  if (segments === null || rows === null) return null;
  const names = rows[nameIndex];
  if (names === undefined || names.length > TABLE_BYTES_MAX) return null;
  const held = rows.filter(({ type }) => type !== NO_CONTENT);
  const loaded = segments.filter(({ type }) => type === LOAD);
  const ends = [...held, ...loaded, whole(programs), whole(sections)];
  // mutant bytes-after-a-program by elf: remove
  if (loaded.length === 0 || Math.max(...ends.map(findEnd)) !== size) return null;
  const text = Buffer.from(await read(names));
  if (text.length !== names.length) return null;
  return {
    sections: held.map(({ name, offset, length }) => ({
      name: readName(text, name),
      offset,
      length,
    })),
    writable: loaded.filter(({ flags }) => (flags & (WRITE | EXECUTE)) === WRITE),
  };
}

interface Table {
  readonly offset: number;
  readonly count: number;
  readonly entryBytes: number;
}

interface Header {
  readonly isWide: boolean;
  readonly isLittle: boolean;
  readonly programs: Table;
  readonly sections: Table;
  readonly nameIndex: number;
}

function whole({ offset, count, entryBytes }: Table): FilePart {
  return { offset, length: count * entryBytes };
}

function findEnd({ offset, length }: FilePart): number {
  return length === 0 ? 0 : offset + length;
}

/** The sizes of rows that the ABI fixes, for each class. */
const ROW_BYTES = { wide: { program: 56, section: 64 }, narrow: { program: 32, section: 40 } };

function parseHeader(head: Uint8Array): Header | null {
  if (head.length < ELF_HEADER_BYTES) return null;
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.toString('latin1', 0, 4) !== '\x7fELF') return null;
  const [kind, order] = [bytes[4], bytes[5]];
  if ((kind !== 1 && kind !== 2) || (order !== 1 && order !== 2)) return null;
  const isWide = kind === 2;
  const fields = new Fields(bytes, { isWide, isLittle: order === 1 });
  const counts = isWide ? 54 : 42;
  const [programBytes, programCount, sectionBytes, sectionCount, nameIndex] = [0, 2, 4, 6, 8].map(
    (at) => fields.half(counts + at),
  ) as [number, number, number, number, number];
  const known = isWide ? ROW_BYTES.wide : ROW_BYTES.narrow;
  if (programBytes !== known.program || sectionBytes !== known.section) return null;
  return {
    isWide,
    isLittle: order === 1,
    programs: {
      offset: fields.address(isWide ? 32 : 28),
      count: programCount,
      entryBytes: programBytes,
    },
    sections: {
      offset: fields.address(isWide ? 40 : 32),
      count: sectionCount,
      entryBytes: sectionBytes,
    },
    nameIndex,
  };
}

/** The numbers of a header or row, in the byte order and width of the file. */
class Fields {
  readonly #bytes: Buffer;
  readonly #isWide: boolean;
  readonly #isLittle: boolean;

  constructor(
    bytes: Buffer,
    { isWide, isLittle }: { readonly isWide: boolean; readonly isLittle: boolean },
  ) {
    this.#bytes = bytes;
    this.#isWide = isWide;
    this.#isLittle = isLittle;
  }

  half(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  word(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  address(at: number): number {
    if (!this.#isWide) return this.word(at);
    const wide = this.#isLittle ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at);
    return Number(wide);
  }
}

interface Segment extends FilePart {
  readonly type: number;
  readonly flags: number;
}

function readSegment(fields: Fields, isWide: boolean): Segment {
  return {
    type: fields.word(0),
    flags: fields.word(isWide ? 4 : 24),
    offset: fields.address(isWide ? 8 : 4),
    length: fields.address(isWide ? 32 : 16),
  };
}

interface Section extends FilePart {
  /** Where its name begins among the names. */
  readonly name: number;
  readonly type: number;
}

function readSection(fields: Fields, isWide: boolean): Section {
  return {
    name: fields.word(0),
    type: fields.word(4),
    offset: fields.address(isWide ? 24 : 16),
    length: fields.address(isWide ? 32 : 20),
  };
}

async function readRows<T>(
  header: Header,
  table: Table,
  read: PartReader,
  readRow: (fields: Fields, isWide: boolean) => T,
): Promise<readonly T[] | null> {
  const { offset, length } = whole(table);
  const bytes = Buffer.from(await read({ offset, length }));
  if (bytes.length !== length) return null;
  return Array.from({ length: table.count }, (_, at) => {
    const from = at * table.entryBytes;
    return readRow(
      new Fields(bytes.subarray(from, from + table.entryBytes), header),
      header.isWide,
    );
  });
}

/** Empty where it begins behind the names. */
function readName(names: Buffer, from: number): string {
  if (from >= names.length) return '';
  const end = names.indexOf(0, from);
  return names.toString('latin1', from, Math.min(end === -1 ? names.length : end, from + 64));
}

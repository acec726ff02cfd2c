import { ByteFields, viewBuffer } from '../program/fields.ts';
import type { FilePart, PartReading } from '../program/part-reading.ts';

/** So many first bytes are the header of an ELF file. */
export const ELF_HEADER_BYTES = 64;
/** Tables of real programs are far smaller; of larger ones nothing is said. */
const TABLE_BYTES_MAX = 4 * 1024 * 1024;
const NAME_CHARS_MAX = 64;
const LOAD = 1;
const NO_CONTENT = 8;

/** A row of one of the two tables of an ELF file. */
export interface ElfRow extends FilePart {
  readonly kind: number;
  readonly flags: number;
  readonly address: number;
}

export interface ElfSection extends ElfRow {
  /** Empty where it begins behind the names. */
  readonly name: string;
}

/** What header and tables of an ELF file say (System V ABI, gABI 4.1, "Object Files"). */
export interface ElfFile {
  readonly order: 'little' | 'big';
  /** What is loaded; empty where the table is not whole in the file, or too large. */
  readonly loaded: readonly ElfRow[];
  /** Those with content; the same holds. */
  readonly sections: readonly ElfSection[];
  /** Whether the table names a section with their names. */
  readonly isNamed: boolean;
  /**
   * Whether both tables are as the ABI has them, and every byte up to the end of the file is in
   * what they name: else only its whole content tells what is in it.
   */
  readonly isWhole: boolean;
}

/** The tables are read once for all questions; null without a header of ELF. */
export function* readElf(head: Buffer, size: number): PartReading<ElfFile | null> {
  const header = readHeader(head);
  if (header === null) return null;
  const segments = yield* readRows(header, header.segments, size, SEGMENT);
  const sections = yield* readRows(header, header.sections, size, SECTION);
  const names = sections[header.nameIndex] ?? null;
  const text = names === null ? null : yield* readNames(names);
  if (text !== null) for (const row of sections) row.name = readName(text, row.nameAt);
  const loaded = segments.filter(({ kind }) => kind === LOAD);
  const held = sections.filter(({ kind }) => kind !== NO_CONTENT);
  const ends = [...loaded, ...held, measure(header.segments), measure(header.sections)];
  const areRead =
    isExact(header.segments, segments, SEGMENT.rowBytes[header.width]) &&
    isExact(header.sections, sections, SECTION.rowBytes[header.width]) &&
    names !== null &&
    text?.length === names.length;
  return {
    order: header.order,
    loaded,
    sections: held,
    isNamed: text !== null && names?.kind !== NO_CONTENT,
    // mutant bytes-after-a-program by elf: operand 3 -> true
    isWhole: areRead && loaded.length > 0 && findEnd(ends) === size,
  };
}

/** A table as the header describes it. */
interface Table {
  readonly offset: number;
  readonly count: number;
  readonly rowBytes: number;
}

type Width = 'narrow' | 'wide';

interface Header {
  readonly width: Width;
  readonly order: 'little' | 'big';
  readonly segments: Table;
  readonly sections: Table;
  readonly nameIndex: number;
}

function readHeader(head: Buffer): Header | null {
  if (head.length < ELF_HEADER_BYTES || head.toString('latin1', 0, 4) !== '\x7fELF') return null;
  const [kind, byteOrder] = [head[4], head[5]];
  if ((kind !== 1 && kind !== 2) || (byteOrder !== 1 && byteOrder !== 2)) return null;
  const isWide = kind === 2;
  const order = byteOrder === 1 ? 'little' : 'big';
  const fields = new ByteFields(head, order);
  const counts = isWide ? 54 : 42;
  const readTable = (place: number, at: number): Table => ({
    offset: isWide ? fields.wide(place) : fields.word(place),
    rowBytes: fields.half(at),
    count: fields.half(at + 2),
  });
  return {
    width: isWide ? 'wide' : 'narrow',
    order,
    segments: readTable(isWide ? 32 : 28, counts),
    sections: readTable(isWide ? 40 : 32, counts + 4),
    nameIndex: fields.half(counts + 8),
  };
}

/** How the rows of a table are read; their size is that of the ABI, and may be larger. */
interface RowForm<R> {
  readonly rowBytes: Readonly<Record<Width, number>>;
  readonly read: (fields: ByteFields, at: number, width: Width) => R;
}

const SEGMENT: RowForm<ElfRow> = {
  rowBytes: { narrow: 32, wide: 56 },
  read: (fields, at, width) =>
    width === 'wide'
      ? {
          kind: fields.word(at),
          flags: fields.word(at + 4),
          offset: fields.wide(at + 8),
          address: fields.wide(at + 16),
          length: fields.wide(at + 32),
        }
      : {
          kind: fields.word(at),
          flags: fields.word(at + 24),
          offset: fields.word(at + 4),
          address: fields.word(at + 8),
          length: fields.word(at + 16),
        },
};

interface SectionRow extends ElfRow {
  /** Where its name begins among the names. */
  readonly nameAt: number;
  /** Known when those are read. */
  name: string;
}

const SECTION: RowForm<SectionRow> = {
  rowBytes: { narrow: 40, wide: 64 },
  read: (fields, at, width) => {
    const isWide = width === 'wide';
    return {
      nameAt: fields.word(at),
      name: '',
      kind: fields.word(at + 4),
      // Of the flags, only low ones have a meaning here.
      flags: isWide && fields.order === 'big' ? fields.word(at + 12) : fields.word(at + 8),
      address: isWide ? fields.wide(at + 16) : fields.word(at + 12),
      offset: isWide ? fields.wide(at + 24) : fields.word(at + 16),
      length: isWide ? fields.wide(at + 32) : fields.word(at + 20),
    };
  },
};

/** No row of a table that is not whole in the file. */
function* readRows<R>(
  { width, order }: Header,
  table: Table,
  size: number,
  { rowBytes, read }: RowForm<R>,
): PartReading<readonly R[]> {
  const part = measure(table);
  if (part.length === 0 || part.length > TABLE_BYTES_MAX || part.offset + part.length > size)
    return [];
  const bytes = viewBuffer(yield part);
  if (bytes.length !== part.length || table.rowBytes < rowBytes[width]) return [];
  const fields = new ByteFields(bytes, order);
  return Array.from({ length: table.count }, (_, row) => read(fields, row * table.rowBytes, width));
}

/** Null where there are too many. */
function* readNames({ offset, length }: FilePart): PartReading<string | null> {
  if (length > TABLE_BYTES_MAX) return null;
  return viewBuffer(yield { offset, length }).toString('latin1');
}

function readName(names: string, from: number): string {
  if (from >= names.length) return '';
  const end = names.indexOf('\0', from);
  return names.slice(from, Math.min(end === -1 ? names.length : end, from + NAME_CHARS_MAX));
}

/** Whether every row of a table was read, and has the size of the ABI. */
function isExact({ count, rowBytes }: Table, rows: readonly unknown[], known: number): boolean {
  return count > 0 && rows.length === count && rowBytes === known;
}

function measure({ offset, count, rowBytes }: Table): FilePart {
  return { offset, length: count * rowBytes };
}

/** Where the last of the parts that have bytes ends. */
function findEnd(parts: readonly FilePart[]): number {
  return parts.reduce(
    (last, { offset, length }) => (length === 0 ? last : Math.max(last, offset + length)),
    0,
  );
}

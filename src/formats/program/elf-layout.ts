import { ByteFields, viewBuffer } from './fields.ts';
import { keepInFile, type LoadedPart, type NamedPart, type ProgramLayout } from './loaded-part.ts';
import type { PartReading } from './part-reading.ts';

/** Tables of real programs are far smaller. */
const TABLE_BYTES_MAX = 4 * 1024 * 1024;
const NAME_BYTES_MAX = 64;
const LOAD = 1;
const NO_CONTENT = 8;
const FLAGS = { execute: 1, write: 2 } as const;
const SECTION_FLAGS = { write: 1, execute: 4 } as const;

/** The segments and sections of an ELF file; one without names of sections has segments. */
export function* readElfLayout(head: Buffer, size: number): PartReading<readonly ProgramLayout[]> {
  const header = readHeader(head);
  if (header === null) return [];
  const { order } = header;
  const segments = (yield* readTable(header.programs, size)).flatMap((row) =>
    readSegment(row, header),
  );
  const sections = yield* readSections(header, size);
  const loaded = keepInFile(segments, size);
  return loaded.length === 0 ? [] : [{ order, loaded, named: keepInFile(sections, size) }];
}

interface Table {
  readonly offset: number;
  readonly count: number;
  readonly rowBytes: number;
}

interface Header {
  readonly isWide: boolean;
  readonly order: 'little' | 'big';
  readonly programs: Table;
  readonly sections: Table;
  readonly nameIndex: number;
}

function readHeader(head: Buffer): Header | null {
  const [, , , , width, byteOrder] = head;
  if ((width !== 1 && width !== 2) || (byteOrder !== 1 && byteOrder !== 2)) return null;
  const isWide = width === 2;
  if (head.length < (isWide ? 64 : 52)) return null;
  const order = byteOrder === 1 ? 'little' : 'big';
  const fields = new ByteFields(head, order);
  const counts = isWide ? 54 : 42;
  return {
    isWide,
    order,
    programs: {
      offset: isWide ? fields.wide(32) : fields.word(28),
      rowBytes: fields.half(counts),
      count: fields.half(counts + 2),
    },
    sections: {
      offset: isWide ? fields.wide(40) : fields.word(32),
      rowBytes: fields.half(counts + 4),
      count: fields.half(counts + 6),
    },
    nameIndex: fields.half(counts + 8),
  };
}

/** No row of a table that is not whole in the file. */
function* readTable(
  { offset, count, rowBytes }: Table,
  size: number,
): PartReading<readonly Buffer[]> {
  const length = count * rowBytes;
  if (length === 0 || length > TABLE_BYTES_MAX || offset + length > size) return [];
  const bytes = viewBuffer(yield { offset, length });
  if (bytes.length !== length) return [];
  return Array.from({ length: count }, (_, at) =>
    bytes.subarray(at * rowBytes, (at + 1) * rowBytes),
  );
}

function readSegment(row: Buffer, { isWide, order }: Header): readonly LoadedPart[] {
  if (row.length < (isWide ? 56 : 32)) return [];
  const fields = new ByteFields(row, order);
  if (fields.word(0) !== LOAD) return [];
  const flags = fields.word(isWide ? 4 : 24);
  const kind =
    (flags & FLAGS.execute) !== 0 ? 'code' : (flags & FLAGS.write) !== 0 ? 'writable' : 'read-only';
  return isWide
    ? [{ kind, offset: fields.wide(8), address: fields.wide(16), length: fields.wide(32) }]
    : [{ kind, offset: fields.word(4), address: fields.word(8), length: fields.word(16) }];
}

interface Section extends LoadedPart {
  /** Where its name begins among the names. */
  readonly nameAt: number;
}

function* readSections(header: Header, size: number): PartReading<readonly NamedPart[]> {
  const rows = (yield* readTable(header.sections, size)).map((row) => readSection(row, header));
  const names = rows[header.nameIndex] ?? null;
  if (names === null || names.length > TABLE_BYTES_MAX) return [];
  const text = new ByteFields(
    viewBuffer(yield { offset: names.offset, length: names.length }),
    header.order,
  );
  return rows.flatMap((row) =>
    row === null ? [] : [{ ...row, name: text.text(row.nameAt, NAME_BYTES_MAX) }],
  );
}

function readSection(row: Buffer, { isWide, order }: Header): Section | null {
  if (row.length < (isWide ? 64 : 40)) return null;
  const fields = new ByteFields(row, order);
  if (fields.word(4) === NO_CONTENT) return null;
  const flags = isWide ? fields.wide(8) : fields.word(8);
  const kind =
    (flags & SECTION_FLAGS.execute) !== 0
      ? 'code'
      : (flags & SECTION_FLAGS.write) !== 0
        ? 'writable'
        : 'read-only';
  const nameAt = fields.word(0);
  return isWide
    ? { kind, nameAt, address: fields.wide(16), offset: fields.wide(24), length: fields.wide(32) }
    : { kind, nameAt, address: fields.word(12), offset: fields.word(16), length: fields.word(20) };
}

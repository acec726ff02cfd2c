import { ByteFields, viewBuffer } from './fields.ts';
import { keepInFile, type NamedPart, type ProgramLayout } from './loaded-part.ts';
import type { PartReading } from './part-reading.ts';

const SECTION_BYTES = 40;
const COFF_BYTES = 24;
/** Windows loads no image with more. */
const SECTIONS_MAX = 96;
const EXECUTE = 0x2000_0000;
const WRITE = 0x8000_0000;
const NARROW = 0x10b;
const WIDE = 0x20b;

/** The sections of a program of Windows (PE Format, "Section Table"); they are what is loaded. */
export function* readPeLayout(head: Buffer, size: number): PartReading<readonly ProgramLayout[]> {
  if (head.length < 64) return [];
  const at = head.readUInt32LE(60);
  if (at + COFF_BYTES + 32 > size) return [];
  const coff = viewBuffer(yield { offset: at, length: COFF_BYTES + 32 });
  if (coff.length < COFF_BYTES + 32 || coff.toString('latin1', 0, 4) !== 'PE\0\0') return [];
  const fields = new ByteFields(coff, 'little');
  const [count, optionalBytes, form] = [fields.half(6), fields.half(20), fields.half(COFF_BYTES)];
  if (count > SECTIONS_MAX || (form !== NARROW && form !== WIDE)) return [];
  const base = form === WIDE ? fields.wide(COFF_BYTES + 24) : fields.word(COFF_BYTES + 28);
  const offset = at + COFF_BYTES + optionalBytes;
  const length = count * SECTION_BYTES;
  if (offset + length > size) return [];
  const rows = new ByteFields(viewBuffer(yield { offset, length }), 'little');
  const sections = Array.from({ length: count }, (_, row) =>
    readSection(rows, row * SECTION_BYTES, base),
  );
  const loaded = keepInFile(sections, size);
  return loaded.length === 0 ? [] : [{ order: 'little', loaded, named: loaded }];
}

function readSection(fields: ByteFields, at: number, base: number): NamedPart {
  const flags = fields.word(at + 36);
  const kind = (flags & EXECUTE) !== 0 ? 'code' : (flags & WRITE) !== 0 ? 'writable' : 'read-only';
  return {
    kind,
    name: fields.text(at, 8),
    address: base + fields.word(at + 12),
    length: fields.word(at + 16),
    offset: fields.word(at + 20),
  };
}

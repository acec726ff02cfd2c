import { ByteFields, viewBuffer } from '../../../../formats/program/fields.ts';
import type { LoadedPart, ProgramLayout } from '../../../../formats/program/loaded-part.ts';
import type { PartReading } from '../../../../formats/program/part-reading.ts';

/** The section of the heap that every native image brings with it, in ELF files. */
const HEAP = '.svm_heap';
/** Names and symbols of real programs are smaller. */
const TABLE_BYTES_MAX = 4 * 1024 * 1024;
/** Packed: a list of ten thousand packages has less. */
const PACKED_BYTES_MAX = 4 * 1024 * 1024;
/** A symbol of an ELF file of 64 bits (gABI 4.1, "Symbol Table"): native images have no other. */
const SYMBOL_BYTES = 24;

/** What a program of GraalVM says of its own content, packed. */
export type EmbeddedSbom =
  | { readonly kind: 'packed'; readonly bytes: Uint8Array }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * The SBOM that GraalVM puts into a native image, where two symbols say that it is: `sbom` and
 * `sbom_length` (graalvm.org, "Embedding an SBOM"). Null for a program that is no native image.
 */
export function* findEmbeddedSbom(layout: ProgramLayout): PartReading<EmbeddedSbom | null> {
  const { named, order } = layout;
  if (!named.some(({ name }) => name === HEAP)) return null;
  const symbols = named.find(({ name }) => name === '.dynsym');
  const names = named.find(({ name }) => name === '.dynstr');
  if (symbols === undefined || names === undefined) return { kind: 'none' };
  // mutant native-image-tables-without-a-limit by native-image: condition -> false
  if (symbols.length > TABLE_BYTES_MAX || names.length > TABLE_BYTES_MAX)
    return { kind: 'unreadable', why: 'its tables of symbols are too large' };
  const texts = viewBuffer(yield { offset: names.offset, length: names.length });
  const wanted = [texts.indexOf('\0sbom\0') + 1, texts.indexOf('\0sbom_length\0') + 1];
  if (wanted.includes(0)) return { kind: 'none' };
  const rows = viewBuffer(yield { offset: symbols.offset, length: symbols.length });
  const [start, length] = wanted.map((name) => findAddress(rows, order, name));
  if (start === undefined || length === undefined || start === null || length === null)
    return { kind: 'unreadable', why: 'its symbols do not say where its SBOM is' };
  return yield* readPacked(layout, start, length);
}

/** The value of the symbol whose name begins there. */
function findAddress(rows: Buffer, order: 'little' | 'big', name: number): number | null {
  const fields = new ByteFields(rows, order);
  for (let at = 0; at + SYMBOL_BYTES <= rows.length; at += SYMBOL_BYTES)
    if (fields.word(at) === name) return fields.wide(at + 8);
  return null;
}

function* readPacked(
  { loaded, order }: ProgramLayout,
  start: number,
  lengthAt: number,
): PartReading<EmbeddedSbom> {
  const away = { kind: 'unreadable', why: 'its SBOM is outside of what it loads' } as const;
  const place = locate(loaded, lengthAt, 8);
  if (place === null) return away;
  const field = viewBuffer(yield { offset: place, length: 8 });
  if (field.length < 8) return away;
  const length = new ByteFields(field, order).wide(0);
  // mutant native-image-sbom-without-a-limit by native-image: condition -> false
  if (length > PACKED_BYTES_MAX) return { kind: 'unreadable', why: 'its SBOM is too large' };
  const offset = locate(loaded, start, length);
  if (offset === null) return away;
  return { kind: 'packed', bytes: yield { offset, length } };
}

/** Where bytes at an address are in the file; null where they are not all in one part of it. */
function locate(loaded: readonly LoadedPart[], address: number, length: number): number | null {
  const part = loaded.find(
    (one) => address >= one.address && address + length <= one.address + one.length,
  );
  return part === undefined ? null : part.offset + (address - part.address);
}

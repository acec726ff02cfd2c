import { type ElfFile, type ElfRow, readElf } from '../elf/elf.ts';
import { keepInFile, type LoadedPart, type ProgramLayout } from './loaded-part.ts';
import type { PartReading } from './part-reading.ts';

const SEGMENT_FLAGS = { execute: 1, write: 2 } as const;
const SECTION_FLAGS = { execute: 4, write: 1 } as const;

/** The segments and sections of an ELF file; one without names of sections has segments. */
export function* readElfLayout(head: Buffer, size: number): PartReading<readonly ProgramLayout[]> {
  const elf = yield* readElf(head, size);
  return elf === null ? [] : describeLayout(elf, size);
}

function describeLayout(elf: ElfFile, size: number): readonly ProgramLayout[] {
  const loaded = keepInFile(
    elf.loaded.map((row) => toPart(row, SEGMENT_FLAGS)),
    size,
  );
  if (loaded.length === 0) return [];
  const named = elf.isNamed
    ? elf.sections.map((row) => ({ ...toPart(row, SECTION_FLAGS), name: row.name }))
    : [];
  return [{ order: elf.order, loaded, named: keepInFile(named, size), elf }];
}

function toPart(
  { flags, offset, address, length }: ElfRow,
  bits: { readonly execute: number; readonly write: number },
): LoadedPart {
  const isCode = (flags & bits.execute) !== 0;
  const kind = isCode ? 'code' : (flags & bits.write) !== 0 ? 'writable' : 'read-only';
  return { kind, offset, address, length };
}

import type { ElfFile } from '../elf/elf.ts';
import type { FilePart } from './part-reading.ts';

/** A part of a program that is loaded at an address. */
export interface LoadedPart extends FilePart {
  /** Its first address; exact up to 2^53, and programs are below that. */
  readonly address: number;
  readonly kind: 'code' | 'read-only' | 'writable';
}

/** A part with a name, as linkers give it: `.data`, `__go_buildinfo`. */
export interface NamedPart extends LoadedPart {
  readonly name: string;
}

/** Where the parts of one program are in its file, and in memory. */
export interface ProgramLayout {
  readonly order: 'little' | 'big';
  readonly loaded: readonly LoadedPart[];
  /** Empty where a tool took the names away. */
  readonly named: readonly NamedPart[];
  /** What its tables say, where it is one of ELF. */
  readonly elf?: ElfFile;
}

/** Only parts that begin in the file; the rest of one that is cut is not there. */
export function keepInFile<P extends LoadedPart>(parts: readonly P[], size: number): readonly P[] {
  const kept: P[] = [];
  for (const part of parts) {
    const { offset, length } = part;
    // mutant program-part-outside-its-file by program-layout: condition -> false
    if (!isSound(part) || length <= 0 || offset >= size) continue;
    kept.push(offset + length <= size ? part : { ...part, length: size - offset });
  }
  return kept;
}

function isSound({ offset, length, address }: LoadedPart): boolean {
  const isExact = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  return isExact && Number.isSafeInteger(address) && Number.isSafeInteger(address + length);
}

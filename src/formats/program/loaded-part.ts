import type { FilePart } from '../elf/elf.ts';

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
}

/** Only parts that begin in the file; the rest of one that is cut is not there. */
export function keepInFile<P extends LoadedPart>(parts: readonly P[], size: number): readonly P[] {
  return parts.flatMap((part) => {
    const { offset, length, address } = part;
    const isSound = [offset, length, address, address + length].every(Number.isSafeInteger);
    // mutant program-part-outside-its-file by program-layout: condition -> false
    if (!isSound || length <= 0 || offset >= size) return [];
    return [{ ...part, length: Math.min(length, size - offset) }];
  });
}

import { readElfLayout } from './elf-layout.ts';
import { viewBuffer } from './fields.ts';
import type { ProgramLayout } from './loaded-part.ts';
import { readMachLayout } from './mach-layout.ts';
import type { PartReading } from './part-reading.ts';
import { readPeLayout } from './pe-layout.ts';

/** So many first bytes hold the headers of nearly every program. */
const HEAD_BYTES = 4_096;

/**
 * The programs in a file of machine code: one of ELF (gABI 4.1, "Object Files") or PE (Microsoft,
 * "PE Format"), or one for each architecture of a Mach-O file (Apple, mach-o/loader.h, fat.h).
 * Empty for another format, and for tables that lead out of the file.
 */
export function* readProgramLayouts(size: number): PartReading<readonly ProgramLayout[]> {
  const head = viewBuffer(yield { offset: 0, length: Math.min(HEAD_BYTES, size) });
  const magic = head.toString('hex', 0, 4);
  if (magic === '7f454c46') return yield* readElfLayout(head, size);
  if (magic.startsWith('4d5a')) return yield* readPeLayout(head, size);
  return yield* readMachLayout(head, size);
}

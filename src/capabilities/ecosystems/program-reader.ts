import { LIMITS } from '../../core/limits.ts';
import { type PartReading, readInMemory } from '../../formats/program/part-reading.ts';
import { readProgramLayouts } from '../../formats/program/program-layout.ts';
import {
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
  type ProgramFile,
} from './extractor.ts';
import { NO_FILES } from './wanted-files.ts';

export type ProgramReader = (program: ProgramFile) => PartReading<Extraction | null>;

/** What one reader of machine code finds in a program that is in memory. */
export function extractProgram(read: ProgramReader, { path, bytes }: FoundFile): Extraction {
  return readInMemory(readAlone(read, path, bytes.length), bytes) ?? NOTHING;
}

/** Of what programs say of themselves, in an image; what a package owns is described by that. */
export function createProgramExtractor(name: string, readProgram: ProgramReader): Extractor {
  return {
    name,
    database: false,
    reads: ['root-file-system'],
    bytesMax: LIMITS.archiveBytesMax,
    wants: NO_FILES,
    readProgram,
    extract: (file) => extractProgram(readProgram, file),
    yieldsToOwner: true,
  };
}

function* readAlone(
  read: ProgramReader,
  path: string,
  size: number,
): PartReading<Extraction | null> {
  return yield* read({ path, size, layouts: yield* readProgramLayouts(size) });
}

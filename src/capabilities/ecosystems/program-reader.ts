import { type PartReading, readInMemory } from '../../formats/program/part-reading.ts';
import { readProgramLayouts } from '../../formats/program/program-layout.ts';
import { type Extraction, type FoundFile, NOTHING, type ProgramFile } from './extractor.ts';

export type ProgramReader = (program: ProgramFile) => PartReading<Extraction | null>;

/** What one reader of machine code finds in a program that is in memory. */
export function extractProgram(read: ProgramReader, { path, bytes }: FoundFile): Extraction {
  return readInMemory(readAlone(read, path, bytes.length), bytes) ?? NOTHING;
}

function* readAlone(
  read: ProgramReader,
  path: string,
  size: number,
): PartReading<Extraction | null> {
  return yield* read({ path, size, layouts: yield* readProgramLayouts(size) });
}

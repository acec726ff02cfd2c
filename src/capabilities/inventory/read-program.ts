import type { PartReading } from '../../formats/program/part-reading.ts';
import { readProgramLayouts } from '../../formats/program/program-layout.ts';
import type { Extractor, ProgramFile } from '../ecosystems/index.ts';
import { findProgramKinds } from '../ecosystems/index.ts';
import { type FileResult, toSkip } from './file-requests.ts';

/** What the readers of machine code found in one program. */
export interface ProgramReading {
  readonly readings: readonly FileResult[];
  /** The kinds that are read with that. */
  readonly kinds: ReadonlySet<string>;
}

export const NO_PROGRAM: ProgramReading = { readings: [], kinds: new Set() };

/** A program that tells by its tables what it says of its own build. */
interface InspectedProgram extends ProgramReading {
  /** The kinds that it shows; null where only its whole content tells. */
  readonly shown: readonly string[] | null;
}

/** One reading of a program for all: its tables are read once. */
export function* inspectProgram(
  readers: readonly Extractor[],
  { path, size }: Pick<ProgramFile, 'path' | 'size'>,
): PartReading<InspectedProgram> {
  const layouts = yield* readProgramLayouts(size);
  const shown = yield* findProgramKinds(layouts, size);
  return { ...(yield* readLayouts(readers, { path, size, layouts })), shown };
}

/** The same without the kinds. */
export function* readProgram(
  readers: readonly Extractor[],
  { path, size }: Pick<ProgramFile, 'path' | 'size'>,
): PartReading<ProgramReading> {
  const layouts = yield* readProgramLayouts(size);
  return yield* readLayouts(readers, { path, size, layouts });
}

/** What one reader throws is a Skip, and the others go on. */
function* readLayouts(
  readers: readonly Extractor[],
  program: ProgramFile,
): PartReading<ProgramReading> {
  const readings: FileResult[] = [];
  for (const extractor of readers) {
    const reading = extractor.readProgram?.(program);
    if (reading === undefined) continue;
    const request = { extractor, path: program.path };
    try {
      const extracted = yield* reading;
      if (extracted !== null) readings.push({ request, extracted, since: null });
    } catch (thrown) {
      readings.push({
        request,
        extracted: { drafts: [], skips: [toSkip(request, thrown)] },
        since: null,
      });
    }
  }
  return { readings, kinds: new Set(readings.map(({ request }) => request.extractor.name)) };
}

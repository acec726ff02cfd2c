import type { Failure } from '../../core/failure.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import { ELF_HEADER_BYTES, type PartReader } from '../../formats/elf/elf.ts';
import { readByParts } from '../../formats/program/part-reading.ts';
import type { FileAlgorithm, Skip } from '../ecosystems/index.ts';
import { createSkip, findProgramKinds, isProgramStart, NOTHING } from '../ecosystems/index.ts';
import { watchContent } from './content-watch.ts';
import {
  EMPTY_RECORD,
  type FileDigests,
  type FileRecord,
  type FileRequests,
  gatherProgram,
  NO_DIGESTS,
  type ProgramReading,
  toSkip as toRequestSkip,
} from './file-requests.ts';
import type { FileTree } from './port.ts';
import { createWindowReader } from './window-reader.ts';

/** A file whose bytes show whether it is a program, or an archive without a suffix. */
export interface Suspect {
  readonly path: string;
  readonly size: number;
}

export interface SuspectContext {
  /** What is remembered of it so far. */
  readonly held: FileRecord | null;
  /** The digests that packages say of it. */
  readonly algorithms: readonly FileAlgorithm[];
  readonly wishes: FileRequests;
}

/** What is to be remembered of it: nothing, unless its bytes say something. */
interface Inspection {
  readonly record: (FileRecord & { readonly isRecognised: boolean }) | null;
  readonly skips: readonly Skip[];
}

/** Whether the first bytes of a file, or that they cannot be read, say that there is more to do. */
export async function isSuspect(
  tree: FileTree,
  { path, mayRun }: { readonly path: string; readonly mayRun: boolean },
  wishes: FileRequests,
): Promise<boolean> {
  const head = await tree.readPart(path, { offset: 0, length: ELF_HEADER_BYTES });
  if (!head.ok || (mayRun && isProgramStart(head.value))) return true;
  return wishes.recognise(path, head.value) !== null;
}

/**
 * Looks at the first bytes of a file, and only reads on where they make it matter: of a program,
 * what its tables point to; whole only what a package installed or what says nothing of its parts.
 */
export async function inspectSuspect(
  tree: FileTree,
  { path, size }: Suspect,
  { held, algorithms, wishes }: SuspectContext,
): Promise<Inspection> {
  const isUnnamed = (held?.readings ?? []).length === 0;
  const read = createWindowReader(async (part) => orThrow(await tree.readPart(path, part)));
  const look = await lookAt(tree, { path, size, algorithms }, read);
  const { head, isProgram, digests, kinds } = look.ok ? look.value : UNREAD;
  const skips = look.ok ? [] : [toSkip(path, look.failure)];
  const request = isUnnamed ? wishes.recognise(path, head) : null;
  const program = isProgram ? await readProgram({ path, size }, read, wishes) : NO_PROGRAM;
  if (!isProgram && held === null && request === null) return { record: null, skips };
  const { readings, unsupported } = held ?? EMPTY_RECORD;
  const found = request === null ? [] : [{ wish: request, extracted: NOTHING, since: null }];
  const record = {
    readings: [...(request === null ? readings : found), ...program.readings],
    unsupported: [...unsupported, ...kinds.filter((kind) => !program.kinds.has(kind))],
    size,
    isProgram,
    digests: { ...held?.digests, ...digests },
    isRecognised: request !== null,
  };
  return { record, skips };
}

const NO_PROGRAM: ProgramReading = { readings: [], kinds: new Set() };

/** Only the parts that the readers of machine code ask for. */
async function readProgram(
  { path, size }: Suspect,
  read: PartReader,
  { programReaders }: FileRequests,
): Promise<ProgramReading> {
  const found = await Promise.all(
    programReaders.map(async (extractor) => {
      const reading = extractor.readProgram?.(path, size);
      if (reading === undefined) return [extractor, null] as const;
      const extracted = await attempt(() => readByParts(reading, read));
      if (extracted.ok) return [extractor, extracted.value] as const;
      const skip = toRequestSkip({ extractor, path }, extracted.failure);
      return [extractor, { drafts: [], skips: [skip] }] as const;
    }),
  );
  return gatherProgram(path, found);
}

interface Look {
  readonly head: Uint8Array;
  readonly isProgram: boolean;
  readonly kinds: readonly string[];
  readonly digests: FileDigests;
}

const UNREAD: Look = {
  head: new Uint8Array(0),
  isProgram: false,
  kinds: [],
  digests: NO_DIGESTS,
};

interface Glimpse {
  readonly path: string;
  readonly size: number;
  readonly algorithms: readonly FileAlgorithm[];
}

function lookAt(
  tree: FileTree,
  { path, size, algorithms }: Glimpse,
  read: PartReader,
): Promise<Result<Look>> {
  return attempt(async () => {
    const head = await read({ offset: 0, length: ELF_HEADER_BYTES });
    const isProgram = isProgramStart(head);
    const kinds = isProgram ? await findProgramKinds(head, size, read) : [];
    if (kinds !== null && algorithms.length === 0)
      return { head, isProgram, kinds, digests: NO_DIGESTS };
    const watch = watchContent({
      mayBeProgram: kinds === null,
      hashed: algorithms.length === 0 ? 'never' : 'always',
      algorithms,
    });
    for await (const piece of tree.open(path)) {
      watch.write(piece);
      if (!watch.isInterested()) break;
    }
    const whole = watch.finish();
    return { head, isProgram, kinds: kinds ?? whole.kinds, digests: whole.digests };
  });
}

/** The digests of a whole file, which is not held; throws a Failure. */
export async function hashFile(
  tree: FileTree,
  path: string,
  algorithms: readonly FileAlgorithm[],
): Promise<FileDigests> {
  const watch = watchContent({ mayBeProgram: false, hashed: 'always', algorithms });
  for await (const piece of tree.open(path)) watch.write(piece);
  return watch.finish().digests;
}

function toSkip(path: string, failure: Failure): Skip {
  const { code, message, remedy } = failure;
  return createSkip(path, code, message, remedy, failure);
}

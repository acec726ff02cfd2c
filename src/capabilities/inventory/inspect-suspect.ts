import type { Failure } from '../../core/failure.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { ELF_HEADER_BYTES } from '../../formats/elf/elf.ts';
import { readByParts, readInMemory } from '../../formats/program/part-reading.ts';
import type { Extractor, FileAlgorithm, Skip } from '../ecosystems/index.ts';
import { createSkip, isProgramStart, NOTHING } from '../ecosystems/index.ts';
import { hashBytes, watchContent } from './content-watch.ts';
import {
  EMPTY_RECORD,
  type FileDigests,
  type FileRecord,
  type FileRequests,
  NO_DIGESTS,
} from './file-requests.ts';
import type { FileTree } from './port.ts';
import { inspectProgram, NO_PROGRAM, type ProgramReading } from './read-program.ts';
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
  readonly requests: FileRequests;
}

/** What is to be remembered of it: nothing, unless its bytes say something. */
interface Inspection {
  readonly record: (FileRecord & { readonly isRecognised: boolean }) | null;
  readonly skips: readonly Skip[];
}

/**
 * Whether the first bytes of a file, or that they cannot be read, say that there is more to do.
 * They are read at once: nearly all files with no telling name are of no interest.
 */
export async function isSuspect(
  tree: FileTree,
  { path, size }: Suspect,
  requests: FileRequests,
): Promise<boolean> {
  const head = await tree.readPart(path, { offset: 0, length: ELF_HEADER_BYTES });
  if (!head.ok || isProgramStart(head.value)) return true;
  return requests.recognise(path, size, head.value) !== null;
}

/**
 * Looks at the first bytes of a file, and only reads on where they make it matter: of a program,
 * what its tables point to; whole only what a package installed or what says nothing of its parts.
 */
export async function inspectSuspect(
  tree: FileTree,
  { path, size }: Suspect,
  { held, algorithms, requests }: SuspectContext,
): Promise<Inspection> {
  const glimpse = { path, size, algorithms, readers: requests.programReaders };
  const look = await attempt(() =>
    algorithms.length > 0 && size <= WHOLE_BYTES_MAX
      ? lookAtWhole(tree, glimpse)
      : lookAtParts(tree, glimpse),
  );
  const { head, program, kinds, digests } = look.ok ? look.value : UNREAD;
  const skips = look.ok ? [] : [toSkip(path, look.failure)];
  const known = (held?.readings ?? []).map((reading) => reading.request);
  const others = requests.recogniseOthers(known, { path, size, head });
  if (program === null && held === null && others.length === 0) return { record: null, skips };
  const { readings, unsupported } = held ?? EMPTY_RECORD;
  const found = others.map((request) => ({ request, extracted: NOTHING, since: null }));
  const { readings: built, kinds: read } = program ?? NO_PROGRAM;
  const record = {
    readings: [...readings, ...found, ...built],
    unsupported: [...unsupported, ...kinds.filter((kind) => !read.has(kind))],
    size,
    isProgram: program !== null,
    digests: { ...held?.digests, ...digests },
    isRecognised: others.length > 0,
  };
  return { record, skips };
}

interface Look {
  readonly head: Uint8Array;
  /** Null for what is no machine code. */
  readonly program: ProgramReading | null;
  /** Those that it shows of itself. */
  readonly kinds: readonly string[];
  readonly digests: FileDigests;
}

const UNREAD: Look = {
  head: new Uint8Array(0),
  program: null,
  kinds: [],
  digests: NO_DIGESTS,
};

interface Glimpse {
  readonly path: string;
  readonly size: number;
  readonly algorithms: readonly FileAlgorithm[];
  readonly readers: readonly Extractor[];
}

/** A file that is hashed is read once for everything, as long as it is not larger than this. */
const WHOLE_BYTES_MAX = 8 * 1024 * 1024;

async function lookAtWhole(
  tree: FileTree,
  { path, size, algorithms, readers }: Glimpse,
): Promise<Look> {
  const bytes = orThrow(await tree.read(path, WHOLE_BYTES_MAX));
  try {
    const head = Uint8Array.from(bytes.subarray(0, ELF_HEADER_BYTES));
    const digests = hashBytes(bytes, algorithms);
    if (!isProgramStart(head)) return { head, program: null, kinds: [], digests };
    const program = readInMemory(inspectProgram(readers, { path, size }), bytes);
    return { head, program, kinds: program.shown ?? searchKinds(bytes), digests };
  } finally {
    tree.release?.(bytes);
  }
}

function searchKinds(bytes: Uint8Array): readonly string[] {
  const watch = watchContent({ mayBeProgram: true, hashed: 'never', algorithms: [] });
  watch.write(bytes);
  return watch.finish().kinds;
}

async function lookAtParts(
  tree: FileTree,
  { path, size, algorithms, readers }: Glimpse,
): Promise<Look> {
  const read = createWindowReader(async (part) => orThrow(await tree.readPart(path, part)));
  const head = await read({ offset: 0, length: ELF_HEADER_BYTES });
  const isProgram = isProgramStart(head);
  const program = isProgram
    ? await readByParts(inspectProgram(readers, { path, size }), read)
    : null;
  const shown = program === null ? [] : program.shown;
  if (shown !== null && algorithms.length === 0)
    return { head, program, kinds: shown, digests: NO_DIGESTS };
  const watch = watchContent({
    mayBeProgram: shown === null,
    hashed: algorithms.length === 0 ? 'never' : 'always',
    algorithms,
  });
  for await (const piece of tree.open(path)) {
    watch.write(piece);
    if (!watch.isInterested()) break;
  }
  const whole = watch.finish();
  return { head, program, kinds: shown ?? whole.kinds, digests: whole.digests };
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

import type { Failure } from '../../core/failure.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import { ELF_HEADER_BYTES } from '../../formats/elf/elf.ts';
import type { Skip } from '../ecosystems/index.ts';
import { createSkip, findProgramKinds, isProgramStart, NOTHING } from '../ecosystems/index.ts';
import { watchContent } from './content-watch.ts';
import { EMPTY_RECORD, type FileRecord, type FileRequests } from './file-requests.ts';
import type { FileTree } from './port.ts';

/** A file whose bytes show whether it is a program, or an archive without a suffix. */
export interface Suspect {
  readonly path: string;
  readonly size: number;
}

export interface SuspectContext {
  /** What is remembered of it so far. */
  readonly held: FileRecord | null;
  /** Whether a package says what its MD5 is. */
  readonly hashed: boolean;
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
  { held, hashed, wishes }: SuspectContext,
): Promise<Inspection> {
  const isUnnamed = (held?.readings ?? []).length === 0;
  const look = await lookAt(tree, { path, size, hashed: hashed && (held?.md5 ?? null) === null });
  const { head, isProgram, md5, kinds } = look.ok ? look.value : UNREAD;
  const skips = look.ok ? [] : [toSkip(path, look.failure)];
  const request = isUnnamed ? wishes.recognise(path, head) : null;
  if (!isProgram && held === null && request === null) return { record: null, skips };
  const { readings, unsupported } = held ?? EMPTY_RECORD;
  const found = request === null ? [] : [{ wish: request, extracted: NOTHING, since: null }];
  const record = {
    readings: request === null ? readings : found,
    unsupported: [...unsupported, ...kinds],
    size,
    isProgram,
    md5: md5 ?? held?.md5 ?? null,
    isRecognised: request !== null,
  };
  return { record, skips };
}

interface Look {
  readonly head: Uint8Array;
  readonly isProgram: boolean;
  readonly kinds: readonly string[];
  readonly md5: string | null;
}

const UNREAD: Look = { head: new Uint8Array(0), isProgram: false, kinds: [], md5: null };

interface Glimpse {
  readonly path: string;
  readonly size: number;
  readonly hashed: boolean;
}

function lookAt(tree: FileTree, { path, size, hashed }: Glimpse): Promise<Result<Look>> {
  return attempt(async () => {
    const head = orThrow(await tree.readPart(path, { offset: 0, length: ELF_HEADER_BYTES }));
    const isProgram = isProgramStart(head);
    const kinds = isProgram
      ? await findProgramKinds(head, size, async (part) => orThrow(await tree.readPart(path, part)))
      : [];
    if (kinds !== null && !hashed) return { head, isProgram, kinds, md5: null };
    const watch = watchContent({
      mayBeProgram: kinds === null,
      hashed: hashed ? 'always' : 'never',
    });
    for await (const piece of tree.open(path)) {
      watch.write(piece);
      if (!watch.isInterested()) break;
    }
    const whole = watch.finish();
    return { head, isProgram, kinds: kinds ?? whole.kinds, md5: whole.md5 };
  });
}

function toSkip(path: string, failure: Failure): Skip {
  const { code, message, remedy } = failure;
  return createSkip(path, code, message, remedy, failure);
}

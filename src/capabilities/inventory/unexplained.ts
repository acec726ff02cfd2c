import { LIMITS } from '../../core/limits.ts';
import type { Skip, UnexplainedFiles } from '../ecosystems/index.ts';
import { createSkip, RUNTIMES, SYSTEM_DATABASES, takeDirectory } from '../ecosystems/index.ts';
import type { FileRecord, FileRequests, FileResult } from './file-requests.ts';
import type { Snapshot } from './layers/snapshot.ts';
import type { Ownership } from './ownership.ts';

/** A reading that counts, with the real place of its file. */
export interface EffectiveResult {
  readonly path: string;
  readonly reading: FileResult;
}

interface Remains {
  /** Null where there were too many files to tell. */
  readonly unexplained: UnexplainedFiles | null;
  readonly skips: readonly Skip[];
}

/**
 * What is in a root file system and belongs to no component: files that no package of a
 * distribution installed as they are, that are in no folder of a package, and from which nothing
 * was read. Machine code among them makes the inventory partial; scripts and data do not, because
 * nothing runs without a program.
 */
export function countUnexplained(
  { snapshot, wishes }: { readonly snapshot: Snapshot<FileRecord>; readonly wishes: FileRequests },
  effective: readonly EffectiveResult[],
  ownership: Ownership,
): Remains {
  const folders = new OwnFolders(effective);
  const counts = { files: 0, bytes: 0, executables: 0 };
  const isCounted = countPlain(snapshot, folders, counts);
  const strangers: string[] = [];
  const runtimes = new Map<string, string[]>();
  let isSystemUnread = false;
  for (const { path, value, symlink } of snapshot.entries()) {
    const kinds = symlink === null ? (value?.unsupported ?? []) : wishes.unsupported(path);
    isSystemUnread ||= kinds.some((kind) => SYSTEM_DATABASES.has(kind));
    if (value === null || isExplained(path, value, { ownership, folders })) continue;
    counts.files += 1;
    counts.bytes += value.size;
    for (const kind of kinds.filter((each) => RUNTIMES.has(each)))
      runtimes
        .set(kind, runtimes.get(kind) ?? [])
        .get(kind)
        ?.push(path);
    if (!value.isProgram) continue;
    counts.executables += 1;
    if (kinds.length === 0) strangers.push(path);
  }
  // mutant unexplained-executables-are-a-gap by unexplained: condition -> false
  const unnamed = !isSystemUnread && strangers.length > 0 ? [skipStrangers(strangers)] : [];
  const unread = isSystemUnread ? [] : [...runtimes].map(skipRuntime);
  return {
    unexplained: isCounted ? counts : null,
    skips: [...unnamed, ...unread, ...(isCounted ? [] : [skipUncounted()])],
  };
}

/** Counts the files of which only the size is known; false where there were too many to keep. */
function countPlain(
  snapshot: Snapshot<FileRecord>,
  folders: OwnFolders,
  counts: { files: number; bytes: number },
): boolean {
  const left = snapshot.plainFiles();
  if (left === null) return false;
  for (const { path, files } of left) {
    if (folders.contain(path)) continue;
    for (const { size } of files) {
      counts.files += 1;
      counts.bytes += size;
    }
  }
  return true;
}

interface Explanations {
  readonly ownership: Ownership;
  readonly folders: OwnFolders;
}

function isExplained(
  path: string,
  { readings, isProgram }: FileRecord,
  { ownership, folders }: Explanations,
): boolean {
  if (ownership.has(path) || folders.contain(takeDirectory(path))) return true;
  // Only what a program says of its own build explains it: an archive behind it does not.
  // mutant program-explained-by-its-archive by go-programs: operand 1 -> true
  const counting = readings.filter(({ wish }) => !isProgram || wish.extractor.readProgram);
  return counting.some(
    ({ extracted: { drafts, skips } }) => drafts.length > 0 || (!isProgram && skips.length === 0),
  );
}

/** The folders of packages that describe themselves: all below them is part of the package. */
class OwnFolders {
  readonly #known = new Map<string, boolean>([['', false]]);

  constructor(effective: readonly EffectiveResult[]) {
    for (const { path, reading } of effective) {
      const folder = reading.wish.extractor.findOwnFolder?.(path);
      // mutant folder-of-an-unread-package-explains-nothing by unexplained: remove operand
      if (reading.extracted.drafts.length > 0 && folder !== undefined)
        this.#known.set(folder, folder !== '');
    }
  }

  contain(folder: string): boolean {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const contained = this.contain(takeDirectory(folder));
    this.#known.set(folder, contained);
    return contained;
  }
}

/** So many places are named; the number is said of all. */
const NAMED_MAX = 5;

function skipStrangers(paths: readonly string[]): Skip {
  const [first = '.'] = paths;
  const others = paths.slice(1, NAMED_MAX);
  const more = paths.length - 1 - others.length;
  const rest = [...others, ...(more > 0 ? [`${more} more`] : [])];
  const also = rest.length === 0 ? '' : `, and so do ${rest.join(', ')}`;
  const why = `this program or library belongs to no known component${also}`;
  return createSkip(
    first,
    'FACT_UNKNOWN',
    why,
    'Install it as a package, or attach an inventory of another tool that lists it.',
  );
}

function skipRuntime([kind, paths]: readonly [string, readonly string[]]): Skip {
  const [first = '.'] = paths;
  const more = paths.length > 1 ? ` (and ${paths.length - 1} more)` : '';
  const why = `a ${kind} that no package installed is here${more}, whose version is not read`;
  const remedy = 'Install it as a package, or attach an inventory of another tool that lists it.';
  return createSkip(first, 'UNSUPPORTED', why, remedy);
}

function skipUncounted(): Skip {
  const why = `over ${LIMITS.imageFilesMax} files: it is unknown which belong to no component`;
  return createSkip('.', 'LIMIT_EXCEEDED', why, 'Split the image.');
}

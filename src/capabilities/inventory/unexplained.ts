import { LIMITS } from '../../core/limits.ts';
import type { Skip, UnexplainedFiles } from '../ecosystems/index.ts';
import {
  createSkip,
  RUNTIMES,
  SYSTEM_DATABASES,
  takeBaseName,
  takeDirectory,
} from '../ecosystems/index.ts';
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
  {
    snapshot,
    requests,
  }: { readonly snapshot: Snapshot<FileRecord>; readonly requests: FileRequests },
  effective: readonly EffectiveResult[],
  ownership: Ownership,
): Remains {
  const folders = new OwnFolders(effective);
  const recorded = listRecordedFiles(effective);
  const counts = { files: 0, bytes: 0, executables: 0 };
  const isCounted = countPlain(snapshot, { folders, recorded }, counts);
  const strangers: Stranger[] = [];
  const runtimes = new Map<string, string[]>();
  let isSystemUnread = false;
  for (const { path, value, symlink } of snapshot.entries()) {
    const kinds = symlink === null ? (value?.unsupported ?? []) : requests.unsupported(path);
    isSystemUnread ||= kinds.some((kind) => SYSTEM_DATABASES.has(kind));
    if (value === null || isExplained(path, value, { ownership, folders, recorded })) continue;
    counts.files += 1;
    counts.bytes += value.size;
    for (const kind of kinds.filter((each) => RUNTIMES.has(each)))
      runtimes
        .set(kind, runtimes.get(kind) ?? [])
        .get(kind)
        ?.push(path);
    if (!value.isProgram) continue;
    counts.executables += 1;
    if (kinds.length === 0) strangers.push({ path, identity: findIdentity(value) });
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
  { folders, recorded }: Pick<Explanations, 'folders' | 'recorded'>,
  counts: { files: number; bytes: number },
): boolean {
  const left = snapshot.plainFiles();
  if (left === null) return false;
  for (const { path, files } of left) {
    if (folders.contain(path)) continue;
    const known = recorded.get(path);
    for (const { name, size } of files) {
      if (known !== undefined && isRecordedSize(known.get(name), size)) continue;
      counts.files += 1;
      counts.bytes += size;
    }
  }
  return true;
}

interface Explanations {
  readonly ownership: Ownership;
  readonly folders: OwnFolders;
  readonly recorded: RecordedSizes;
}

/** Sizes of recorded files by folder and name; null for a file whose size is not recorded. */
type RecordedSizes = ReadonlyMap<string, ReadonlyMap<string, number | null>>;

/** What installed packages recorded of their files, or name as their own. */
function listRecordedFiles(effective: readonly EffectiveResult[]): RecordedSizes {
  const described = new Set(
    effective.flatMap(({ reading: { request, extracted } }) =>
      extracted.drafts.length > 0 ? [request.path] : [],
    ),
  );
  const sizes = new Map<string, Map<string, number | null>>();
  const note = (file: string, size: number | null): void => {
    const folder = takeDirectory(file);
    const names = sizes.get(folder) ?? new Map<string, number | null>();
    if (names.size === 0) sizes.set(folder, names);
    names.set(takeBaseName(file), size);
  };
  for (const { path, reading } of effective) {
    const { recorded, explains = [] } = reading.extracted;
    for (const name of explains) note(resolveName(path, name), null);
    // mutant record-of-an-unread-package-explains-nothing by unexplained: condition -> false
    if (recorded === undefined || !described.has(recorded.of)) continue;
    for (const file of recorded.files) note(file.path, file.size);
  }
  return sizes;
}

/** A file that was found under another name counts where it really is. */
function resolveName(path: string, name: string): string {
  const segments = takeDirectory(path).split('/');
  for (const segment of name.split('/'))
    if (segment === '..') segments.pop();
    else segments.push(segment);
  return segments.filter((segment) => segment !== '').join('/');
}

function isRecorded(recorded: RecordedSizes, path: string, size: number): boolean {
  return isRecordedSize(recorded.get(takeDirectory(path))?.get(takeBaseName(path)), size);
}

function isRecordedSize(known: number | null | undefined, size: number): boolean {
  // mutant recorded-file-of-another-size by unexplained: value -> known !== undefined
  return known === null || known === size;
}

function isExplained(
  path: string,
  { readings, isProgram, size }: FileRecord,
  { ownership, folders, recorded }: Explanations,
): boolean {
  if (ownership.has(path) || folders.contain(takeDirectory(path))) return true;
  if (isRecorded(recorded, path, size)) return true;
  // Only what a program says of its own build explains it: an archive behind it does not.
  // mutant program-explained-by-its-archive by go-programs: operand 1 -> true
  const counting = readings.filter(({ request }) => !isProgram || request.extractor.readProgram);
  return counting.some(({ request, extracted: { drafts, skips } }) => {
    // Nothing was found in an archive, or it was not worth opening: that says nothing about it.
    // mutant archive-of-nothing-explains-itself by unexplained: condition -> false
    if (request.extractor.isWorthReading !== undefined) return drafts.length > 0;
    return drafts.length > 0 || (!isProgram && skips.length === 0);
  });
}

/** The folders of packages that describe themselves: all below them is part of the package. */
class OwnFolders {
  readonly #known = new Map<string, boolean>([['', false]]);

  constructor(effective: readonly EffectiveResult[]) {
    for (const { path, reading } of effective) {
      const folder = reading.request.extractor.findOwnFolder?.(path);
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

interface Stranger {
  readonly path: string;
  /** As it calls itself; empty where it does not. */
  readonly identity: string;
}

function findIdentity({ readings }: FileRecord): string {
  const said = readings.find(({ extracted }) => extracted.identity !== undefined);
  return said === undefined ? '' : ` (it says: ${said.extracted.identity})`;
}

function skipStrangers(strangers: readonly Stranger[]): Skip {
  const [first = { path: '.', identity: '' }] = strangers;
  const others = strangers.slice(1, NAMED_MAX).map(({ path, identity }) => path + identity);
  const more = strangers.length - 1 - others.length;
  const rest = [...others, ...(more > 0 ? [`${more} more`] : [])];
  const also = rest.length === 0 ? '' : `, and so do ${rest.join(', ')}`;
  const why = `this program or library${first.identity} belongs to no known component${also}`;
  return createSkip(
    first.path,
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

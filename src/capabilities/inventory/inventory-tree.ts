import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { type ReadingBudget, readAtOnce } from '../../core/reading-budget.ts';
import { attempt, orThrow } from '../../core/result.ts';
import type { PartReader } from '../../formats/program/part-reading.ts';
import type { FileAlgorithm, Inventory, Skip } from '../ecosystems/index.ts';
import {
  CODE_BYTES_MIN,
  INSTALL_FOLDERS,
  NOTHING,
  type TargetKind,
  takeBaseName,
} from '../ecosystems/index.ts';
import { concludeWithin, type PassResult } from './conclude.ts';
import {
  dropEmpty,
  EMPTY_RECORD,
  type FileRecord,
  type FileRequest,
  FileRequests,
  type FileResult,
  isRemembered,
  runExtractor,
  toSkip,
} from './file-requests.ts';
import { followLinks, PASSES_MAX, skipUnfollowed } from './follow-links.ts';
import { hashFile, inspectSuspect, isSuspect, type Suspect } from './inspect-suspect.ts';
import { Snapshot } from './layers/snapshot.ts';
import { listDigestClaims } from './ownership.ts';
import type { FileTree, TreeEntry } from './port.ts';

export interface TreeOptions {
  /**
   * `source-tree` by default: lock files count there, and installed packages where nothing locks
   * them.
   */
  readonly target?: TargetKind;
  readonly signal?: AbortSignal;
  /** For each file, and for what all of them say together; none by default. */
  readonly reading?: ReadingBudget;
  /** Called now and then with the number of files that were looked at or read. */
  readonly onProgress?: (files: number) => void;
}

/** How often progress is reported; a small tree reports none. */
const FILES_AT_ONCE = 10_000;

/** Called for each file: it counts, and throws where the inventory was stopped. */
export type Step = () => void;

export function countFiles({
  signal,
  onProgress,
}: Pick<TreeOptions, 'signal' | 'onProgress'>): Step {
  let files = 0;
  return () => {
    stopIfAborted(signal);
    if (++files % FILES_AT_ONCE === 0) onProgress?.(files);
  };
}

/**
 * The inventory of a source tree or an unpacked root file system. What cannot be read makes it
 * partial; a root that cannot be read at all throws the Failure of the tree.
 *
 * @example const inventory = await inventoryTree(tree, '.', { target: 'source-tree' });
 */
export async function inventoryTree(
  tree: FileTree,
  name: string,
  options: TreeOptions = {},
): Promise<Inventory> {
  const target = options.target ?? 'source-tree';
  const requests = new FileRequests(target);
  const step = countFiles(options);
  let gathered = await walkTree(tree, requests, step);
  let leadsOn = followLinks(gathered.snapshot, requests);
  for (let passes = 1; passes < PASSES_MAX && leadsOn; passes++) {
    if (!revisitFiles(gathered)) gathered = await walkTree(tree, requests, step);
    leadsOn = followLinks(gathered.snapshot, requests);
  }
  if (leadsOn) gathered.skips.push(skipUnfollowed());
  await readAll(tree, gathered, step, options.reading ?? readAtOnce);
  const notes = notePseudo(gathered.pseudo);
  const subject = { name, digest: null };
  return concludeWithin(subject, { ...gathered, notes }, options.reading ?? readAtOnce);
}

interface TreePass extends PassResult {
  readonly skips: Skip[];
  readonly programs: Suspect[];
  /** Folders with the state of the machine. */
  readonly pseudo: TreeEntry[];
}

/** Collects links and requests; content is read only when it is known to count. */
async function walkTree(tree: FileTree, requests: FileRequests, step: Step): Promise<TreePass> {
  const snapshot = new Snapshot<FileRecord>({ clamp: requests.target === 'root-file-system' });
  const result: TreePass = {
    snapshot,
    requests: requests,
    skips: [],
    programs: [],
    pseudo: [],
  };
  const locked = new Set<string>();
  const descend = (path: string): boolean => !locked.has(path);
  let entries = 0;
  const isSource = requests.target === 'source-tree';
  for await (const entry of tree.entries(isSource ? { descend } : {})) {
    step();
    if (++entries > LIMITS.imageEntriesMax) {
      throw new Failure(
        'LIMIT_EXCEEDED',
        `over ${LIMITS.imageEntriesMax} files`,
        'Take the inventory of each part.',
      );
    }
    if (isSource && entry.kind === 'file') noteLock(locked, entry.path);
    const { path, size } = entry;
    const isUnread = recordEntry(result, entry);
    // Whatever it is called: names hide programs and archives.
    // mutant small-file-of-a-folder-is-not-opened by archive-name, unexplained: operand 2 ->
    //   size > 65_536
    const isOpened = entry.kind === 'file' && size >= CODE_BYTES_MIN;
    if (isUnread || (isOpened && (await isSuspect(tree, { path, size }, requests))))
      result.programs.push({ path, size });
  }
  return result;
}

/**
 * Requests again what is remembered of a root file system, by the names that links have given it
 * since, without another walk over the disk. False where not every file is remembered.
 */
function revisitFiles({ snapshot, requests, programs }: TreePass): boolean {
  const plain = requests.target === 'root-file-system' ? snapshot.plainFiles() : null;
  if (plain === null) return false;
  const held = [...snapshot.entries()].flatMap(({ path, value }) =>
    value === null ? [] : [{ path, size: value.size }],
  );
  const isNew = (path: string): boolean =>
    requests.listRequests(path).length > 0 || requests.unsupported(path).length > 0;
  const found: { readonly path: string; readonly size: number }[] = [];
  for (const { path: folder, files } of plain)
    for (const { name, size } of requests.reaches(folder) ? files : []) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (isNew(path)) found.push({ path, size });
    }
  for (const { path, size } of [...held, ...found])
    snapshot.put(path, 0, {
      value: createRecord(requests, path, size) ?? { ...EMPTY_RECORD, size },
    });
  const known = new Set(programs.map(({ path }) => path));
  for (const { path, size } of found) if (!known.has(path)) programs.push({ path, size });
  return true;
}

/** What is wanted of a file, which is read later; null where nothing is. */
function createRecord(requests: FileRequests, path: string, size: number): FileRecord | null {
  const wanted = requests.listRequests(path);
  const unsupported = requests.unsupported(path);
  if (wanted.length === 0 && unsupported.length === 0) return null;
  const readings = wanted.map(
    (request): FileResult => ({ request, extracted: NOTHING, since: null }),
  );
  return { ...EMPTY_RECORD, readings, unsupported, size };
}

/** Installed packages in a folder that a lock replaces are not read. */
function noteLock(locked: Set<string>, path: string): void {
  for (const { name, isLock } of INSTALL_FOLDERS)
    if (isLock(path)) locked.add(path.slice(0, path.length - takeBaseName(path).length) + name);
}

/** True for a package database that is not read: whether a package owns it is to be found out. */
function recordEntry(result: TreePass, entry: TreeEntry): boolean {
  const { snapshot, requests, skips, pseudo } = result;
  const { path, kind } = entry;
  if (kind === 'pseudo') pseudo.push(entry);
  if (kind === 'symlink') snapshot.put(path, 0, { symlink: entry.target ?? '' });
  if (kind === 'unreadable')
    skips.push({ location: path, cause: entry.failure ?? unreadable(path) });
  if (kind !== 'file') return false;
  const { size } = entry;
  const record = createRecord(requests, path, size);
  if (record !== null) snapshot.put(path, 0, { value: record });
  else if (requests.target === 'root-file-system') snapshot.putPlain(path, { size, layer: 0 });
  return requests.target === 'root-file-system' && (record?.unsupported.length ?? 0) > 0;
}

async function readAll(
  tree: FileTree,
  gathered: TreePass,
  step: Step,
  reading: ReadingBudget,
): Promise<void> {
  const { snapshot, programs, requests } = gathered;
  for (const { path, value } of snapshot.entries()) {
    if (value === null || value.readings.length === 0) continue;
    step();
    snapshot.put(path, 0, { value: await readFile(tree, path, value, reading) });
  }
  const isRoot = requests.target === 'root-file-system';
  const claimed = isRoot ? listClaims(snapshot, programs) : NO_CLAIMS;
  await hashClaimed(tree, gathered, claimed, step);
  for (const suspect of programs) {
    step();
    const { record, skips } = await inspectSuspect(tree, suspect, {
      held: snapshot.get(suspect.path),
      algorithms: claimed.get(suspect.path) ?? [],
      requests,
    });
    gathered.skips.push(...skips);
    if (record === null) continue;
    const value = record.isRecognised
      ? dropEmpty(await readFile(tree, suspect.path, record, reading))
      : record;
    if (isRemembered(value)) snapshot.put(suspect.path, 0, { value });
  }
}

/** A failure to read a part says nothing: the whole file is then tried. */
async function isWorthReading(
  tree: FileTree,
  path: string,
  size: number,
  requests: readonly FileRequest[],
): Promise<boolean> {
  const read: PartReader = async (part) => orThrow(await tree.readPart(path, part));
  for (const { extractor, path: name } of requests) {
    const answer = await attempt(
      async () => (await extractor.isWorthReading?.(name, size, read)) ?? true,
    );
    if (!answer.ok || answer.value) return true;
  }
  return requests.length === 0;
}

type DigestClaims = ReadonlyMap<string, readonly FileAlgorithm[]>;

const NO_CLAIMS: DigestClaims = new Map();

/**
 * Of which files that matter a package database says what their digest is: no other is hashed.
 */
function listClaims(snapshot: TreePass['snapshot'], suspects: readonly Suspect[]): DigestClaims {
  const readings: FileResult[] = [];
  const paths = new Set(suspects.map(({ path }) => path));
  for (const { path, value } of snapshot.entries()) {
    readings.push(...(value?.readings ?? []));
    if (value !== null) paths.add(path);
  }
  const claims = new Map<string, FileAlgorithm[]>();
  for (const { path, algorithm } of listDigestClaims(snapshot, readings)) {
    const known = claims.get(path);
    if (known === undefined && paths.has(path)) claims.set(path, [algorithm]);
    else if (known?.includes(algorithm) === false) known.push(algorithm);
  }
  return claims;
}

/** The digests of what was read, where a package says one; programs are hashed later. */
async function hashClaimed(
  tree: FileTree,
  { snapshot, programs }: TreePass,
  claims: DigestClaims,
  step: Step,
): Promise<void> {
  const later = new Set(programs.map(({ path }) => path));
  for (const [path, algorithms] of claims) {
    const value = snapshot.get(path);
    if (value === null || value.readings.length === 0 || later.has(path)) continue;
    step();
    // What cannot be read a second time has no digest, and its reading says why.
    const digests = await attempt(() => hashFile(tree, path, algorithms));
    if (digests.ok) snapshot.put(path, 0, { value: { ...value, digests: digests.value } });
  }
}

async function readFile(
  tree: FileTree,
  path: string,
  value: FileRecord,
  reading: ReadingBudget,
): Promise<FileRecord> {
  const requests = value.readings.map(({ request }) => request);
  if (!(await isWorthReading(tree, path, value.size, requests))) return value;
  const bytesMax = Math.max(...requests.map(({ extractor }) => extractor.bytesMax));
  const content = await tree.read(path, bytesMax);
  const readings = value.readings.map(({ request }): FileResult => {
    if (!content.ok)
      return {
        request,
        extracted: { drafts: [], skips: [toSkip(request, content.failure)] },
        since: null,
      };
    const tooLarge = content.value.length > request.extractor.bytesMax;
    if (!tooLarge)
      return { request, extracted: runExtractor(request, content.value, reading), since: null };
    const cause = new Failure(
      'LIMIT_EXCEEDED',
      `it is over ${request.extractor.bytesMax} bytes`,
      'Shorten the file.',
    );
    return { request, extracted: { drafts: [], skips: [toSkip(request, cause)] }, since: null };
  });
  if (content.ok) tree.release?.(content.value);
  return { ...value, readings };
}

function unreadable(path: string): Failure {
  return new Failure('FILE_UNREADABLE', `${path} cannot be read`, 'Check its permissions.');
}

/** All of them in one remark: there may be dozens. */
function notePseudo(pseudo: readonly TreeEntry[]): readonly string[] {
  if (pseudo.length === 0) return [];
  const named = pseudo.slice(0, 10).map(({ path, fileSystem }) => `${path} (${fileSystem})`);
  const more = pseudo.length > named.length ? [`${pseudo.length - named.length} more`] : [];
  const places = [...named, ...more].join(', ');
  return [`left out, because they hold no files but the state of the machine: ${places}`];
}

export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new Failure('INTERRUPTED', 'the inventory was stopped', 'Run it again.');
}

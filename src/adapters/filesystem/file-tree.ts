import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import type { FileTree, TreeEntry, WalkOptions } from '../../capabilities/inventory/index.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { fail, failed, ok, type Result } from '../../core/result.ts';
import type { FilePart } from '../../formats/program/part-reading.ts';
import { toFileFailure } from '../../system/files/errno.ts';
import { findPseudoFileSystem } from './pseudo-file-systems.ts';

const PIECE_BYTES = 1024 * 1024;
/** Folders that are nested deeper than this are not read. */
const DEPTH_MAX = 512;

/**
 * A folder as a FileTree. Nothing outside the folder is ever opened: links are reported, not
 * followed, and a file counts only if its real path is still below the root while it is open.
 * `.git` and what pseudo file systems contain are left out. `.gitignore` is not read.
 *
 * @example const tree = orThrow(openFileTree('.'));
 */
export function openFileTree(root: string): Result<FileTree> {
  try {
    const real = realpathSync.native(root);
    if (!statSync(real).isDirectory())
      return fail('FILE_UNREADABLE', `${root} is not a folder`, 'Name a folder.');
    return ok(createTree(real));
  } catch (cause) {
    return failed(toFileFailure(root, cause));
  }
}

function createTree(root: string): FileTree {
  return {
    entries: (options) => walk(root, options ?? {}),
    read: (path, bytesMax) => answer(() => readWhole(root, path, bytesMax)),
    // `readWhole` makes a buffer of its own for each file.
    release: ({ buffer }) => void (buffer instanceof ArrayBuffer && buffer.transfer(0)),
    readPart: (path, part) => answer(() => readPart(root, path, part)),
    open: (path) => readPieces(root, path),
  };
}

/** One promise for each answer: there are tens of thousands. */
function answer<T>(work: () => T): Promise<Result<T>> {
  try {
    return Promise.resolve(ok(work()));
  } catch (thrown) {
    return Promise.resolve(failed(toFailure(thrown)));
  }
}

// Synchronous calls: a root file system has tens of thousands of small entries, and one promise for
// each entry would be slow.
async function* walk(root: string, { descend }: WalkOptions): AsyncGenerator<TreeEntry> {
  const folders: Folder[] = [{ path: '', device: lstatSync(root).dev }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const within: Folder[] = [];
    for (const { entry, device } of list(root, folder)) {
      yield entry;
      if (entry.kind === 'directory') within.push({ path: entry.path, device });
    }
    const wanted = within.filter(({ path }) => descend === undefined || descend(path));
    for (const { path, device } of wanted.reverse()) {
      if (path.split('/').length <= DEPTH_MAX) folders.push({ path, device });
      else
        yield toUnreadable(
          path,
          new Failure(
            'LIMIT_EXCEEDED',
            `${path} is nested over ${DEPTH_MAX} deep`,
            'Use fewer nested folders.',
          ),
        );
    }
  }
}

interface Folder {
  readonly path: string;
  /** The file system that it is in. */
  readonly device: number;
}

/** An entry, with the file system that it is in. */
interface PlacedEntry {
  readonly entry: TreeEntry;
  readonly device: number;
}

function* list(root: string, { path: folder, device }: Folder): Generator<PlacedEntry> {
  const place = joinPath(root, folder);
  let names: string[];
  try {
    names = readdirSync(place);
  } catch (cause) {
    const entry = toUnreadable(folder === '' ? '.' : folder, toFileFailure(folder, cause));
    yield { entry, device };
    return;
  }
  const before = place.endsWith(sep) ? place : place + sep;
  for (const name of names.sort())
    if (name !== '.git')
      yield inspectEntry(before + name, folder === '' ? name : `${folder}/${name}`, device);
}

function inspectEntry(full: string, path: string, parent: number): PlacedEntry {
  try {
    const stats = lstatSync(full);
    return { entry: describeEntry(full, path, { stats, parent }), device: stats.dev };
  } catch (cause) {
    return { entry: toUnreadable(path, toFileFailure(path, cause)), device: parent };
  }
}

function describeEntry(
  full: string,
  path: string,
  { stats, parent }: { readonly stats: Stats; readonly parent: number },
): TreeEntry {
  if (stats.isSymbolicLink())
    return { path, kind: 'symlink', size: 0, target: readlinkSync(full).split(sep).join('/') };
  if (stats.isDirectory()) {
    // mutant pseudo-file-system-is-left-out by file-tree: value -> null
    const pseudo = stats.dev === parent ? null : findPseudoFileSystem(full);
    return pseudo === null
      ? { path, kind: 'directory', size: 0 }
      : { path, kind: 'pseudo', size: 0, fileSystem: pseudo };
  }
  if (!stats.isFile()) return { path, kind: 'other', size: 0 };
  return { path, kind: 'file', size: stats.size, executable: isExecutable(path, stats) };
}

/** Windows has no such bit. There the name decides. */
function isExecutable(path: string, stats: Stats): boolean {
  return sep === '\\' ? /\.(?:exe|dll)$/i.test(path) : (stats.mode & 0o111) !== 0;
}

function toUnreadable(path: string, failure: Failure): TreeEntry {
  return { path, kind: 'unreadable', size: 0, failure };
}

function readWhole(root: string, path: string, bytesMax: number): Uint8Array {
  const file = openInside(root, path);
  try {
    const { size } = fstatSync(file);
    if (size > bytesMax) throw tooLarge(path, bytesMax);
    // Read one byte more than expected, to notice a file that grows meanwhile.
    const buffer = Buffer.allocUnsafeSlow(size + 1);
    let filled = 0;
    for (let got = -1; got !== 0 && filled < buffer.length; filled += got)
      got = readSync(file, buffer, filled, buffer.length - filled, null);
    if (filled > size)
      throw new Failure(
        'FILE_UNREADABLE',
        `${path} changed while it was read`,
        'Run the command again.',
      );
    return buffer.subarray(0, filled);
  } catch (cause) {
    throw toFileFailure(path, cause);
  } finally {
    closeSync(file);
  }
}

function readPart(root: string, path: string, { offset, length }: FilePart): Uint8Array {
  const file = openInside(root, path);
  try {
    // The bytes of an allocation count, not those of the file: a table may claim any length.
    const { size } = length > SMALL_BYTES ? fstatSync(file) : { size: offset + length };
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
    return buffer.subarray(0, readAt(file, buffer, offset));
  } catch (cause) {
    throw toFileFailure(path, cause);
  } finally {
    closeSync(file);
  }
}

/** A part of at most this size is read without asking how long the file is. */
const SMALL_BYTES = 4_096;

/** Fills the buffer, but for the end of the file; gives how far. */
function readAt(file: number, buffer: Buffer, offset: number): number {
  let filled = 0;
  for (let got = -1; got !== 0 && filled < buffer.length; filled += got)
    got = readSync(file, buffer, filled, buffer.length - filled, offset + filled);
  return filled;
}

/** One buffer serves all files, one after the other: a new one for each would fill the memory. */
const spare: Buffer[] = [];

async function* readPieces(root: string, path: string): AsyncGenerator<Uint8Array> {
  const file = openInside(root, path);
  const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  try {
    for (let got = -1; got !== 0; ) {
      got = readSync(file, buffer, 0, got === -1 ? FIRST_BYTES : buffer.length, null);
      if (got > 0) yield buffer.subarray(0, got);
    }
  } catch (cause) {
    throw toFileFailure(path, cause);
  } finally {
    if (spare.length === 0) spare.push(buffer);
    closeSync(file);
  }
}

/** Some readers need only the first bytes of a file. */
const FIRST_BYTES = 4_096;

/**
 * Opens a regular file, and checks its real path only then: a folder may have become a link
 * meanwhile.
 */
function openInside(root: string, path: string): number {
  if (UNCLEAN.test(path)) throw unsafe(path);
  if (sep === '\\' && /[\\:]/.test(path)) throw unsafe(path);
  const full = joinPath(root, path);
  let file: number;
  try {
    file = openSync(
      full,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
  } catch (cause) {
    throw toFileFailure(path, cause);
  }
  try {
    const opened = fstatSync(file);
    if (opened.isFile() && isOpenAt(file, full)) return file;
    const real = realpathSync.native(full);
    const there = statSync(real);
    if (!opened.isFile() || opened.ino !== there.ino || opened.dev !== there.dev)
      throw unsafe(path);
    if (real !== full) throw unsafe(path);
    return file;
  } catch (cause) {
    closeSync(file);
    throw toFileFailure(path, cause);
  }
}

/** A segment that is empty, `.` or `..`. */
const UNCLEAN = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Whether the kernel says that an open file is at just this path. One call in place of one for each
 * folder on the way; where it does not say so, the path is resolved.
 */
function isOpenAt(file: number, full: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return readlinkSync(`/proc/self/fd/${file}`) === full;
  } catch {
    return false;
  }
}

function joinPath(root: string, path: string): string {
  if (path === '') return root;
  if (sep !== '/') return join(root, ...path.split('/'));
  return root === '/' ? `/${path}` : `${root}/${path}`;
}

function tooLarge(path: string, bytesMax: number): Failure {
  return new Failure('LIMIT_EXCEEDED', `${path} is over ${bytesMax} bytes`, 'Shorten the file.');
}

function unsafe(path: string): Failure {
  return new Failure(
    'UNSAFE_PATH',
    `${path} is not a regular file inside the root`,
    'Replace the link with the file that it points to.',
  );
}

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { classifyErrno, readErrno, toFileFailure } from './errno.ts';
import { makeFolders } from './make-folders.ts';

// There are two ways to write. Commands write when they end and wait for it: `writeWhole` and
// `writePieces` are synchronous, follow a link, write to a device, and remove the rest of a run
// that was killed. Servers and stores write beside other work: `writeDurably` and `keepFile` are
// asynchronous, and their folders belong to them. Both ways flush the file, rename it and flush the
// folder.

/**
 * Writes under another name and renames: no partial file ever has the final name. With `exactMode`
 * the mode does not depend on the umask.
 */
export function writeWhole(
  path: string,
  bytes: Uint8Array,
  mode = 0o644,
  { exactMode = false }: { readonly exactMode?: boolean } = {},
): void {
  try {
    const target = resolveTarget(path);
    if (target.special) writeFileSync(target.path, bytes);
    else {
      const partial = openPartial(target.path, mode, exactMode);
      try {
        partial.write(bytes);
        partial.keep();
      } finally {
        partial.close();
      }
    }
  } catch (thrown) {
    throw toFileFailure(path, thrown, 'write');
  }
}

/** The same for content that comes in pieces. */
export async function writePieces(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const partial = openOutput(path);
  try {
    for await (const piece of pieces) partial.write(Buffer.from(piece));
    partial.keep();
  } catch (thrown) {
    throw toFileFailure(path, thrown, 'write');
  } finally {
    partial.close();
  }
}

interface PartialFile {
  write(bytes: Uint8Array): void;
  /** Flushes the file and gives it its final name. */
  keep(): void;
  /** Removes the file if it was not kept. */
  close(): void;
}

function openOutput(path: string): PartialFile {
  try {
    const target = resolveTarget(path);
    return target.special ? openSpecial(target.path) : openPartial(target.path, 0o644, false);
  } catch (thrown) {
    throw toFileFailure(path, thrown, 'write');
  }
}

/**
 * A device or a pipe (`-o /dev/null`) is written to; renaming a file over it would destroy it. A
 * link keeps its place.
 */
function resolveTarget(path: string): { readonly path: string; readonly special: boolean } {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { path, special: false };
  return stats.isFile() ? { path: realpathSync(path), special: false } : { path, special: true };
}

function openSpecial(path: string): PartialFile {
  const handle = openSync(path, 'w');
  return {
    write: (bytes) => writeAll(handle, bytes),
    keep: () => undefined,
    close: () => closeSync(handle),
  };
}

function openPartial(path: string, mode: number, exactMode: boolean): PartialFile {
  removePartials(path);
  const name = namePartial(path);
  const handle = openSync(name, 'wx', mode);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(handle);
    isOpen = false;
  };
  return {
    write: (bytes) => writeAll(handle, bytes),
    keep: () => {
      if (exactMode) fchmodSync(handle, mode);
      fsyncSync(handle);
      close();
      renameSync(name, path);
      flushFolderSync(dirname(path));
    },
    close: () => {
      close();
      rmSync(name, { force: true });
    },
  };
}

/** A write may take fewer bytes than it was given. */
export function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
}

/** The unfinished file of this process, beside the final one. */
export function namePartial(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
}

/** Removes what a killed run left of the same file; the file of a running process stays. */
export function removePartials(path: string): void {
  const prefix = `.${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    const pid = name.startsWith(prefix)
      ? /^(\d+)\.partial(?:-wal|-shm)?$/.exec(name.slice(prefix.length))?.[1]
      : undefined;
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(dirname(path), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return classifyErrno(thrown) === 'denied';
  }
}

export interface DurableOptions {
  readonly mode?: number;
  /** A folder on the same file system for the unfinished file; without it, that of `path`. */
  readonly scratch?: string;
  /** False for content that every reader checks by its digest: a power cut may then lose it. */
  readonly flushes?: boolean;
}

/**
 * Puts the complete content or nothing under the final name, also after a power cut; the folder is
 * made. An error of the disk is a Failure about `path`; an error of `pieces` is thrown on.
 */
export async function writeDurably(
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { mode = 0o644, scratch, flushes = true }: DurableOptions = {},
): Promise<void> {
  const guard = <T>(work: Promise<T>): Promise<T> =>
    work.catch((thrown: unknown) => {
      throw toFileFailure(path, thrown, 'write');
    });
  const folder = scratch ?? dirname(path);
  if (scratch === undefined) await guard(makeFolder(folder));
  const partial = join(folder, `.${randomUUID()}`);
  try {
    const file = await guard(open(partial, 'wx', mode));
    try {
      for await (const some of gatherPieces(pieces)) await guard(writeTogether(file, some));
      if (flushes) await guard(file.sync());
    } finally {
      await file.close();
    }
    await guard(flushes ? renameInto(partial, path) : rename(partial, path));
  } catch (thrown) {
    await rm(partial, { force: true });
    throw thrown;
  }
}

/** As many bytes for each call of the system: each costs as much as copying some 10 kB. */
const TOGETHER_BYTES = 256 * 1024;

async function* gatherPieces(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<readonly Uint8Array[]> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    held.push(piece);
    size += piece.length;
    if (size < TOGETHER_BYTES) continue;
    yield held;
    held = [];
    size = 0;
  }
  if (size > 0) yield held;
}

async function writeTogether(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await file.writev(pieces);
  // A disk that is nearly full takes a part; the rest then says why.
  if (bytesWritten < size) await file.appendFile(Buffer.concat(pieces).subarray(bytesWritten));
}

/** Flushes a finished file, renames it to its final name and flushes the folder. */
export async function keepFile(from: string, to: string): Promise<void> {
  await flushFile(from);
  await renameInto(from, to);
}

/**
 * The same for a name that must not exist yet. False, and the file keeps the name that it has, if
 * it does, or if the file system has no hard links.
 */
export async function publishNew(from: string, to: string): Promise<boolean> {
  await flushFile(from);
  try {
    await link(from, to);
  } catch (thrown) {
    const kind = classifyErrno(thrown);
    if (kind === 'exists' || kind === 'denied' || LINKLESS.has(readErrno(thrown))) return false;
    throw thrown;
  }
  await rm(from, { force: true });
  await flushFolder(dirname(to));
  return true;
}

/** What a file system without hard links answers, beside EPERM. */
const LINKLESS = new Set(['ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EINVAL']);

async function flushFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The same for a file that is flushed already. */
export async function renameInto(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await rename(from, to);
  await flushFolder(dirname(to));
}

/**
 * Makes a folder so that it is there after a power cut too: every folder that gained an entry is
 * flushed.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const first = makeFolders(path, mode);
  if (first === null) return;
  for (let at = path; at.length >= dirname(first).length; at = dirname(at)) {
    await flushFolder(at);
    if (at === dirname(at)) return;
  }
}

/** Windows opens no folders; its renames are journaled. */
const FLUSHES_FOLDERS = process.platform !== 'win32';

export async function flushFolder(path: string): Promise<void> {
  if (!FLUSHES_FOLDERS) return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function flushFolderSync(path: string): void {
  if (!FLUSHES_FOLDERS) return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const STALE_MS = 24 * 60 * 60 * 1000;

/**
 * Makes a folder so that it is there after a power cut too: every folder that gained an entry is
 * synced.
 */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let at = path; at.length >= dirname(first).length; at = dirname(at)) {
    await syncFolder(at);
    if (at === dirname(at)) return;
  }
}

/** Bytes under their final name whole or not at all: a synced file of another name, renamed. */
export async function writeWhole(scratch: string, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(scratch, randomUUID());
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameInto(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** Renames a synced file to its final name and syncs the folder. */
export async function renameInto(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Removes a file if it is there; says whether it was. */
export async function remove(path: string): Promise<boolean> {
  const there = await readSize(path);
  if (there === null) return false;
  await rm(path, { force: true });
  await syncFolder(dirname(path));
  return true;
}

export async function readSize(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : null;
  } catch (thrown) {
    if (isAbsent(thrown)) return null;
    throw thrown;
  }
}

export async function listNames(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (thrown) {
    if (isAbsent(thrown)) return [];
    throw thrown;
  }
}

/**
 * Removes what an earlier process left unfinished a day ago; a younger file may belong to one that
 * is running.
 */
export async function removeStale(folder: string, nowMs: number): Promise<void> {
  for (const name of await listNames(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && nowMs - found.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
}

export function isAbsent(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')
  );
}

async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await open(path, 'r');
  } catch (thrown) {
    if (process.platform === 'win32') return; // Windows opens no folders; its renames are journaled
    throw thrown;
  }
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

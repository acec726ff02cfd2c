import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAbsent } from '../../system/files/errno.ts';
import { flushFolder } from '../../system/files/write-file.ts';

const STALE_MS = 24 * 60 * 60 * 1000;

/** Removes a file if it is there, and says whether it was. */
export async function remove(path: string): Promise<boolean> {
  const there = await readSize(path);
  if (there === null) return false;
  await rm(path, { force: true });
  await flushFolder(dirname(path));
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
 * Removes the files that an earlier process left unfinished more than a day ago. A younger file may
 * belong to a running process.
 */
export async function removeStale(folder: string, nowMs: number): Promise<void> {
  for (const name of await listNames(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && nowMs - found.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
}

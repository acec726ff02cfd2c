import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isAbsent } from './errno.ts';

/**
 * Makes a folder and those above it that do not exist. Returns the highest that it made, null for
 * none. Throws what the operating system says: Node's own recursive mode reports a read-only disk
 * as an absent path, and does not end where a file system takes no folders.
 */
export function makeFolders(path: string, mode = 0o777): string | null {
  const absent: string[] = [];
  for (let at = resolve(path); !isFolder(at); at = dirname(at)) {
    absent.push(at);
    if (at === dirname(at)) break;
  }
  for (const folder of absent.toReversed()) makeOne(folder, mode);
  return absent.at(-1) ?? null;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    throw thrown;
  }
}

/** Another process may have made it meanwhile. */
function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (thrown) {
    if (!isFolder(folder)) throw thrown;
  }
}

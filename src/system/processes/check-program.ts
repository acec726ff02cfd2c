import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { isAbsent, toFileFailure } from '../files/errno.ts';

const OTHERS_MAY_WRITE = 0o002;

/**
 * Why what is at `path` must not be run, or loaded; null where it may. What other users could have
 * put there, or what is a link to somewhere else, is not what was installed (N51, A42). The folders
 * above it up to `top` are held to the same. Throws FILE_NOT_FOUND where there is nothing.
 */
export async function checkProgram(
  path: string,
  top: string,
  kind: 'program' | 'library' = 'program',
): Promise<Failure | null> {
  for (let at = path; at.length >= top.length; at = dirname(at)) {
    const info = await lstat(at).catch((cause: unknown) => {
      throw toFileFailure(at, cause);
    });
    const why = findObjection(info, at === path ? kind : 'folder');
    if (why !== null) return new Failure('UNSAFE_PATH', `${at} ${why}`, 'Install it again.');
    if (dirname(at) === at) break;
  }
  return null;
}

/** Whether there is nothing at all at `path`. */
export async function isMissing(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (cause) {
    return isAbsent(cause);
  }
}

function findObjection(info: Stats, kind: 'program' | 'library' | 'folder'): string | null {
  // mutant program-behind-a-link by check-program: condition -> false
  if (info.isSymbolicLink()) return 'is a symbolic link';
  if (kind !== 'folder' && !info.isFile()) return 'is not a regular file';
  if (process.platform === 'win32') return null;
  // mutant program-that-others-may-write by check-program: condition -> false
  if ((info.mode & OTHERS_MAY_WRITE) !== 0) return 'can be written by every user';
  const owners = [0, process.getuid?.() ?? 0];
  // mutant program-of-another-user by check-program: condition -> false
  if (!owners.includes(info.uid)) return 'belongs to another user';
  if (kind === 'program' && (info.mode & 0o111) === 0) return 'is not executable';
  return null;
}

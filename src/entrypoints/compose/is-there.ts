import { statSync } from 'node:fs';
import { toFileFailure } from '../../system/files/errno.ts';

/** Whether a file exists; a folder that may not be read is a failure, not an absence. */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
}

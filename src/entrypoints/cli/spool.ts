import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { classifyErrno } from '../../system/files/errno.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import type { Call } from './command.ts';

export interface SpooledInput {
  readonly path: string;
  readonly remove: () => void;
}

/**
 * Writes standard input to a file, for input that is read twice or from its end. The file is with
 * our data, where there is usually enough room.
 */
export async function spoolInput(
  { io, signal }: Call,
  home: string,
  bytesMax: number,
): Promise<SpooledInput> {
  const { path: folder, remove } = openSpoolFolder(home);
  const path = join(folder, 'stdin');
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      let length = 0;
      for await (const piece of io.stdin) {
        signal.throwIfAborted();
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : (piece as Uint8Array);
        length += bytes.length;
        if (length > bytesMax)
          throw new Failure('LIMIT_EXCEEDED', 'standard input is too long', 'Send less at once.');
        await file.writeFile(bytes);
      }
    } finally {
      await file.close();
    }
    return { path, remove };
  } catch (thrown) {
    remove();
    if (classifyErrno(thrown) === 'full') {
      throw new Failure(
        'DISK_FULL',
        `the disk of ${home} has no room for the input`,
        'Free some space and run it again.',
      );
    }
    throw thrown;
  }
}

/** A folder for input with our data, until it is removed. */
export function openSpoolFolder(home: string): SpooledInput {
  makeFolders(home, 0o700);
  const path = mkdtempSync(join(home, '.input-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

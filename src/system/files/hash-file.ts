import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Failure } from '../../core/failure.ts';
import { toFileFailure } from './errno.ts';

export interface HashedFile {
  readonly hex: string;
  readonly size: number;
}

/**
 * Hashes a file of any length while it is read. A file whose length changes meanwhile is refused.
 */
export async function hashFile(
  path: string,
  hash: string,
  signal?: AbortSignal,
): Promise<HashedFile> {
  try {
    const file = await open(path, 'r');
    try {
      const before = await file.stat();
      if (!before.isFile())
        throw new Failure('FILE_UNREADABLE', `${path} is not a file`, 'Name a file.');
      const digest = createHash(hash);
      let size = 0;
      for await (const piece of file.createReadStream({
        autoClose: false,
        ...(signal && { signal }),
      })) {
        digest.update(piece as Uint8Array);
        size += (piece as Uint8Array).length;
      }
      if (size === before.size) return { hex: digest.digest('hex'), size };
      throw new Failure('FILE_UNREADABLE', `${path} changed while it was read`, 'Try again.');
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (signal?.aborted === true) throw thrown;
    throw toFileFailure(path, thrown);
  }
}

import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { Failure } from '../../core/failure.ts';
import { failed, ok, type Result } from '../../core/result.ts';

/**
 * A regular file, whole, if it is no longer than `bytesMax`. A symbolic link is refused (N35, A43),
 * at the moment of opening: there is no gap between the look and the read.
 */
export async function readRegularFile(
  path: string,
  bytesMax: number,
  objection: (info: Stats) => Failure | null = () => null,
): Promise<Result<Uint8Array>> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (!info.isFile())
        return failed(
          new Failure('UNSAFE_PATH', `${path} is not a regular file`, 'Put a file there.'),
        );
      const refused = objection(info);
      if (refused !== null) return failed(refused);
      if (info.size > bytesMax) return failed(tooLarge(path, bytesMax));
      // one more than allowed: a file that grows is noticed
      const buffer = Buffer.alloc(bytesMax + 1);
      let length = 0;
      for (let more = 1; more > 0 && length < buffer.length; length += more) {
        more = (await file.read(buffer, length, buffer.length - length, null)).bytesRead;
      }
      return length > bytesMax
        ? failed(tooLarge(path, bytesMax))
        : ok(Uint8Array.from(buffer.subarray(0, length)));
    } finally {
      await file.close();
    }
  } catch (cause) {
    return failed(readFailure(path, cause));
  }
}

/** Whether `path` is a folder and not a link to one; a failure otherwise. */
export async function checkFolder(path: string): Promise<Result<void>> {
  try {
    const info = await lstat(path);
    if (info.isDirectory()) return ok(undefined);
    const what = info.isSymbolicLink() ? 'a symbolic link' : 'not a folder';
    return failed(new Failure('UNSAFE_PATH', `${path} is ${what}`, 'Put a real folder there.'));
  } catch (cause) {
    return failed(readFailure(path, cause));
  }
}

export function readFailure(path: string, cause: unknown): Failure {
  const code = errorCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new Failure('FILE_NOT_FOUND', `${path} does not exist`, 'Check the path.', { cause });
  }
  if (code === 'ELOOP' || code === 'EMLINK') {
    return new Failure('UNSAFE_PATH', `${path} is a symbolic link`, 'Put the file itself there.', {
      cause,
    });
  }
  return new Failure(
    'FILE_UNREADABLE',
    `${path} cannot be read (${code})`,
    'Check its permissions.',
    { cause },
  );
}

export function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}

function tooLarge(path: string, bytesMax: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `${path} has over ${bytesMax} bytes`,
    'Check that it is the right file.',
  );
}

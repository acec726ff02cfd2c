import { constants, readFileSync, type Stats, statSync } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { Failure } from '../../core/failure.ts';
import { attempt, fail, failed, ok, type Result } from '../../core/result.ts';
import { toFileFailure } from './errno.ts';

const PIECE_BYTES = 1024 * 1024;

/**
 * A complete file, if it has at most `bytesMax` bytes; no more than that is read from a device or a
 * pipe. Reading a pipe may take for ever, so the read does not block the event loop: Ctrl-C works.
 *
 * @example await readFileBounded('app.spdx.json', LIMITS.documentBytesMax)
 */
export function readFileBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  return openAndRead(path, bytesMax, constants.O_RDONLY, () => null);
}

/**
 * The same for a regular file only; `findObjection` may give a reason to refuse it. A symbolic link
 * is refused (N35, A43) when the file is opened, so that nothing can change between the check and
 * the read.
 */
export function readRegularFile(
  path: string,
  bytesMax: number,
  findObjection: (info: Stats) => Failure | null = () => null,
): Promise<Result<Uint8Array>> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const inspect = (info: Stats): Failure | null =>
    info.isFile()
      ? findObjection(info)
      : new Failure(
          'UNSAFE_PATH',
          `${path} is not a regular file`,
          'Replace it with a regular file.',
        );
  return attempt(() => openAndRead(path, bytesMax, flags, inspect));
}

const PRIVATE_BYTES_MAX = 64 * 1024;

/**
 * A file with a secret. Anyone who can read a key can sign as its owner, so a file that others can
 * read is refused.
 */
export function readPrivateFile(path: string): Promise<Result<Uint8Array>> {
  return readRegularFile(path, PRIVATE_BYTES_MAX, ({ mode }) => {
    // mutant private-file-that-others-read by keys-file: condition -> true
    if (process.platform === 'win32' || (mode & 0o077) === 0) return null;
    return new Failure(
      'KEY_UNUSABLE',
      `${path} can be read by users other than its owner`,
      `Run chmod 600 ${path}.`,
    );
  });
}

async function openAndRead(
  path: string,
  bytesMax: number,
  flags: number,
  inspect: (info: Stats) => Failure | null,
): Promise<Uint8Array> {
  try {
    const file = await open(path, flags);
    try {
      const info = await file.stat();
      const refused = inspect(info);
      if (refused !== null) throw refused;
      if (info.size > bytesMax) throw createTooLargeFailure(path, bytesMax);
      return await readWhole(
        path,
        bytesMax,
        file.createReadStream({ autoClose: false, highWaterMark: PIECE_BYTES }),
      );
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
}

/** The same for a stream, such as standard input; a file that grows meanwhile is noticed too. */
export async function readWhole(
  name: string,
  bytesMax: number,
  stream: AsyncIterable<unknown>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : (piece as Uint8Array);
    length += bytes.length;
    if (length > bytesMax) throw createTooLargeFailure(name, bytesMax);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

/**
 * A small file that is read before anything else, such as the configuration: a regular file only.
 */
export function readSmallFile(path: string, bytesMax: number): Uint8Array {
  try {
    const info = statSync(path);
    if (!info.isFile())
      throw new Failure('FILE_UNREADABLE', `${path} is not a file`, 'Name a file.');
    if (info.size > bytesMax) throw createTooLargeFailure(path, bytesMax);
    return readFileSync(path);
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
}

/** Whether `path` is a folder and not a link to one; a failure otherwise. */
export async function checkFolder(path: string): Promise<Result<void>> {
  try {
    const info = await lstat(path);
    if (info.isDirectory()) return ok(undefined);
    const what = info.isSymbolicLink() ? 'a symbolic link' : 'not a folder';
    return fail('UNSAFE_PATH', `${path} is ${what}`, 'Replace it with a real folder.');
  } catch (thrown) {
    return failed(toFileFailure(path, thrown));
  }
}

function createTooLargeFailure(path: string, bytesMax: number): Failure {
  const remedy = 'Check that it is the right file; a document this long is not read.';
  return new Failure('LIMIT_EXCEEDED', `${path} has over ${bytesMax} bytes`, remedy);
}

import { constants, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Failure } from '../../core/failure.ts';

const PIECE_BYTES = 1024 * 1024;

/**
 * A file, whole, if it holds no more than `bytesMax`; of a device or a pipe, no more than that is
 * ever read. Reading a pipe may take for ever, so this waits beside the event loop: Ctrl-C is
 * heard.
 *
 * @example await readFileBounded('app.spdx.json', LIMITS.documentBytesMax)
 */
export async function readFileBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const file = await open(path, constants.O_RDONLY);
    try {
      const { size } = await file.stat();
      if (size > bytesMax) throw createTooLargeFailure(path, bytesMax);
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

/** The same for a stream, such as standard input. */
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
 * A small file that is read before anything else can be done, such as the configuration: a regular
 * file alone.
 */
export function readSmallFile(path: string, bytesMax: number): Uint8Array {
  try {
    const { size, isFile } = readStats(path);
    if (!isFile) throw new Failure('FILE_UNREADABLE', `${path} is not a file`, 'Name a file.');
    if (size > bytesMax) throw createTooLargeFailure(path, bytesMax);
    return readFileSync(path);
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
}

function readStats(path: string): { readonly size: number; readonly isFile: boolean } {
  const stats = statSync(path);
  return { size: stats.size, isFile: stats.isFile() };
}

/** What the operating system says about a file that cannot be read, with what mends it. */
export function toFileFailure(path: string, thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const cause = { cause: thrown };
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new Failure('FILE_NOT_FOUND', `${path} does not exist`, 'Check the path.', cause);
  if (code === 'EISDIR')
    return new Failure('FILE_UNREADABLE', `${path} is a folder`, 'Name a file.', cause);
  if (code === 'ELOOP')
    return new Failure('UNSAFE_PATH', `${path} is a loop of links`, 'Name the file itself.', cause);
  return new Failure(
    'FILE_UNREADABLE',
    `${path} cannot be read`,
    'Check the path and its permissions.',
    cause,
  );
}

function createTooLargeFailure(path: string, bytesMax: number): Failure {
  const remedy = 'Check that it is the right file; a document this long is not read.';
  return new Failure('LIMIT_EXCEEDED', `${path} has over ${bytesMax} bytes`, remedy);
}

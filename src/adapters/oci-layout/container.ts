import { fail, ok, type Result } from '../../core/result.ts';

/** Named files that belong together: a folder, or an archive that is read in place. */
export interface Container {
  /** The name for messages. */
  readonly name: string;
  /**
   * The size of a regular file, or null if no file has that name. UNSAFE_PATH if a link is in the
   * way.
   */
  size(path: string): Promise<Result<number | null>>;
  /** The bytes of a regular file, in pieces. Throws a Failure. */
  stream(path: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** A small file as a whole. NOT_FOUND, or LIMIT_EXCEEDED before anything is read. */
export async function readWhole(
  container: Container,
  path: string,
  bytesMax: number,
): Promise<Result<Uint8Array>> {
  const size = await container.size(path);
  if (!size.ok) return size;
  if (size.value === null)
    return fail('NOT_FOUND', `${container.name} has no ${path}`, 'Check the name.');
  if (size.value > bytesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `${path} has ${size.value} bytes, over ${bytesMax}`,
      'Check where it came from.',
    );
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of container.stream(path)) {
    length += chunk.length;
    if (length > bytesMax)
      return fail(
        'LIMIT_EXCEEDED',
        `${path} grew while it was read`,
        'Stop the program that writes to it.',
      );
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks));
}

import type { FilePart, PartReader } from '../elf/elf.ts';

/**
 * The reading of a file of which only a few parts matter: each `yield` asks for a part and gets its
 * bytes, fewer at the end of the file. It does not know where the file is.
 */
export type PartReading<T> = Generator<FilePart, T, Uint8Array>;

/** Runs a reading on a file that is read part by part. */
export async function readByParts<T>(reading: PartReading<T>, read: PartReader): Promise<T> {
  let step = reading.next();
  while (step.done !== true) step = reading.next(await read(step.value));
  return step.value;
}

/** Runs a reading on a file that is in memory. */
export function readInMemory<T>(reading: PartReading<T>, bytes: Uint8Array): T {
  let step = reading.next();
  while (step.done !== true) {
    const { offset, length } = step.value;
    step = reading.next(bytes.subarray(offset, offset + length));
  }
  return step.value;
}

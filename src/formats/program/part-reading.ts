/** Where bytes of a file are. */
export interface FilePart {
  readonly offset: number;
  readonly length: number;
}

/** Fewer bytes at the end of the file. */
export type PartReader = (part: FilePart) => Promise<Uint8Array>;

/**
 * The reading of a file of which only a few parts matter: each `yield` asks for a part and gets its
 * bytes, fewer at the end of the file. It does not know where the file is.
 */
export type PartReading<T> = Generator<FilePart, T, Uint8Array>;

/** Runs a reading on a file that is read part by part; it gets the failure to read one. */
export async function readByParts<T>(reading: PartReading<T>, read: PartReader): Promise<T> {
  let step = reading.next();
  while (step.done !== true) {
    let bytes: Uint8Array;
    try {
      bytes = await read(step.value);
    } catch (thrown) {
      step = reading.throw(thrown);
      continue;
    }
    step = reading.next(bytes);
  }
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

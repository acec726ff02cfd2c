import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A file that is read at offsets. */
export interface ByteSource {
  /** The size when the file was opened. */
  readonly size: number;
  /** Up to `length` bytes from `offset`; fewer only at the end of the file. */
  readAt(offset: number, length: number): Uint8Array;
  close(): void;
}

/** Throws the error of the operating system; the caller knows what was being done. */
export function openByteSource(path: string): ByteSource {
  const file = openSync(path, 'r');
  return {
    size: fstatSync(file).size,
    readAt: (offset, length) => {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      for (let more = 1; more > 0 && filled < length; filled += more)
        more = readSync(file, buffer, filled, length - filled, offset + filled);
      return buffer.subarray(0, filled);
    },
    close: () => closeSync(file),
  };
}

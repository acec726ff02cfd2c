import type { FilePart, PartReader } from '../../formats/program/part-reading.ts';

const WINDOW_BYTES = 32 * 1024;
/** So many are kept; of a program with more tables than that, some are read twice. */
const WINDOWS_MAX = 8;

/**
 * Reads a file by windows, of which a few are kept: the readers of a program ask for hundreds of
 * small parts near one another, and each costs the opening of the file. A part that is longer than
 * a window is read as it is.
 */
export function createWindowReader(read: PartReader): PartReader {
  const windows = new Map<number, Promise<Uint8Array>>();
  const readWindow = (at: number): Promise<Uint8Array> => {
    const known = windows.get(at);
    if (known !== undefined) return known;
    const [oldest] = windows.keys();
    if (windows.size >= WINDOWS_MAX && oldest !== undefined) windows.delete(oldest);
    const window = read({ offset: at * WINDOW_BYTES, length: WINDOW_BYTES });
    windows.set(at, window);
    return window;
  };
  return async (part) => {
    if (!isSmall(part)) return read(part);
    const { offset, length } = part;
    const first = Math.floor(offset / WINDOW_BYTES);
    const last = Math.floor((offset + length - 1) / WINDOW_BYTES);
    const from = offset - first * WINDOW_BYTES;
    const window = await readWindow(first);
    if (first === last) return window.subarray(from, from + length);
    const next = await readWindow(last);
    // Only a whole window goes on in the next one.
    if (window.length < WINDOW_BYTES) return window.subarray(from);
    return Buffer.concat([window.subarray(from), next.subarray(0, from + length - WINDOW_BYTES)]);
  };
}

function isSmall({ offset, length }: FilePart): boolean {
  return Number.isSafeInteger(offset) && offset >= 0 && length > 0 && length <= WINDOW_BYTES;
}

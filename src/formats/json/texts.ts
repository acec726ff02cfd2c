/** What `toString('latin1')` calls; a document has so many texts that the detour counts. */
interface LatinBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
}

const [QUOTE, BACKSLASH] = [34, 92];
/** Characters that are neither part of a plain text nor beyond ASCII are 1, the latter 2. */
export const TEXT_CLASS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 32 || byte === QUOTE || byte === BACKSLASH ? 1 : byte > 127 ? 2 : 0,
);

/** Short texts that occur again and again are built once. */
const REPEATED_BYTES_MAX = 24;
const REPEATED_SLOTS = 2_048;

/** Finds and builds the plain texts of a document: those of ASCII, without escapes. */
export class PlainTexts {
  readonly bytes: LatinBuffer;
  /** The same bytes, of which some can be read at once from any place. */
  readonly view: DataView;
  readonly #repeatedAt = new Int32Array(REPEATED_SLOTS).fill(-1);
  readonly #repeated: string[] = new Array<string>(REPEATED_SLOTS).fill('');

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) as LatinBuffer;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Passes bytes of plain text, four at once: only the last few of all are looked at alone. */
  passPlain(from: number): number {
    const { view } = this;
    const last = view.byteLength - 4;
    let at = from;
    for (; at <= last; at += 4) {
      const word = view.getInt32(at, true);
      const quote = word ^ 0x22222222;
      const backslash = word ^ 0x5c5c5c5c;
      // The highest bit of a byte is set where it is beyond ASCII, a control, a quote, a backslash;
      // and of bytes after such a one, which do not count.
      const special = word | (word - 0x20202020) | (quote - 0x01010101) | (backslash - 0x01010101);
      const found = special & 0x80808080;
      if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >> 3);
    }
    return at;
  }

  build(start: number, end: number): string {
    return end - start > REPEATED_BYTES_MAX
      ? this.bytes.latin1Slice(start, end)
      : this.#buildShort(start, end);
  }

  #buildShort(start: number, end: number): string {
    const { bytes } = this;
    const length = end - start;
    if (length === 0) return '';
    let sum = length;
    for (let i = end - Math.min(length, 5); i < end; i++) sum = (sum * 31 + (bytes[i] ?? 0)) | 0;
    const slot = (sum ^ (sum >>> 15)) & (REPEATED_SLOTS - 1);
    const known = this.#repeated[slot] ?? '';
    const at = this.#repeatedAt[slot] ?? -1;
    if (known.length === length) {
      let same = 0;
      while (same < length && bytes[at + same] === bytes[start + same]) same += 1;
      if (same === length) return known;
    }
    const text = bytes.latin1Slice(start, end);
    this.#repeated[slot] = text;
    this.#repeatedAt[slot] = start;
    return text;
  }

  /** Whether a text of ASCII begins at a place. */
  startsWith(start: number, text: string): boolean {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }
}

const WORD = 2 ** 32;

/** The numbers of a table of machine code, in the byte order and width of its file. */
export class ByteFields {
  readonly order: 'little' | 'big';
  readonly #bytes: Buffer;
  readonly #isLittle: boolean;

  constructor(bytes: Buffer, order: 'little' | 'big') {
    this.order = order;
    this.#bytes = bytes;
    this.#isLittle = order === 'little';
  }

  half(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  word(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  /** Of 64 bits; not exact from 2^53 on. */
  wide(at: number): number {
    const [low, high] = this.#isLittle ? [at, at + 4] : [at + 4, at];
    return this.word(high) * WORD + this.word(low);
  }

  /** Up to the first zero byte. */
  text(at: number, length: number): string {
    const field = this.#bytes.subarray(at, at + length);
    const end = field.indexOf(0);
    return field.toString('latin1', 0, end === -1 ? field.length : end);
  }
}

/** A view of the same bytes. */
export function viewBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

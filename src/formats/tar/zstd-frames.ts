import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';

const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const PIECE_BYTES = 32 * 1024;

/** Whether bytes begin a zstd stream: with a frame or with a skippable frame. */
export function isZstd(head: Buffer): boolean {
  return head.length >= 4 && (head.readUInt32LE(0) === FRAME || isSkippable(head.readUInt32LE(0)));
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === SKIPPABLE;
}

/**
 * Unfolds every frame of a zstd stream (RFC 8878 §3). node:zlib stops after the first, but image
 * builders write one frame for each file, and tables of contents in skippable frames.
 */
export async function unfoldZstd(
  pieces: AsyncGenerator<Uint8Array>,
  consume: (piece: Uint8Array) => void,
  framesMax: number = LIMITS.layerFramesMax,
): Promise<void> {
  const input = new Input(pieces);
  try {
    for (let frames = 1; await input.hasMore(); frames++) {
      // mutant zstd-frames-limit: remove
      if (frames > framesMax) throw tooManyFrames(framesMax);
      const magic = await input.take(4);
      if (isSkippable(magic.readUInt32LE(0)))
        await input.drop((await input.take(4)).readUInt32LE(0));
      else if (magic.readUInt32LE(0) === FRAME) await unfoldFrame(input, magic, consume);
      else throw createStreamFailure();
    }
  } finally {
    await pieces.return(undefined);
  }
}

/** The same for a reader that asks for the pieces. */
export async function* readZstd(
  pieces: AsyncGenerator<Uint8Array>,
  framesMax: number = LIMITS.layerFramesMax,
): AsyncGenerator<Buffer> {
  const input = new Input(pieces);
  try {
    for (let frames = 1; await input.hasMore(); frames++) {
      if (frames > framesMax) throw tooManyFrames(framesMax);
      const magic = await input.take(4);
      if (isSkippable(magic.readUInt32LE(0)))
        await input.drop((await input.take(4)).readUInt32LE(0));
      else if (magic.readUInt32LE(0) === FRAME) yield* unpackFrame(input, magic);
      else throw createStreamFailure();
    }
  } finally {
    await pieces.return(undefined);
  }
}

async function* unpackFrame(input: Input, magic: Buffer): AsyncGenerator<Buffer> {
  const unpacker = createZstdDecompress({ chunkSize: PIECE_BYTES });
  const frame = Readable.from(readFrame(input, magic), { objectMode: false });
  // What goes wrong is thrown to the reader of the unpacker.
  const fed = pipeline(frame, unpacker).catch(() => undefined);
  try {
    for await (const piece of unpacker) yield piece as Buffer;
  } finally {
    unpacker.destroy();
    await fed;
  }
}

async function unfoldFrame(
  input: Input,
  magic: Buffer,
  consume: (piece: Uint8Array) => void,
): Promise<void> {
  const unpacker = createZstdDecompress({ chunkSize: PIECE_BYTES });
  await pipeline(
    Readable.from(readFrame(input, magic), { objectMode: false }),
    unpacker,
    async (plain: AsyncIterable<Uint8Array>) => {
      for await (const piece of plain) consume(piece);
    },
  );
}

/** The bytes of one frame: header, blocks until the last, checksum (RFC 8878 §3.1.1). */
async function* readFrame(input: Input, magic: Buffer): AsyncGenerator<Uint8Array> {
  const descriptor = await input.take(1);
  const flags = descriptor[0] ?? 0;
  const single = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentBytes = [single ? 1 : 0, 2, 4, 8][flags >>> 6] ?? 0;
  const fields = (single ? 0 : 1) + dictionaryBytes + contentBytes;
  yield Buffer.concat([magic, descriptor, await input.take(fields)]);
  for (let last = false; !last; ) {
    const header = await input.take(3);
    const value = header.readUIntLE(0, 3);
    last = (value & 1) === 1;
    const isRun = ((value >>> 1) & 3) === 1;
    yield Buffer.concat([header, await input.take(isRun ? 1 : value >>> 3)]);
  }
  if ((flags & 4) !== 0) yield await input.take(4);
}

/** Takes bytes in the amounts that a format requires. */
class Input {
  readonly #pieces: AsyncGenerator<Uint8Array>;
  #held: Buffer[] = [];
  #length = 0;

  constructor(pieces: AsyncGenerator<Uint8Array>) {
    this.#pieces = pieces;
  }

  async hasMore(): Promise<boolean> {
    while (this.#length === 0) if (!(await this.#pull())) return false;
    return true;
  }

  async take(length: number): Promise<Buffer> {
    while (this.#length < length) if (!(await this.#pull())) throw createStreamFailure();
    const [first] = this.#held;
    const whole =
      this.#held.length === 1 && first !== undefined ? first : Buffer.concat(this.#held);
    this.#held = length < whole.length ? [whole.subarray(length)] : [];
    this.#length -= length;
    return whole.subarray(0, length);
  }

  async drop(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      if (!(await this.hasMore())) throw createStreamFailure();
      const dropped = Math.min(left, this.#length);
      await this.take(dropped);
      left -= dropped;
    }
  }

  async #pull(): Promise<boolean> {
    const { done, value } = await this.#pieces.next();
    if (done === true) return false;
    if (value.length > 0)
      this.#held.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    this.#length += value.length;
    return true;
  }
}

function createStreamFailure(): Failure {
  return new Failure(
    'MALFORMED',
    'a layer is not a complete zstd stream',
    'Build or pull the image again.',
  );
}

function tooManyFrames(framesMax: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `a layer has over ${framesMax} zstd frames`,
    'Build the image with another tool.',
  );
}

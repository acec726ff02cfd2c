import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Digest, readAlgorithm } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readTar, type TarVisitor } from '../../../formats/tar/tar.ts';
import { isZstd, unfoldZstd } from '../../../formats/tar/zstd-frames.ts';
import type { LayerContent } from '../port.ts';

/** What all layers of one image may still unpack to. */
export interface ImageBudget {
  bytesLeft: number;
  entriesLeft: number;
}

/** Below this size a high ratio is not a bomb: a megabyte of zeros is not dangerous. */
const RATIO_FREE_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

/**
 * Streams one layer through `visit`, and holds no more than one piece of it. Before it returns, it
 * checks digest and size of the received bytes and the diff ID of the unpacked bytes. Only then
 * does anything that was visited count.
 */
export async function readLayer(
  layer: LayerContent,
  diffId: Digest,
  budget: ImageBudget,
  visit: TarVisitor,
): Promise<void> {
  const source = new Source(layer);
  const head = await source.head();
  const plain = createHash(readAlgorithm(diffId));
  const tar = readTar(visit);
  let unfolded = 0;
  const consume = (piece: Uint8Array): void => {
    plain.update(piece);
    unfolded += piece.length;
    budget.bytesLeft -= piece.length;
    if (budget.bytesLeft < 0)
      throw createBombFailure(`the image unpacks to over ${LIMITS.imageBytesMax} bytes`);
    if (unfolded > RATIO_FREE_BYTES && unfolded > source.size * LIMITS.compressionRatioMax) {
      throw createBombFailure(
        `a layer unpacks to over ${LIMITS.compressionRatioMax} times its size`,
      );
    }
    tar.push(piece);
  };
  await unfoldLayer(source, head, consume);
  source.verify();
  tar.finish();
  const found = `${readAlgorithm(diffId)}:${plain.digest('hex')}`;
  if (found !== diffId)
    throw createMismatch(`a layer has the diff ID ${found}, but the image says ${diffId}`);
}

/** The bytes themselves show their compression; the diff ID proves that it was read right. */
async function unfoldLayer(
  source: Source,
  head: Buffer,
  consume: (piece: Uint8Array) => void,
): Promise<void> {
  try {
    if (isZstd(head)) await unfoldZstd(source.pieces(), consume);
    else if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) await unfoldGzip(source, consume);
    else for await (const piece of source.pieces()) consume(piece);
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : createStreamFailure(thrown);
  }
}

async function unfoldGzip(source: Source, consume: (piece: Uint8Array) => void): Promise<void> {
  const packed = Readable.from(source.pieces(), { objectMode: false });
  await pipeline(
    packed,
    createGunzip({ chunkSize: PIECE_BYTES }),
    async (pieces: AsyncIterable<Uint8Array>) => {
      for await (const piece of pieces) {
        consume(piece);
        releaseMemory(piece);
      }
    },
  );
}

/**
 * Frees the memory of a piece at once: with the collector alone, pieces of a large layer pile up by
 * tens of megabytes. node:zlib fills a buffer to its end before it takes another, so only a piece
 * that reaches the end is its last piece.
 */
function releaseMemory({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (
    buffer instanceof ArrayBuffer &&
    byteLength > 0 &&
    byteOffset + byteLength === buffer.byteLength
  )
    buffer.transfer(0);
}

/** The bytes of a layer as they arrive, counted and hashed. */
class Source {
  size = 0;
  readonly #layer: LayerContent;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #hash: ReturnType<typeof createHash>;
  #head: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(layer: LayerContent) {
    this.#layer = layer;
    this.#iterator = layer.open()[Symbol.asyncIterator]();
    this.#hash = createHash(readAlgorithm(layer.descriptor.digest));
  }

  /** The first bytes; `pieces` gives them again. */
  async head(): Promise<Buffer> {
    while (this.#head.length < 4 && !this.#ended) {
      const piece = await this.#next();
      if (piece !== null) this.#head = Buffer.concat([this.#head, piece]);
    }
    return this.#head;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      if (this.#head.length > 0) yield this.#head;
      for (let piece = await this.#next(); piece !== null; piece = await this.#next()) yield piece;
    } finally {
      if (!this.#ended) await this.#iterator.return?.();
    }
  }

  async #next(): Promise<Uint8Array | null> {
    const { done, value } = await this.#iterator.next();
    if (done === true) {
      this.#ended = true;
      return null;
    }
    this.size += value.length;
    if (this.size > this.#layer.descriptor.size)
      throw createMismatch(`a layer is longer than its ${this.#layer.descriptor.size} bytes`);
    this.#hash.update(value);
    return value;
  }

  verify(): void {
    const { digest, size } = this.#layer.descriptor;
    if (!this.#ended) throw createStreamFailure(undefined);
    if (this.size !== size)
      throw createMismatch(`a layer has ${this.size} bytes, but its manifest says ${size}`);
    const found = `${readAlgorithm(digest)}:${this.#hash.digest('hex')}`;
    if (found !== digest)
      throw createMismatch(`a layer has the digest ${found}, but its manifest says ${digest}`);
  }
}

function createMismatch(why: string): Failure {
  return new Failure('DIGEST_MISMATCH', why, 'Pull the image again; do not use this one.');
}

function createBombFailure(why: string): Failure {
  return new Failure('LIMIT_EXCEEDED', why, 'Do not use this image.');
}

/** An error of the source's own stream ends here too, unless it is a Failure. */
function createStreamFailure(cause: unknown): Failure {
  return new Failure(
    'MALFORMED',
    'a layer is not a whole compressed stream',
    'Build or pull the image again.',
    {
      cause,
    },
  );
}

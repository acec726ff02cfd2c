import type { EvidenceInput, Receipt } from '../../../../capabilities/evidence/index.ts';
import type { Instant } from '../../../../core/instant.ts';
import type { Result } from '../../../../core/result.ts';
import type { DatabaseThread } from './database-thread.ts';

const BLOCK_BYTES = 256 * 1024;

/**
 * A document on its way to the writer's thread, sent in blocks as it arrives. A large document is
 * never whole in this thread, whose garbage collector would stop everything else.
 */
export class ArrivingDocument {
  readonly #thread: DatabaseThread;
  readonly #id: number;
  readonly #release: () => void;
  #block = new Uint8Array(BLOCK_BYTES);
  #filled = 0;

  constructor(thread: DatabaseThread, id: number, release: () => void) {
    this.#thread = thread;
    this.#id = id;
    this.#release = release;
  }

  write(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === BLOCK_BYTES) this.#send();
    }
  }

  /** Appends the blocks that arrived as one document. */
  append(
    about: Omit<EvidenceInput, 'body'>,
    recordedAt: Instant,
  ): Promise<Result<readonly Receipt[]>> {
    this.#send();
    return this.#thread
      .call<readonly Receipt[]>({ kind: 'append-arrival', arrival: this.#id, about, recordedAt })
      .finally(this.#release);
  }

  discard(): void {
    this.#thread.notify({ kind: 'discard', arrival: this.#id });
    this.#release();
  }

  #send(): void {
    const block = this.#block.subarray(0, this.#filled);
    this.#thread.notify({ kind: 'arrive', arrival: this.#id, piece: block }, [block.buffer]);
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#filled = 0;
  }
}

import { createHash } from 'node:crypto';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import type { TarEntry, TarSink, TarVisitor } from '../../../formats/tar/tar.ts';
import type { TarMetadata } from '../../../formats/tar/tar-metadata.ts';
import { cleanPath } from '../layers/clean-path.ts';
import { createEntriesFailure } from '../layers/layer-visitor.ts';
import { type ImageBudget, readLayer } from '../layers/read-layer.ts';
import type { LayerContent } from '../port.ts';

/** One entry of a layer, with the members that decide whether another is equal. */
export interface LayerEntry {
  readonly name: string;
  readonly kind: TarEntry['kind'];
  readonly link: string;
  readonly size: number;
  readonly digest: Digest | null;
  /** The content of a small file. */
  readonly content: Buffer | null;
  readonly metadata: TarMetadata;
}

/** The content of a file below this size is kept, to find where it differs. */
const KEPT_BYTES_MAX = 64 * 1024;
/**
 * The size of the pieces in which a layer is read: one piece unpacks to a bounded number of
 * entries, and no more are held.
 */
const PIECE_BYTES = 16 * 1024;
/** gzip reaches a sixth of this from one piece; only a zstd bomb goes further. */
const WAITING_MAX = 200_000;

/**
 * The entries of one layer, one after the other, at the pace of the caller: two layers are walked
 * side by side, and only what one piece of each unpacks to is held. After the last entry the layer
 * is verified; a wrong digest, a cut archive or a bomb is thrown as a Failure.
 */
export class LayerEntries {
  readonly #waiting: LayerEntry[] = [];
  #at = 0;
  #outcome: { readonly failure: unknown } | null = null;
  #wakeReader: (() => void) | null = null;
  #wakeAsker: (() => void) | null = null;
  #closed = false;
  readonly #done: Promise<void>;

  constructor(layer: LayerContent, diffId: Digest, budget: ImageBudget) {
    const paced: LayerContent = {
      descriptor: layer.descriptor,
      open: () => this.#readPaced(layer),
    };
    this.#done = readLayer(paced, diffId, budget, this.#visitor(budget)).then(
      () => this.#end(null),
      (thrown: unknown) => this.#end(thrown),
    );
  }

  /** Null after the last entry. */
  async next(): Promise<LayerEntry | null> {
    while (this.#at >= this.#waiting.length) {
      if (this.#outcome?.failure) throw this.#outcome.failure;
      if (this.#outcome !== null) return null;
      await new Promise<void>((wake) => {
        this.#wakeAsker = wake;
        this.#wakeReader?.();
      });
    }
    const entry = this.#waiting[this.#at++] ?? null;
    if (this.#at >= this.#waiting.length) {
      this.#waiting.length = 0;
      this.#at = 0;
      this.#wakeReader?.();
    }
    return entry;
  }

  /** Releases the source, however far it was read. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wakeReader?.();
    await this.#done;
  }

  #end(thrown: unknown): void {
    this.#outcome = { failure: thrown };
    this.#wakeAsker?.();
  }

  async *#readPaced(layer: LayerContent): AsyncGenerator<Uint8Array> {
    for await (const piece of layer.open()) {
      for (let at = 0; at < piece.length; at += PIECE_BYTES) {
        await this.#waitForDemand();
        yield piece.subarray(at, at + PIECE_BYTES);
      }
    }
  }

  async #waitForDemand(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      await new Promise<void>((wake) => {
        this.#wakeReader = wake;
      });
    }
    this.#wakeReader = null;
    if (this.#closed)
      throw new Failure('INTERRUPTED', 'the comparison was stopped', 'Compare again.');
  }

  #put(entry: LayerEntry): void {
    if (this.#waiting.push(entry) > WAITING_MAX) throw createBombFailure();
    this.#wakeAsker?.();
    this.#wakeAsker = null;
  }

  #visitor(budget: ImageBudget): TarVisitor {
    return (entry, metadata) => {
      if (--budget.entriesLeft < 0) throw createEntriesFailure();
      const { linkName: link, kind, size } = entry;
      const name = cleanPath(entry.name) ?? entry.name; // some programs begin each name with ./
      const common = { name, link, kind, size, metadata: metadata() };
      if (kind === 'file' || kind === 'sparse') return this.#collect(common);
      this.#put({ ...common, digest: null, content: null });
      return null;
    };
  }

  #collect(common: Omit<LayerEntry, 'digest' | 'content'>): TarSink {
    const hash = createHash('sha256');
    const kept: Buffer[] | null = common.size <= KEPT_BYTES_MAX ? [] : null;
    return {
      write: (piece) => {
        hash.update(piece);
        kept?.push(Buffer.from(piece));
      },
      end: () => {
        const digest = `sha256:${hash.digest('hex')}` as Digest;
        this.#put({ ...common, digest, content: kept === null ? null : Buffer.concat(kept) });
      },
    };
  }
}

function createBombFailure(): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    'a layer unpacks to too many files at once',
    'Do not use this image.',
  );
}

import type {
  EvidenceInput,
  EvidenceKind,
  EvidenceLog,
  LogEntry,
  LogHead,
  Receipt,
  TreeHash,
  VerifiedLog,
} from '../../../../capabilities/evidence/index.ts';
import type { Digest } from '../../../../core/digest.ts';
import type { Instant } from '../../../../core/instant.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { ArrivingDocument } from './arriving-document.ts';
import { DatabaseThread } from './database-thread.ts';
import type { ThreadOptions } from './thread-protocol.ts';

/** Bytes on their way to the thread. More bytes than this wait here. */
const IN_FLIGHT_BYTES_MAX = 2 * LIMITS.documentBytesMax;

interface LogProof {
  readonly head: LogHead;
  readonly proof: readonly TreeHash[];
}

/**
 * The log in a thread of its own: parsing and writing a large document does not delay questions
 * meanwhile.
 */
export class WriterThread implements EvidenceLog {
  readonly #thread: DatabaseThread;
  readonly #queue: (() => void)[] = [];
  #inFlightBytes = 0;
  #arrivals = 0;

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  async append(
    inputs: readonly EvidenceInput[],
    recordedAt: Instant,
  ): Promise<Result<readonly Receipt[]>> {
    const bytes = inputs.reduce((sum, { body }) => sum + body.length, 0);
    const release = await this.#reserve(bytes);
    // A copy is passed: a transfer of the caller's own buffer would empty it for the caller.
    const owned = inputs.map((input) => ({ ...input, body: Uint8Array.from(input.body) }));
    const buffers = owned.map(({ body }) => body.buffer);
    return this.#thread
      .call<readonly Receipt[]>({ kind: 'append', inputs: owned, recordedAt }, buffers)
      .finally(release);
  }

  /**
   * Starts a document that arrives in pieces of at most `bytes` together. Waits while too many
   * bytes are on their way.
   */
  async receive(bytes: number): Promise<ArrivingDocument> {
    const release = await this.#reserve(bytes);
    this.#arrivals++;
    return new ArrivingDocument(this.#thread, this.#arrivals, release);
  }

  async #reserve(bytes: number): Promise<() => void> {
    while (this.#inFlightBytes > 0 && this.#inFlightBytes + bytes > IN_FLIGHT_BYTES_MAX) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#inFlightBytes += bytes;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#inFlightBytes -= bytes;
      for (const waiting of this.#queue.splice(0)) waiting();
    };
  }

  rebuild(): Promise<Result<{ readonly documents: number }>> {
    return this.#thread.call({ kind: 'rebuild' });
  }

  verify(): Promise<Result<VerifiedLog>> {
    return this.#thread.call({ kind: 'verify' });
  }

  head(): Promise<Result<LogHead>> {
    return this.#thread.call({ kind: 'head' });
  }

  entries(position: number, rowsMax: number): Promise<Result<readonly LogEntry[]>> {
    return this.#thread.call({ kind: 'entries', position, rowsMax });
  }

  body(digest: Digest): Promise<Result<Uint8Array>> {
    return this.#thread.call({ kind: 'body', digest });
  }

  about(subject: Digest, kind: EvidenceKind | null): Promise<Result<readonly LogEntry[]>> {
    return this.#thread.call({ kind: 'about', subject, evidence: kind });
  }

  inclusion(position: number): Promise<Result<LogProof>> {
    return this.#thread.call({ kind: 'inclusion', position });
  }

  consistency(sizeBefore: number): Promise<Result<LogProof>> {
    return this.#thread.call({ kind: 'consistency', sizeBefore });
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

/**
 * Opens the database for writing in a thread. Migrations and the replay after them are done when
 * this returns.
 */
export async function openWriterThread(options: ThreadOptions): Promise<Result<WriterThread>> {
  const thread = await DatabaseThread.open(options, 'writer');
  return thread.ok ? ok(new WriterThread(thread.value)) : thread;
}

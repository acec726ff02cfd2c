import type {
  EvidenceInput,
  EvidenceKind,
  EvidenceLog,
  LogEntry,
  LogHead,
  Receipt,
  TreeHash,
} from '../../capabilities/evidence/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import { DatabaseThread } from './database-thread.ts';
import type { ThreadData } from './thread-protocol.ts';

/** Bytes on their way to the thread; more than that wait their turn here. */
const IN_FLIGHT_BYTES_MAX = 2 * LIMITS.documentBytesMax;

/** A document whose bytes lie in a buffer that is theirs alone. */
export interface OwnedInput extends EvidenceInput {
  readonly body: Uint8Array<ArrayBuffer>;
}

interface Proven {
  readonly head: LogHead;
  readonly proof: readonly TreeHash[];
}

/** The log behind a thread of its own: parsing and writing a large document does not hold up who asks meanwhile. */
export class WriterThread implements EvidenceLog {
  readonly #thread: DatabaseThread;
  readonly #queue: (() => void)[] = [];
  #inFlightBytes = 0;

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  /** The bodies are copied: a transfer of the caller's own buffers would empty them in his hands. */
  append(inputs: readonly EvidenceInput[], recordedAt: Instant): Promise<Result<readonly Receipt[]>> {
    return this.take(
      inputs.map((input) => ({ ...input, body: Uint8Array.from(input.body) })),
      recordedAt,
    );
  }

  /** The bodies become the log's own, and are empty in the caller's hands: a copy of a large one takes time. */
  async take(inputs: readonly OwnedInput[], recordedAt: Instant): Promise<Result<readonly Receipt[]>> {
    const bytes = inputs.reduce((sum, { body }) => sum + body.length, 0);
    while (this.#inFlightBytes > 0 && this.#inFlightBytes + bytes > IN_FLIGHT_BYTES_MAX) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#inFlightBytes += bytes;
    try {
      const buffers = [...new Set(inputs.map(({ body }) => body.buffer))];
      return await this.#thread.call('append', [inputs, recordedAt], buffers);
    } finally {
      this.#inFlightBytes -= bytes;
      for (const waiting of this.#queue.splice(0)) waiting();
    }
  }

  rebuild(): Promise<Result<{ readonly documents: number }>> {
    return this.#thread.call('rebuild', []);
  }

  verify(): Promise<Result<LogHead>> {
    return this.#thread.call('verify', []);
  }

  head(): Promise<Result<LogHead>> {
    return this.#thread.call('head', []);
  }

  entries(position: number, rowsMax: number): Promise<Result<readonly LogEntry[]>> {
    return this.#thread.call('entries', [position, rowsMax]);
  }

  body(digest: Digest): Promise<Result<Uint8Array>> {
    return this.#thread.call('body', [digest]);
  }

  about(subject: Digest, kind: EvidenceKind | null): Promise<Result<readonly LogEntry[]>> {
    return this.#thread.call('about', [subject, kind]);
  }

  inclusion(position: number): Promise<Result<Proven>> {
    return this.#thread.call('inclusion', [position]);
  }

  consistency(sizeBefore: number): Promise<Result<Proven>> {
    return this.#thread.call('consistency', [sizeBefore]);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

/** Opens the database for writing in a thread; migrations and what they replay are done when this answers. */
export async function openWriterThread(data: Omit<ThreadData, 'role'>): Promise<Result<WriterThread>> {
  const thread = await DatabaseThread.open({ ...data, role: 'writer' });
  return thread.ok ? ok(new WriterThread(thread.value)) : thread;
}

import type { EvidenceKind, LogEntry, LogHead } from '../../../../capabilities/evidence/index.ts';
import type {
  Answer,
  GraphQuestions,
  Question,
  QuestionName,
} from '../../../../capabilities/graph/index.ts';
import type { Digest } from '../../../../core/digest.ts';
import { Failure } from '../../../../core/failure.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import { DatabaseThread } from './database-thread.ts';
import type { ThreadOptions, ThreadRequest } from './thread-protocol.ts';

/**
 * Questions over threads that only read. Each question goes to the thread with the fewest calls.
 */
export class ReaderPool implements GraphQuestions {
  readonly #threads: readonly DatabaseThread[];

  constructor(threads: readonly DatabaseThread[]) {
    this.#threads = threads;
  }

  ask<N extends QuestionName>(question: Question<N>): Promise<Result<Answer<N>>> {
    return this.#call({ kind: 'ask', question: question as Question<QuestionName> });
  }

  head(): Promise<Result<LogHead>> {
    return this.#call({ kind: 'head' });
  }

  latest(): Promise<Result<LogEntry | null>> {
    return this.#call({ kind: 'latest' });
  }

  newest(kind: EvidenceKind): Promise<Result<LogEntry | null>> {
    return this.#call({ kind: 'newest', evidence: kind });
  }

  body(digest: Digest): Promise<Result<Uint8Array>> {
    return this.#call({ kind: 'body', digest });
  }

  about(subject: Digest, kind: EvidenceKind | null): Promise<Result<readonly LogEntry[]>> {
    return this.#call({ kind: 'about', subject, evidence: kind });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #call<T>(request: ThreadRequest): Promise<Result<T>> {
    const [idlest] = [...this.#threads].sort((one, other) => one.load - other.load);
    if (idlest !== undefined) return idlest.call<T>(request);
    return Promise.resolve(
      failed(new Failure('INTERNAL', 'a pool without threads', 'Report this.')),
    );
  }
}

/** Opens `count` threads on a database that a writer has made. */
export async function openReaderPool(
  options: ThreadOptions,
  count: number,
): Promise<Result<ReaderPool>> {
  const opened = await Promise.all(
    Array.from({ length: count }, () => DatabaseThread.open(options, 'reader')),
  );
  const refused = opened.find((thread) => !thread.ok);
  const threads = opened.flatMap((thread) => (thread.ok ? [thread.value] : []));
  if (refused === undefined) return ok(new ReaderPool(threads));
  await Promise.all(threads.map((thread) => thread.close()));
  return refused.ok
    ? failed(new Failure('INTERNAL', 'a thread that opened', 'Report this.'))
    : refused;
}

import type {
  DocumentProofs,
  EvidenceKind,
  LogEntry,
  LogHead,
  TreeHash,
} from '../../../capabilities/evidence/index.ts';
import {
  type Answer,
  type GraphPorts,
  type GraphQuestions,
  type Question,
  type QuestionName,
  readOptions,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { attempt, orThrow, type Result } from '../../../core/result.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { exportGraph } from '../schema/export.ts';
import { requireNames } from './known-names.ts';
import { ANSWERERS, type Answerer, type Means } from './list.ts';
import { LogReader } from './log-reader.ts';
import { readScope } from './scope.ts';

interface LogProof {
  readonly head: LogHead;
  readonly proof: readonly TreeHash[];
}

/** Answers questions over one read-only connection. Every answer sees one state of the graph. */
export class Reader implements GraphQuestions {
  readonly #connected: SqlConnection;
  readonly #shard: number;
  readonly #means: Means;
  readonly #log: LogReader;

  constructor(connected: SqlConnection, { matcher }: Pick<GraphPorts, 'matcher'>, shard: number) {
    this.#connected = connected;
    this.#means = { matcher, connection: connected };
    this.#shard = shard;
    this.#log = new LogReader(connected, shard);
  }

  ask<N extends QuestionName>(question: Question<N>): Promise<Result<Answer<N>>> {
    return this.#read(async () => {
      const scope = await readScope(this.#connected.db, this.#shard, readOptions(question));
      await requireNames(scope);
      const answer: Answerer<N> = ANSWERERS[question.name];
      return answer(scope, question, this.#means);
    });
  }

  head(): Promise<Result<LogHead>> {
    return this.#read(() => this.#log.head());
  }

  entries(position: number, rowsMax: number): Promise<Result<readonly LogEntry[]>> {
    return this.#read(() => this.#log.entries(position, rowsMax));
  }

  newest(kind: EvidenceKind): Promise<Result<LogEntry | null>> {
    return this.#read(() => this.#log.newest(kind));
  }

  latest(): Promise<Result<LogEntry | null>> {
    return this.#read(() => this.#log.latest());
  }

  body(digest: Digest): Promise<Result<Uint8Array>> {
    return this.#read(() => this.#log.body(digest));
  }

  about(subject: Digest, kind: EvidenceKind | null): Promise<Result<readonly LogEntry[]>> {
    return this.#read(() => this.#log.about(subject, kind));
  }

  inclusion(position: number): Promise<Result<LogProof>> {
    return this.#read(() => this.#log.inclusion(position));
  }

  /** Proofs that these documents are in the log, all under one head. */
  prove(documents: readonly Digest[]): Promise<Result<DocumentProofs>> {
    return this.#read(() => this.#log.prove(documents));
  }

  consistency(sizeBefore: number): Promise<Result<LogProof>> {
    return this.#read(() => this.#log.consistency(sizeBefore));
  }

  /** The canonical export of one state of the graph. Other questions wait while it is read. */
  async *export(): AsyncIterable<string> {
    const done = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const reading = this.#read(() => {
      begun.resolve();
      return done.promise;
    });
    try {
      await Promise.race([begun.promise, reading.then(orThrow)]);
      yield* exportGraph(this.#connected, this.#shard);
    } finally {
      done.resolve();
      await reading;
    }
  }

  close(): Promise<void> {
    return this.#connected.close();
  }

  #read<T>(work: () => Promise<T>): Promise<Result<T>> {
    return attempt(() => this.#connected.takeTurn((turn) => turn.snapshot(work)));
  }
}

import type {
  DecisionEvidence,
  DeploymentRecord,
  EvidenceKind,
  LogEntry,
} from '../../../../capabilities/evidence/index.ts';
import type {
  Estate,
  EstateQuestions,
  Exposure,
  Findings,
  GraphQuestions,
  GraphStatus,
  JudgedSubjects,
  PackageSelector,
  PlaceFilter,
  Provenance,
  QuestionOptions,
  ReleaseMatches,
  Subject,
  VerdictHistory,
  Violations,
  Whereabouts,
  WhyAnswer,
} from '../../../../capabilities/graph/index.ts';
import type { Digest } from '../../../../core/digest.ts';
import { Failure } from '../../../../core/failure.ts';
import type { Instant } from '../../../../core/instant.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import type { Gate } from '../../../../core/verdict.ts';
import { DatabaseThread } from './database-thread.ts';
import type { ThreadOptions } from './thread-protocol.ts';

/** Questions over threads that only read: each is given to the one with the least to do. */
export class ReaderPool implements GraphQuestions, EstateQuestions {
  readonly #threads: readonly DatabaseThread[];

  constructor(threads: readonly DatabaseThread[]) {
    this.#threads = threads;
  }

  releasesWith(selector: PackageSelector, ask: QuestionOptions): Promise<Result<ReleaseMatches>> {
    return this.#ask('releasesWith', selector, ask);
  }

  exposure(vulnerability: string, ask: QuestionOptions): Promise<Result<Exposure>> {
    return this.#ask('exposure', vulnerability, ask);
  }

  where(
    subject: Subject | null,
    ask: QuestionOptions,
    place?: PlaceFilter,
  ): Promise<Result<Whereabouts>> {
    return this.#ask('where', subject, ask, place);
  }

  listFindings(subject: Subject, ask: QuestionOptions): Promise<Result<Findings>> {
    return this.#ask('findingsOf', subject, ask);
  }

  why(
    subject: Subject,
    selector: PackageSelector,
    ask: QuestionOptions,
  ): Promise<Result<WhyAnswer>> {
    return this.#ask('why', subject, selector, ask);
  }

  findProvenance(subject: Subject, ask: QuestionOptions): Promise<Result<Provenance>> {
    return this.#ask('provenanceOf', subject, ask);
  }

  listViolations(
    subject: Subject | null,
    ask: QuestionOptions,
    place?: PlaceFilter,
  ): Promise<Result<Violations>> {
    return this.#ask('violationsOf', subject, ask, place);
  }

  listVerdicts(subject: Subject, ask: QuestionOptions): Promise<Result<VerdictHistory>> {
    return this.#ask('verdictsOf', subject, ask);
  }

  judgedAt(gate: Gate, ask: QuestionOptions, place?: PlaceFilter): Promise<Result<JudgedSubjects>> {
    return this.#ask('judgedAt', gate, ask, place);
  }
  estate(ask: QuestionOptions): Promise<Result<Estate>> {
    return this.#ask('estate', ask);
  }

  listObservations(
    cluster: string,
    at: Instant | null,
    ask: QuestionOptions,
  ): Promise<Result<readonly DeploymentRecord[]>> {
    return this.#ask('observationsOf', cluster, at, ask);
  }

  lastAudits(
    subjects: readonly Digest[],
    ask: QuestionOptions,
  ): Promise<Result<readonly DecisionEvidence[]>> {
    return this.#ask('lastAudits', subjects, ask);
  }

  knownViolations(
    ids: readonly string[],
    ask: QuestionOptions,
  ): Promise<Result<readonly string[]>> {
    return this.#ask('knownViolations', ids, ask);
  }

  status(): Promise<Result<GraphStatus>> {
    return this.#ask('status');
  }

  body(digest: Digest): Promise<Result<Uint8Array>> {
    return this.#ask('body', digest);
  }

  about(subject: Digest, kind: EvidenceKind | null): Promise<Result<readonly LogEntry[]>> {
    return this.#ask('about', subject, kind);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #ask<T>(method: string, ...args: readonly unknown[]): Promise<Result<T>> {
    const [idlest] = [...this.#threads].sort((one, other) => one.load - other.load);
    if (idlest !== undefined) return idlest.call<T>(method, args);
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

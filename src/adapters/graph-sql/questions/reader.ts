import type {
  DecisionEvidence,
  DeploymentRecord,
  EvidenceKind,
  LogEntry,
  LogHead,
  TreeHash,
} from '../../../capabilities/evidence/index.ts';
import type {
  Estate,
  EstateQuestions,
  Exposure,
  Findings,
  GraphPorts,
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
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import type { Instant } from '../../../core/instant.ts';
import { attempt, orThrow, type Result } from '../../../core/result.ts';
import type { Gate } from '../../../core/verdict.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { exportGraph } from '../schema/export.ts';
import { answerEstate } from './estate.ts';
import { answerExposure } from './exposure.ts';
import { answerFindings } from './findings.ts';
import { answerJudgements } from './judgements.ts';
import { requireNames } from './known-names.ts';
import { LogReader } from './log-reader.ts';
import { readKnownViolations, readLastAudits, readObservations } from './observations.ts';
import { answerProvenance } from './provenance.ts';
import { answerReleases } from './releases.ts';
import { readScope, type Scope } from './scope.ts';
import { readStatus } from './status.ts';
import { answerVerdicts } from './verdicts.ts';
import { answerViolations } from './violations.ts';
import { answerWhere } from './where.ts';
import { why } from './why.ts';

interface LogProof {
  readonly head: LogHead;
  readonly proof: readonly TreeHash[];
}

/** Answers questions over one read-only connection; every answer sees one state of the graph. */
export class Reader implements GraphQuestions, EstateQuestions {
  readonly #connected: SqlConnection;
  readonly #shard: number;
  readonly #ports: GraphPorts;
  readonly #log: LogReader;

  constructor(connected: SqlConnection, ports: GraphPorts, shard: number) {
    this.#connected = connected;
    this.#ports = ports;
    this.#shard = shard;
    this.#log = new LogReader(connected, shard);
  }

  releasesWith(selector: PackageSelector, ask: QuestionOptions): Promise<Result<ReleaseMatches>> {
    return this.#answer(ask, (scope) => answerReleases(scope, selector, this.#ports.matcher));
  }

  exposure(vulnerability: string, ask: QuestionOptions): Promise<Result<Exposure>> {
    return this.#answer(ask, (scope) => answerExposure(scope, vulnerability));
  }

  where(
    subject: Subject | null,
    ask: QuestionOptions,
    place?: PlaceFilter,
  ): Promise<Result<Whereabouts>> {
    return this.#answer(ask, (scope) => answerWhere(scope, subject, place));
  }

  listFindings(subject: Subject, ask: QuestionOptions): Promise<Result<Findings>> {
    return this.#answer(ask, (scope) => answerFindings(scope, subject));
  }

  why(
    subject: Subject,
    selector: PackageSelector,
    ask: QuestionOptions,
  ): Promise<Result<WhyAnswer>> {
    return this.#answer(ask, (scope) => why(scope, subject, selector, this.#ports.matcher));
  }

  findProvenance(subject: Subject, ask: QuestionOptions): Promise<Result<Provenance>> {
    return this.#answer(ask, (scope) => answerProvenance(scope, subject));
  }

  listViolations(
    subject: Subject | null,
    ask: QuestionOptions,
    place?: PlaceFilter,
  ): Promise<Result<Violations>> {
    return this.#answer(ask, (scope) => answerViolations(scope, subject, place));
  }

  listVerdicts(subject: Subject, ask: QuestionOptions): Promise<Result<VerdictHistory>> {
    return this.#answer(ask, (scope) => answerVerdicts(scope, subject));
  }

  judgedAt(gate: Gate, ask: QuestionOptions, place?: PlaceFilter): Promise<Result<JudgedSubjects>> {
    return this.#answer(ask, (scope) => answerJudgements(scope, gate, place));
  }

  estate(ask: QuestionOptions): Promise<Result<Estate>> {
    return this.#answer(ask, (scope) => answerEstate(scope));
  }

  listObservations(
    cluster: string,
    at: Instant | null,
    ask: QuestionOptions,
  ): Promise<Result<readonly DeploymentRecord[]>> {
    return this.#answer(ask, (scope) => readObservations(scope, cluster, at));
  }

  lastAudits(
    subjects: readonly Digest[],
    ask: QuestionOptions,
  ): Promise<Result<readonly DecisionEvidence[]>> {
    return this.#answer(ask, (scope) => readLastAudits(scope, subjects));
  }

  knownViolations(
    ids: readonly string[],
    ask: QuestionOptions,
  ): Promise<Result<readonly string[]>> {
    return this.#answer(ask, (scope) => readKnownViolations(scope, ids));
  }

  status(): Promise<Result<GraphStatus>> {
    return this.#read(() => readStatus(this.#connected, this.#shard));
  }

  head(): Promise<Result<LogHead>> {
    return this.#read(() => this.#log.head());
  }

  entries(position: number, rowsMax: number): Promise<Result<readonly LogEntry[]>> {
    return this.#read(() => this.#log.entries(position, rowsMax));
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

  consistency(sizeBefore: number): Promise<Result<LogProof>> {
    return this.#read(() => this.#log.consistency(sizeBefore));
  }

  /** The canonical export, of one state of the graph. Other questions wait while it is read. */
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

  #answer<T>(ask: QuestionOptions, question: (scope: Scope) => Promise<T>): Promise<Result<T>> {
    return this.#read(async () => {
      const scope = await readScope(this.#connected.db, this.#shard, ask);
      await requireNames(scope);
      return question(scope);
    });
  }

  #read<T>(work: () => Promise<T>): Promise<Result<T>> {
    return attempt(() => this.#connected.takeTurn((turn) => turn.snapshot(work)));
  }
}

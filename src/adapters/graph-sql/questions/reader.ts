import type {
  DecisionEvidence,
  DeploymentRecord,
  EvidenceKind,
  LogEntry,
  LogHead,
  TreeHash,
} from '../../../capabilities/evidence/index.ts';
import type {
  Ask,
  Estate,
  EstateQuestions,
  Exposure,
  Findings,
  GraphPorts,
  GraphQuestions,
  GraphStatus,
  Judged,
  PackageSelector,
  Place,
  Provenance,
  ReleasesWith,
  Subject,
  VerdictHistory,
  Violations,
  Whereabouts,
  Why,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import type { Instant } from '../../../core/instant.ts';
import { attempt, orThrow, type Result } from '../../../core/result.ts';
import type { Gate } from '../../../core/verdict.ts';
import { type Connected, connectSqlite, type SqliteOptions } from '../dialects/sqlite/connect-sqlite.ts';
import { Serial } from '../dialects/sqlite/serial.ts';
import { exportGraph } from '../schema/export.ts';
import { estate } from './estate.ts';
import { exposure } from './exposure.ts';
import { findingsOf } from './findings.ts';
import { judgedAt } from './judged.ts';
import { requireNames } from './known-names.ts';
import { LogReader } from './log-reader.ts';
import { knownViolations, lastAudits, observationsOf } from './observations.ts';
import { provenanceOf } from './provenance.ts';
import { releasesWith } from './releases.ts';
import { type Scope, scopeOf } from './scope.ts';
import { statusOf } from './status.ts';
import { verdictsOf } from './verdicts.ts';
import { violationsOf } from './violations.ts';
import { where } from './where.ts';
import { why } from './why.ts';

export interface ReaderOptions extends Omit<SqliteOptions, 'mode'> {
  readonly ports: GraphPorts;
  readonly shard?: number;
}

interface Proven {
  readonly head: LogHead;
  readonly proof: readonly TreeHash[];
}

/** Answers questions over one read-only connection; every answer sees one state of the graph. */
export class Reader implements GraphQuestions, EstateQuestions {
  readonly #connected: Connected;
  readonly #shard: number;
  readonly #ports: GraphPorts;
  readonly #log: LogReader;
  readonly #serial = new Serial();

  constructor(connected: Connected, ports: GraphPorts, shard: number) {
    this.#connected = connected;
    this.#ports = ports;
    this.#shard = shard;
    this.#log = new LogReader(connected, shard);
  }

  releasesWith(selector: PackageSelector, ask: Ask): Promise<Result<ReleasesWith>> {
    return this.#answer(ask, (scope) => releasesWith(scope, selector, this.#ports.matcher));
  }

  exposure(vulnerability: string, ask: Ask): Promise<Result<Exposure>> {
    return this.#answer(ask, (scope) => exposure(scope, vulnerability));
  }

  where(subject: Subject | null, ask: Ask, place?: Place): Promise<Result<Whereabouts>> {
    return this.#answer(ask, (scope) => where(scope, subject, place));
  }

  findingsOf(subject: Subject, ask: Ask): Promise<Result<Findings>> {
    return this.#answer(ask, (scope) => findingsOf(scope, subject));
  }

  why(subject: Subject, selector: PackageSelector, ask: Ask): Promise<Result<Why>> {
    return this.#answer(ask, (scope) => why(scope, subject, selector, this.#ports.matcher));
  }

  provenanceOf(subject: Subject, ask: Ask): Promise<Result<Provenance>> {
    return this.#answer(ask, (scope) => provenanceOf(scope, subject));
  }

  violationsOf(subject: Subject | null, ask: Ask, place?: Place): Promise<Result<Violations>> {
    return this.#answer(ask, (scope) => violationsOf(scope, subject, place));
  }

  verdictsOf(subject: Subject, ask: Ask): Promise<Result<VerdictHistory>> {
    return this.#answer(ask, (scope) => verdictsOf(scope, subject));
  }

  judgedAt(gate: Gate, ask: Ask, place?: Place): Promise<Result<Judged>> {
    return this.#answer(ask, (scope) => judgedAt(scope, gate, place));
  }

  estate(ask: Ask): Promise<Result<Estate>> {
    return this.#answer(ask, (scope) => estate(scope));
  }

  observationsOf(cluster: string, at: Instant | null, ask: Ask): Promise<Result<readonly DeploymentRecord[]>> {
    return this.#answer(ask, (scope) => observationsOf(scope, cluster, at));
  }

  lastAudits(subjects: readonly Digest[], ask: Ask): Promise<Result<readonly DecisionEvidence[]>> {
    return this.#answer(ask, (scope) => lastAudits(scope, subjects));
  }

  knownViolations(ids: readonly string[], ask: Ask): Promise<Result<readonly string[]>> {
    return this.#answer(ask, (scope) => knownViolations(scope, ids));
  }

  status(): Promise<Result<GraphStatus>> {
    return this.#read(() => statusOf(this.#connected, this.#shard));
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

  inclusion(position: number): Promise<Result<Proven>> {
    return this.#read(() => this.#log.inclusion(position));
  }

  consistency(sizeBefore: number): Promise<Result<Proven>> {
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
    return this.#serial.run(async () => this.#connected.close());
  }

  #answer<T>(ask: Ask, question: (scope: Scope) => Promise<T>): Promise<Result<T>> {
    return this.#read(async () => {
      const scope = await scopeOf(this.#connected.db, this.#shard, ask);
      await requireNames(scope);
      return question(scope);
    });
  }

  #read<T>(work: () => Promise<T>): Promise<Result<T>> {
    return attempt(() => this.#serial.run(() => this.#connected.snapshot(work)));
  }
}

/** Opens a database that a writer has made. */
export async function openReader({ ports, shard = 1, ...options }: ReaderOptions): Promise<Result<Reader>> {
  return attempt(async () => new Reader(connectSqlite({ ...options, mode: 'read' }), ports, shard));
}

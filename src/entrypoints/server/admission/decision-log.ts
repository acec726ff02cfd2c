import type { EvidenceInput, Receipt } from '../../../capabilities/evidence/index.ts';
import { formatCount } from '../../../core/count.ts';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, orThrow, type Result } from '../../../core/result.ts';
import { buildDecisionEvidence, type DecisionEvent } from '../../../gates/desk/index.ts';
import { buildFactsEvidence } from '../../../gates/facts/index.ts';

export interface DecisionLogPorts {
  readonly append: (
    inputs: readonly EvidenceInput[],
    recordedAt: Instant,
  ) => Promise<Result<readonly Receipt[]>>;
  readonly lost: (failure: Failure) => void;
}

/**
 * Records decisions after the answer, because an import that blocks the writer must not block an
 * admission. A decision that equals the last one about the same subject, place and gate is not
 * recorded again. A record that could not be stored is reported to `lost`; it was not promised to a
 * client.
 */
export class DecisionLog {
  readonly #ports: DecisionLogPorts;
  readonly #last = new Map<string, string>();
  readonly #pending = new Set<Promise<void>>();
  /** Facts that were sent to the log, by digest. */
  readonly #sent = new Set<Digest>();
  /** Bytes of facts that wait to be stored. */
  #waiting = 0;

  constructor(ports: DecisionLogPorts) {
    this.#ports = ports;
  }

  record(decided: DecisionEvent): void {
    const { record } = decided.evaluation;
    const place = [
      decided.subject,
      record.gate,
      decided.workload?.cluster,
      decided.workload?.namespace,
    ].join(' ');
    const said = [record.decision, record.policy.digest, record.facts].join(' ');
    if (this.#last.get(place) === said) return;
    // mutant decisions-pending-limit: condition -> $operand < 0
    if (this.#pending.size >= LIMITS.decisionsPendingMax) {
      this.#ports.lost(createOverloadFailure(`${LIMITS.decisionsPendingMax} decisions`));
      return;
    }
    this.#last.delete(place);
    this.#last.set(place, said);
    const oldest = this.#last.keys().next();
    if (this.#last.size > LIMITS.verdictCacheEntriesMax && oldest.done !== true)
      this.#last.delete(oldest.value);
    const pending: Promise<void> = this.#append(place, decided).finally(() =>
      this.#pending.delete(pending),
    );
    this.#pending.add(pending);
  }

  /** Waits until pending records are stored, before the writer is closed. */
  async close(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /**
   * Records the facts of a decision, so that another policy can be tried on them later. Facts that
   * were sent already are not sent again. The waiting bytes are bounded: while the database is
   * stuck, a decision is recorded without its facts.
   */
  #selectFacts({ evaluation, factsEvidence }: DecisionEvent): readonly EvidenceInput[] {
    // What another thread made, it sends once; it may be large, and is not hashed here.
    const fresh =
      factsEvidence ??
      buildFactsEvidence(evaluation).filter(
        ({ body, subject }) => !this.#sent.has(subject ?? sha256(body)),
      );
    const bytes = sumSizes(fresh);
    if (this.#waiting + bytes > LIMITS.factsPendingBytesMax) {
      this.#ports.lost(
        createOverloadFailure(formatCount(this.#waiting, 'byte of facts', 'bytes of facts')),
      );
      return [];
    }
    if (factsEvidence !== undefined) return fresh;
    for (const { body, subject } of fresh) this.#sent.add(subject ?? sha256(body));
    for (const oldest of this.#sent) {
      if (this.#sent.size <= LIMITS.verdictCacheEntriesMax) break;
      this.#sent.delete(oldest);
    }
    return fresh;
  }

  async #append(place: string, decided: DecisionEvent): Promise<void> {
    const facts = this.#selectFacts(decided);
    this.#waiting += sumSizes(facts);
    const inputs = [...facts, buildDecisionEvidence(decided)];
    // mutant decision-writer-dies: call -> $call3
    const stored = await attempt(async () =>
      orThrow(await this.#ports.append(inputs, decided.now)),
    );
    this.#waiting -= sumSizes(facts);
    if (stored.ok) return;
    if (decided.factsEvidence === undefined)
      for (const { body, subject } of facts) this.#sent.delete(subject ?? sha256(body));
    this.#last.delete(place);
    this.#ports.lost(stored.failure);
  }
}

function sumSizes(inputs: readonly EvidenceInput[]): number {
  return inputs.reduce((bytes, { body }) => bytes + body.length, 0);
}

function createOverloadFailure(what: string): Failure {
  return new Failure(
    'STORE_LOCKED',
    `${what} wait to be recorded`,
    'Find out what blocks the database.',
  );
}

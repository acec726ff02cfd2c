import type { EvidenceInput, Receipt } from '../../capabilities/evidence/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import { type Decided, decisionEvidence } from '../../phases/deploy/index.ts';

export interface DecisionLogPorts {
  readonly append: (inputs: readonly EvidenceInput[], recordedAt: Instant) => Promise<Result<readonly Receipt[]>>;
  readonly lost: (failure: Failure) => void;
}

/**
 * Records decisions behind the answer: an import that holds the writer must not hold an admission. A decision that is
 * the same as the last one about the same subject, place and gate is not recorded again. A record that could not be
 * stored is told to `lost`; no client was promised it.
 */
export class DecisionLog {
  readonly #ports: DecisionLogPorts;
  readonly #last = new Map<string, string>();
  readonly #pending = new Set<Promise<void>>();

  constructor(ports: DecisionLogPorts) {
    this.#ports = ports;
  }

  record(decided: Decided): void {
    const { record } = decided.evaluation;
    const place = [decided.subject, record.gate, decided.workload?.cluster, decided.workload?.namespace].join(' ');
    const said = [record.decision, record.policy.digest, record.facts].join(' ');
    if (this.#last.get(place) === said) return;
    if (this.#pending.size >= LIMITS.decisionsPendingMax) {
      this.#ports.lost(overloaded());
      return;
    }
    this.#last.delete(place);
    this.#last.set(place, said);
    const oldest = this.#last.keys().next();
    if (this.#last.size > LIMITS.verdictCacheEntriesMax && oldest.done !== true) this.#last.delete(oldest.value);
    const pending: Promise<void> = this.#append(place, decided).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  /** What is on its way is stored before the writer is closed. */
  async close(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #append(place: string, decided: Decided): Promise<void> {
    const stored = await attempt(async () =>
      orThrow(await this.#ports.append([decisionEvidence(decided)], decided.now)),
    );
    if (stored.ok) return;
    this.#last.delete(place);
    this.#ports.lost(stored.failure);
  }
}

function overloaded(): Failure {
  const why = `${LIMITS.decisionsPendingMax} decisions wait to be recorded`;
  return new Failure('STORE_LOCKED', why, 'Look for what holds the database.');
}

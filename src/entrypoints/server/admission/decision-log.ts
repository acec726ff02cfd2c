import type { EvidenceInput, Receipt } from '../../../capabilities/evidence/index.ts';
import { formatCount } from '../../../core/count.ts';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, orThrow, type Result } from '../../../core/result.ts';
import { admits } from '../../../core/verdict.ts';
import { buildDecisionEvidence, type DecisionEvent } from '../../../gates/desk/index.ts';
import { buildFactsEvidence, isOfUnsigned } from '../../../gates/facts/index.ts';
import { DecisionBudget, nameSource } from './decision-budget.ts';
import { FairQueue } from './fair-queue.ts';

export interface DecisionLogPorts {
  readonly append: (
    inputs: readonly EvidenceInput[],
    recordedAt: Instant,
  ) => Promise<Result<readonly Receipt[]>>;
  /** A decision, or its facts, could not be stored. */
  readonly lost: (failure: Failure) => void;
  /** Waits before a database that somebody locks is tried again. */
  readonly pause?: (ms: number) => Promise<unknown>;
  /** Admissions, and refusals, that may wait; absent: LIMITS.decisionsPendingMax. */
  readonly pendingMax?: number;
}

/** A decision on its way to the log. */
interface Entry {
  readonly place: string;
  readonly decided: DecisionEvent;
  readonly decision: EvidenceInput;
  readonly facts: readonly EvidenceInput[];
}

/** Sources that wait one by one; more share one place. */
const SOURCES_MAX = 64;
const APPENDED_AT_ONCE = 200;
const RETRY_MS = 500;
const RETRIES_WHILE_CLOSING = 20;
/** How often what was summed up is recorded. */
const SUM_MS = 300_000;

/**
 * Records decisions after the answer, because an import that blocks the writer must not block an
 * admission. A decision that equals the last one about the same subject, place and gate is not
 * recorded again.
 *
 * What was admitted is never given up: when too much of it waits, the next answer waits. A refusal
 * never waits. Where too many refusals wait, or an hour has had its share, they are summed up in
 * one record. A locked database is tried again. A record that could not be stored is reported to
 * `lost`; it was not promised to a client.
 */
export class DecisionLog {
  readonly #ports: DecisionLogPorts;
  readonly #budget = new DecisionBudget();
  readonly #last = new Map<string, string>();
  readonly #admitted: Entry[] = [];
  readonly #pendingMax: number;
  readonly #refused: FairQueue<Entry>;
  /** Facts that were sent to the log, by digest. */
  readonly #sent = new Set<Digest>();
  /** Answers that wait for room. */
  readonly #waitingForRoom: (() => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  /** Bytes of facts that wait to be stored. */
  #waiting = 0;
  #draining: Promise<void> | null = null;
  #closing = false;

  constructor(ports: DecisionLogPorts) {
    this.#ports = ports;
    this.#pendingMax = ports.pendingMax ?? LIMITS.decisionsPendingMax;
    this.#refused = new FairQueue({ itemsMax: this.#pendingMax, sourcesMax: SOURCES_MAX });
    this.#timer = setInterval(() => this.#recordSums(), SUM_MS).unref();
  }

  /** Resolves at once, except for an admission while too many of them wait. */
  async record(decided: DecisionEvent): Promise<void> {
    const taken = await attempt(() => this.#take(decided));
    // A defect here must not end the process: nobody waits for the record of a refusal.
    if (!taken.ok) this.#ports.lost(taken.failure);
  }

  async #take(decided: DecisionEvent): Promise<void> {
    const place = this.#findNewPlace(decided);
    if (place === null || !this.#budget.spend(decided)) return;
    const isAdmitted = admits(decided.evaluation.verdict.decision);
    // mutant admitted-waits-for-room: remove
    while (isAdmitted && this.#admitted.length >= this.#pendingMax)
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve));
    const entry = this.#encode(place, decided);
    if (isAdmitted) this.#admitted.push(entry);
    else this.#pushRefused(entry);
    this.#draining ??= this.#drain();
  }

  /** Waits until pending records are stored, before the writer is closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing = true;
    this.#recordSums();
    await this.#draining;
  }

  /** Null if the last decision at this place was the same. */
  #findNewPlace(decided: DecisionEvent): string | null {
    const { record } = decided.evaluation;
    const { workload } = decided;
    const place = [decided.subject, record.gate, workload?.cluster, workload?.namespace].join(' ');
    const said = [record.decision, record.policy.digest, record.facts].join(' ');
    if (this.#last.get(place) === said) return null;
    this.#last.delete(place);
    this.#last.set(place, said);
    const oldest = this.#last.keys().next();
    if (this.#last.size > LIMITS.verdictCacheEntriesMax && oldest.done !== true)
      this.#last.delete(oldest.value);
    return place;
  }

  #encode(place: string, decided: DecisionEvent): Entry {
    const facts = this.#selectFacts(decided);
    this.#waiting += sumSizes(facts);
    return { place, decided, decision: buildDecisionEvidence(decided), facts };
  }

  #pushRefused(entry: Entry): void {
    const dropped = this.#refused.push(nameSource(entry.decided), entry);
    if (dropped === null) return;
    this.#release(dropped);
    this.#budget.sum(dropped.decided);
  }

  #recordSums(): void {
    for (const { last, firstAt, count } of this.#budget.takeSums()) {
      const decision = buildDecisionEvidence(last, { decisions: count, firstAt });
      this.#admitted.push({ place: '', decided: last, decision, facts: [] });
    }
    if (this.#admitted.length > 0) this.#draining ??= this.#drain();
  }

  /**
   * Records the facts of a decision, so that another policy can be tried on them later. Facts that
   * were sent already are not sent again. The waiting bytes are bounded: while the database is
   * stuck, a decision is recorded without its facts. So are the bytes of facts that strangers make.
   */
  #selectFacts(decided: DecisionEvent): readonly EvidenceInput[] {
    const { evaluation, factsEvidence } = decided;
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
    if (isOfUnsigned(evaluation.facts) && !this.#budget.spendFacts(decided, bytes)) return [];
    if (factsEvidence !== undefined) return fresh;
    for (const { body, subject } of fresh) this.#sent.add(subject ?? sha256(body));
    for (const oldest of this.#sent) {
      if (this.#sent.size <= LIMITS.verdictCacheEntriesMax) break;
      this.#sent.delete(oldest);
    }
    return fresh;
  }

  /** Stores what waits, many decisions in one transaction. */
  async #drain(): Promise<void> {
    await null;
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      const stored = await this.#store(batch);
      // One record that is refused does not take the others with it.
      if (!stored && batch.length > 1) for (const entry of batch) await this.#store([entry]);
      for (const entry of batch) this.#release(entry);
      for (const waiting of this.#waitingForRoom.splice(0)) waiting();
      await null;
    }
    this.#draining = null;
  }

  #takeBatch(): readonly Entry[] {
    const batch = this.#admitted.splice(0, APPENDED_AT_ONCE);
    while (batch.length < APPENDED_AT_ONCE) {
      const next = this.#refused.shift();
      if (next === null) break;
      batch.push(next);
    }
    return batch;
  }

  /** Whether it is done: stored, or alone and reported as lost. */
  async #store(batch: readonly Entry[]): Promise<boolean> {
    const inputs = batch.flatMap(({ facts, decision }) => [...facts, decision]);
    const at = Math.max(...batch.map(({ decided }) => decided.now)) as Instant;
    for (let tries = 0; ; tries++) {
      // mutant decision-writer-dies: call -> $call3
      const stored = await attempt(async () => orThrow(await this.#ports.append(inputs, at)));
      if (stored.ok) return true;
      const isLocked = stored.failure.code === 'STORE_LOCKED';
      // mutant locked-database-is-tried-again: condition -> false
      if (isLocked && (!this.#closing || tries < RETRIES_WHILE_CLOSING)) {
        await this.#pause();
        continue;
      }
      if (batch.length > 1) return false;
      for (const { place, facts, decided } of batch) {
        if (decided.factsEvidence === undefined)
          for (const { body, subject } of facts) this.#sent.delete(subject ?? sha256(body));
        this.#last.delete(place);
        this.#ports.lost(stored.failure);
      }
      return true;
    }
  }

  #pause(): Promise<unknown> {
    const { pause } = this.#ports;
    if (pause !== undefined) return pause(RETRY_MS);
    return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }

  #release({ facts }: Entry): void {
    this.#waiting -= sumSizes(facts);
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

import type { EvidenceInput, Receipt } from '../../../capabilities/evidence/index.ts';
import { formatCount } from '../../../core/count.ts';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, ok, orThrow, type Result } from '../../../core/result.ts';
import { admits } from '../../../core/verdict.ts';
import { buildDecisionEvidence, type DecisionEvent } from '../../../gates/desk/index.ts';
import { buildFactsEvidence, isOfUnsigned } from '../../../gates/facts/index.ts';
import { isBusy } from './busy-database.ts';
import { DecisionBudget, type DecisionSum, findSource } from './decision-budget.ts';
import type { DecisionJournal, JournalSegment } from './decision-journal.ts';
import { FairQueue } from './fair-queue.ts';
import { sumSizes, VexNews } from './vex-news.ts';

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
  /** Where decisions are kept until they are in the log; absent: in memory alone. */
  readonly journals?: DecisionJournals;
}

/** Sums are kept apart: they wait for minutes, and the others for a moment. */
export interface DecisionJournals {
  readonly decisions: Journal;
  readonly sums: Journal;
}

type Journal = Pick<DecisionJournal, 'append' | 'settle'>;

/** A decision on its way to the log. */
interface Entry {
  readonly place: string;
  readonly decided: DecisionEvent;
  /** None where only the VEX of an image is recorded. */
  readonly decision: EvidenceInput | null;
  readonly facts: readonly EvidenceInput[];
  /** Where it is kept, and how often in each place. */
  readonly kept: ReadonlyMap<JournalSegment, number>;
}

const NOT_KEPT: Result<Entry['kept']> = ok(new Map());
/** Refusals leave the other half of the journal to admissions. */
const REFUSALS_SHARE = 0.5;
/** Sources that wait one by one; more share one place. */
const SOURCES_MAX = 64;
/** The place of a record that stands for many. */
const SUM = '';
/** The place of the VEX of an image. */
const VEX = 'vex';
const APPENDED_AT_ONCE = 200;
const RETRY_MS = 500;
const RETRIES_WHILE_CLOSING = 20;
/** How often what was summed up is recorded. */
const SUM_MS = 300_000;

/**
 * Records decisions in the log after the answer, because an import that blocks the writer must not
 * block an admission. Before the answer, they are kept in a journal, which a process that is killed
 * leaves to the next one. A decision that equals the last one about the same subject, place and
 * gate is not recorded again.
 *
 * What was admitted is never given up: when too much of it waits, the next answer waits. A refusal
 * never waits. Where too many refusals wait, or an hour has had its share, they are summed up in
 * one record. A locked database is tried again. A record that could not be stored is reported to
 * `lost`, and stays in the journal where the database is at fault.
 */
export class DecisionLog {
  readonly #ports: DecisionLogPorts;
  readonly #budget = new DecisionBudget();
  readonly #vexNews = new VexNews();
  readonly #last = new Map<string, string>();
  /** Decisions on their way to the journal, by place: an equal one waits for them. */
  readonly #keeping = new Map<string, Promise<void>>();
  readonly #admitted: Entry[] = [];
  readonly #pendingMax: number;
  readonly #refused: FairQueue<Entry>;
  /** The places of sums that were recorded: what is kept there later is settled. */
  readonly #recorded = new WeakSet<object>();
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

  /**
   * Resolves when the decision is in the journal. Rejects with a Failure where an admission cannot
   * be kept: then nothing may be admitted.
   */
  async record(decided: DecisionEvent): Promise<void> {
    this.#recordVex(decided);
    const place = this.#findNewPlace(decided);
    if (place === null) return this.#keeping.get(namePlace(decided));
    const taken = this.#take(place, decided);
    this.#keeping.set(place, taken);
    const result = await attempt(() => taken);
    if (this.#keeping.get(place) === taken) this.#keeping.delete(place);
    if (result.ok) return;
    this.#last.delete(place);
    this.#ports.lost(result.failure);
    // mutant admission-that-is-not-kept: remove
    if (admits(decided.evaluation.verdict.decision)) throw result.failure;
  }

  /**
   * The VEX that was verified for a decision, so that questions agree with the gate. It is not in
   * the journal: after a crash, the next decision about the image brings it again.
   */
  #recordVex(decided: DecisionEvent): void {
    const vex = this.#vexNews.take(decided);
    if (vex === null) return;
    const bytes = sumSizes(vex.others);
    // mutant strangers-vex-is-bounded by vex-news: condition -> true
    const others = this.#budget.spendFacts(decided, bytes) ? vex.others : [];
    const facts = [...vex.known, ...others];
    const isOver = this.#waiting + sumSizes(facts) > LIMITS.factsPendingBytesMax;
    if (isOver) this.#vexNews.forget(decided.subject);
    if (isOver || facts.length === 0) return;
    this.#waiting += sumSizes(facts);
    this.#admitted.push({ place: VEX, decided, decision: null, facts, kept: new Map() });
    this.#draining ??= this.#drain();
  }

  async #take(place: string, decided: DecisionEvent): Promise<void> {
    const sum = this.#budget.spend(decided);
    if (sum !== null) return this.#keepSum(sum);
    const isAdmitted = admits(decided.evaluation.verdict.decision);
    // mutant admitted-waits-for-room: remove
    while (isAdmitted && this.#admitted.length >= this.#pendingMax)
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve));
    const entry = this.#encode(place, decided);
    const isKept = this.#ports.journals !== undefined;
    const kept = isKept ? await this.#keep(entry, isAdmitted ? 1 : REFUSALS_SHARE) : NOT_KEPT;
    if (!kept.ok) this.#forget(entry);
    if (!kept.ok && isAdmitted) throw kept.failure;
    if (!kept.ok && kept.failure.code === 'LIMIT_EXCEEDED')
      return this.#keepSum(this.#budget.sum(decided));
    // A refusal that the disk does not take is recorded from memory.
    const taken = kept.ok ? { ...entry, kept: kept.value } : this.#encode(place, decided);
    if (isAdmitted) this.#admitted.push(taken);
    else await this.#pushRefused(taken);
    this.#draining ??= this.#drain();
  }

  /** The places in the journal; none without one. */
  async #keep(entry: Entry, share: number): Promise<Result<Entry['kept']>> {
    const { journals } = this.#ports;
    if (journals === undefined) return NOT_KEPT;
    const inputs = listInputs(entry);
    // mutant answer-before-the-journal: call -> ok(null as never)
    const kept = await attempt(() => journals.decisions.append({ inputs }, share));
    return kept.ok ? ok(new Map([[kept.value, 1]])) : kept;
  }

  /** The first decision of a sum is kept whole, and of the others that there were so many. */
  async #keepSum(sum: DecisionSum): Promise<void> {
    const { journals } = this.#ports;
    if (journals === undefined) return;
    const { name, last, firstAt, count, kept } = sum;
    const inputs = count > 1 ? [] : [buildDecisionEvidence(last, { decisions: 1, firstAt })];
    const segment = await attempt(() => journals.sums.append({ inputs, sum: name }));
    if (segment.ok && this.#recorded.has(kept)) journals.sums.settle(segment.value);
    else if (segment.ok) kept.set(segment.value, (kept.get(segment.value) ?? 0) + 1);
    else if (segment.failure.code === 'LIMIT_EXCEEDED') this.#recordSums();
    else if (admits(last.evaluation.verdict.decision)) throw segment.failure;
  }

  /** Waits until pending records are stored, before the writer is closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing = true;
    await Promise.allSettled(this.#keeping.values());
    this.#recordSums();
    await this.#draining;
  }

  /** Null if the last decision at this place was the same. */
  #findNewPlace(decided: DecisionEvent): string | null {
    const { record } = decided.evaluation;
    const place = namePlace(decided);
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
    const decision = buildDecisionEvidence(decided);
    return { place, decided, decision, facts, kept: new Map() };
  }

  async #pushRefused(entry: Entry): Promise<void> {
    const dropped = this.#refused.push(findSource(entry.decided), entry);
    if (dropped === null) return;
    this.#release(dropped);
    await this.#keepSum(this.#budget.sum(dropped.decided));
    this.#settle(dropped, this.#ports.journals?.decisions);
  }

  #recordSums(): void {
    for (const { last, firstAt, count, kept } of this.#budget.takeSums()) {
      this.#recorded.add(kept);
      const decision = buildDecisionEvidence(last, { decisions: count, firstAt });
      this.#admitted.push({ place: SUM, decided: last, decision, facts: [], kept });
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
    const inputs = batch.flatMap(listInputs);
    const at = Math.max(...batch.map(({ decided }) => decided.now)) as Instant;
    for (let tries = 0; ; tries++) {
      // mutant decision-writer-dies: call -> $call3
      const stored = await attempt(async () => orThrow(await this.#ports.append(inputs, at)));
      if (stored.ok) {
        for (const entry of batch) this.#settleStored(entry);
        return true;
      }
      const isLocked = isBusy(stored.failure);
      // mutant locked-database-is-tried-again: condition -> false
      if (isLocked && (!this.#closing || tries < RETRIES_WHILE_CLOSING)) {
        await this.#pause();
        continue;
      }
      if (batch.length > 1) return false;
      for (const entry of batch) {
        this.#last.delete(entry.place);
        this.#forgetSent(entry);
        this.#ports.lost(stored.failure);
        // What the log refuses, it refuses at the next start too.
        if (stored.failure.code === 'EVIDENCE_REJECTED') this.#settleStored(entry);
      }
      return true;
    }
  }

  #settleStored(entry: Entry): void {
    const { journals } = this.#ports;
    this.#settle(entry, entry.place === SUM ? journals?.sums : journals?.decisions);
  }

  #settle({ kept }: Entry, journal: Journal | undefined): void {
    for (const [segment, entries] of kept) journal?.settle(segment, entries);
  }

  #forget(entry: Entry): void {
    this.#release(entry);
    this.#forgetSent(entry);
  }

  /** Facts that were not stored are sent again with the next decision. */
  #forgetSent({ place, facts, decided }: Entry): void {
    if (place === VEX) this.#vexNews.forget(decided.subject);
    if (place === VEX || decided.factsEvidence !== undefined) return;
    for (const { body, subject } of facts) this.#sent.delete(subject ?? sha256(body));
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

function namePlace({ subject, evaluation, workload }: DecisionEvent): string {
  return [subject, evaluation.record.gate, workload?.cluster, workload?.namespace].join(' ');
}

function listInputs({ facts, decision }: Entry): readonly EvidenceInput[] {
  return decision === null ? facts : [...facts, decision];
}

function createOverloadFailure(what: string): Failure {
  return new Failure(
    'STORE_LOCKED',
    `${what} wait to be recorded`,
    'Find out what blocks the database.',
  );
}

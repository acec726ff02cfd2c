import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { admits } from '../../../core/verdict.ts';
import type { DecisionEvent } from '../../../gates/desk/index.ts';
import type { JournalSegment } from './decision-journal.ts';
import { type DecisionSource, nameWithin } from './fair-queue.ts';

const HOUR_MS = 3_600_000;

/** Sources that are counted one by one; more share counts. */
const SOURCES_MAX = 256;

/** Many decisions as one: the last of them, when the first was made, and how many they were. */
export interface DecisionSum {
  readonly name: string;
  readonly last: DecisionEvent;
  readonly firstAt: DecisionEvent['now'];
  readonly count: number;
  /** Where its decisions are kept until the sum is recorded, and how many in each place. */
  readonly kept: Map<JournalSegment, number>;
}

/**
 * How much of the log decisions may use in an hour. Anyone who can push an image, or reach
 * `/admit`, can cause any number of different decisions. Those over the budget are summed up: they
 * are counted, and one record stands for them.
 */
export class DecisionBudget {
  readonly #sums = new Map<string, DecisionSum>();
  #begun = 0;
  #hour = Number.NaN;
  #byDigest = new Map<Digest, number>();
  #admissions = new HourlyShare(ADMISSIONS);
  #refusals = new HourlyShare(REFUSALS);
  #factsBytes = 0;
  #factsByDigest = new Map<Digest, number>();

  /** Null if this decision gets a record of its own; otherwise the sum that it is part of. */
  spend(decided: DecisionEvent): DecisionSum | null {
    this.#enterHour(decided);
    const { subject } = decided;
    const ofDigest = this.#byDigest.get(subject) ?? 0;
    // mutant decisions-per-digest-limit by decision-log: condition -> false
    if (ofDigest >= LIMITS.decisionsPerDigestMax) {
      return this.#sum(`${readKind(decided)} ${subject}`, decided);
    }
    const isAdmitted = admits(decided.evaluation.verdict.decision);
    // mutant admissions-per-hour-limit by decision-log: condition -> !isAdmitted && $
    if (!(isAdmitted ? this.#admissions : this.#refusals).spend(findSource(decided)))
      return this.sum(decided);
    this.#byDigest.set(subject, ofDigest + 1);
    return null;
  }

  /** Counts a decision that gets no record of its own, together with those about other images. */
  sum(decided: DecisionEvent): DecisionSum {
    return this.#sum(readKind(decided), decided);
  }

  #sum(key: string, decided: DecisionEvent): DecisionSum {
    const before = this.#sums.get(key);
    const firstAt = before?.firstAt ?? decided.now;
    const sum = {
      name: before?.name ?? `${key} ${firstAt} ${++this.#begun}`,
      ...{ last: decided, firstAt },
      count: (before?.count ?? 0) + 1,
      kept: before?.kept ?? new Map(),
    };
    this.#sums.set(key, sum);
    return sum;
  }

  /** What was summed up since the last call. */
  takeSums(): readonly DecisionSum[] {
    const sums = [...this.#sums.values()];
    this.#sums.clear();
    return sums;
  }

  /**
   * Whether facts of an image with documents that nobody vouches for may be stored: a stranger
   * attaches as much as he wants to.
   */
  spendFacts({ subject }: DecisionEvent, bytes: number): boolean {
    const ofDigest = (this.#factsByDigest.get(subject) ?? 0) + bytes;
    const isOver =
      ofDigest > LIMITS.factsOfUnsignedBytesMax ||
      this.#factsBytes + bytes > LIMITS.factsOfUnsignedPerHourBytesMax;
    // mutant facts-of-unsigned-limit by decision-log: condition -> false
    if (isOver) return false;
    this.#factsByDigest.set(subject, ofDigest);
    this.#factsBytes += bytes;
    return true;
  }

  #enterHour({ now }: DecisionEvent): void {
    const hour = Math.floor(now / HOUR_MS);
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.#admissions = new HourlyShare(ADMISSIONS);
    this.#refusals = new HourlyShare(REFUSALS);
    this.#factsBytes = 0;
    this.#byDigest = new Map();
    this.#factsByDigest = new Map();
  }
}

interface ShareLimits {
  readonly perHourMax: number;
  readonly perSourceMin: number;
  readonly perAddressMin: number;
  readonly reservedMax: number;
}

/** With fewer images, `decisionsPerDigestMax` alone bounds them. */
const ADMISSIONS: ShareLimits = {
  perHourMax: LIMITS.admissionsPerHourMax,
  perSourceMin: LIMITS.admissionsPerSourceMin,
  perAddressMin: LIMITS.admissionsPerAddressMin,
  reservedMax: LIMITS.admissionsReservedMax,
};
const REFUSALS: ShareLimits = {
  perHourMax: LIMITS.refusalsPerHourMax,
  perSourceMin: LIMITS.refusalsPerSourceMin,
  perAddressMin: LIMITS.refusalsPerAddressMin,
  reservedMax: LIMITS.refusalsReservedMax,
};

/** How many decisions of one kind are recorded one by one in an hour. */
class HourlyShare {
  readonly #limits: ShareLimits;
  readonly #bySource = new Map<string, number>();
  readonly #reservedByAddress = new Map<string, number>();
  #spent = 0;
  #reserved = 0;

  constructor(limits: ShareLimits) {
    this.#limits = limits;
  }

  /** Whether one more of this source is recorded. */
  spend(source: DecisionSource): boolean {
    const name = nameWithin(source, this.#bySource, SOURCES_MAX);
    const isOver = this.#spent >= this.#limits.perHourMax;
    // mutant decisions-per-hour-limit by decision-log: condition -> false
    if (isOver && !this.#spendReserve(name, source.address)) return false;
    this.#bySource.set(name, (this.#bySource.get(name) ?? 0) + 1);
    if (!isOver) this.#spent++;
    return true;
  }

  /** Who asks little is still recorded when others used up the hour. */
  #spendReserve(name: string, address: string): boolean {
    const { perSourceMin, perAddressMin, reservedMax } = this.#limits;
    const ofAddress = this.#reservedByAddress.get(address) ?? 0;
    const isOver =
      (this.#bySource.get(name) ?? 0) >= perSourceMin ||
      ofAddress >= perAddressMin ||
      this.#reserved >= reservedMax;
    // mutant reserve-of-decisions by decision-log: condition -> false
    if (isOver) return false;
    this.#reservedByAddress.set(address, ofAddress + 1);
    this.#reserved++;
    return true;
  }
}

function readKind({ evaluation }: DecisionEvent): string {
  return `${evaluation.record.gate} ${evaluation.record.decision}`;
}

export function findSource({ workload }: DecisionEvent): DecisionSource {
  return { address: workload?.source ?? '', namespace: workload?.namespace ?? '' };
}

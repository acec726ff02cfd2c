import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { admits } from '../../../core/verdict.ts';
import type { DecisionEvent } from '../../../gates/desk/index.ts';

const HOUR_MS = 3_600_000;

/** Sources that are counted one by one; more share one count. */
const SOURCES_MAX = 256;

/** Many decisions as one: the last of them, when the first was made, and how many they were. */
export interface DecisionSum {
  readonly last: DecisionEvent;
  readonly firstAt: DecisionEvent['now'];
  readonly count: number;
}

/**
 * How much of the log decisions may use in an hour. Whoever can push an image, or reach `/admit`,
 * can cause any number of different decisions. Those over the budget are summed up: they are
 * counted, and one record stands for them.
 */
export class DecisionBudget {
  readonly #sums = new Map<string, DecisionSum>();
  #hour = Number.NaN;
  #byDigest = new Map<Digest, number>();
  #bySource = new Map<string, number>();
  #refused = 0;
  #factsBytes = 0;
  #factsByDigest = new Map<Digest, number>();

  /** Whether this decision gets a record of its own. If not, it is part of a sum. */
  spend(decided: DecisionEvent): boolean {
    this.#enterHour(decided);
    const { subject } = decided;
    const ofDigest = this.#byDigest.get(subject) ?? 0;
    // mutant decisions-per-digest-limit by decision-log: condition -> false
    if (ofDigest >= LIMITS.decisionsPerDigestMax) {
      this.#sum(`${readKind(decided)} ${subject}`, decided);
      return false;
    }
    if (!this.#spendRefusal(decided)) {
      this.sum(decided);
      return false;
    }
    this.#byDigest.set(subject, ofDigest + 1);
    return true;
  }

  /** Counts a decision that gets no record of its own, together with those about other images. */
  sum(decided: DecisionEvent): void {
    this.#sum(readKind(decided), decided);
  }

  #sum(key: string, decided: DecisionEvent): void {
    const before = this.#sums.get(key);
    this.#sums.set(key, {
      last: decided,
      firstAt: before?.firstAt ?? decided.now,
      count: (before?.count ?? 0) + 1,
    });
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

  #spendRefusal(decided: DecisionEvent): boolean {
    if (admits(decided.evaluation.verdict.decision)) return true;
    const source = this.#nameSource(decided);
    const ofSource = this.#bySource.get(source) ?? 0;
    // Who refuses little is still recorded when others used up the hour.
    const isOver =
      this.#refused >= LIMITS.refusalsPerHourMax && ofSource >= LIMITS.refusalsPerSourceMin;
    // mutant refusals-per-hour-limit by decision-log: condition -> false
    if (isOver) return false;
    this.#bySource.set(source, ofSource + 1);
    this.#refused++;
    return true;
  }

  #nameSource(decided: DecisionEvent): string {
    const source = nameSource(decided);
    return this.#bySource.has(source) || this.#bySource.size < SOURCES_MAX ? source : '';
  }

  #enterHour({ now }: DecisionEvent): void {
    const hour = Math.floor(now / HOUR_MS);
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.#refused = 0;
    this.#factsBytes = 0;
    this.#byDigest = new Map();
    this.#bySource = new Map();
    this.#factsByDigest = new Map();
  }
}

function readKind({ evaluation }: DecisionEvent): string {
  return `${evaluation.record.gate} ${evaluation.record.decision}`;
}

/** Who asked: the address of the connection and the namespace. */
export function nameSource({ workload }: DecisionEvent): string {
  return `${workload?.source ?? ''} ${workload?.namespace ?? ''}`;
}

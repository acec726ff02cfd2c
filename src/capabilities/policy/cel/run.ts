import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { LicenceVerdict } from '../licenses.ts';
import type { Value } from './value.ts';

const NS_PER_MS = 1_000_000n;

/**
 * What all expressions of one decision have used together, and what they need not compute twice.
 */
export class Meter {
  steps = 0;
  readonly licences = new Map<string, LicenceVerdict>();
  /** A short name for each list of licences: by its content, and by the list that was seen. */
  readonly licenceLists = {
    byContent: new Map<string, number>(),
    seen: new WeakMap<object, number>(),
  };
}

export interface RunOptions {
  readonly meter?: Meter;
  readonly lenient?: boolean;
}

/**
 * One evaluation: the variables, the part of the budget that it has used, and the earliest moment
 * at which time alone could change an answer that it used. A spent budget ends the whole
 * evaluation: it is thrown and is never a value, so that no && or || can hide it.
 */
export class Run {
  readonly meter: Meter;
  readonly slots: Value[];
  readonly nowMs: number;
  /** Messages show what is known; decisions never run in this mode. */
  readonly lenient: boolean;
  flipsAtMs = Number.POSITIVE_INFINITY;
  /** A message did not show all names of a list. */
  isCut = false;
  private steps = 0;
  private bytes = 0;

  constructor(slots: Value[], nowMs: number, options: RunOptions = {}) {
    this.meter = options.meter ?? new Meter();
    this.slots = slots;
    this.nowMs = nowMs;
    this.lenient = options.lenient === true;
  }

  step(count = 1): void {
    this.steps += count;
    this.meter.steps += count;
    if (this.meter.steps > LIMITS.policyTotalStepsMax)
      throw spent(`${LIMITS.policyTotalStepsMax} steps with the others`);
    if (this.steps > LIMITS.policyStepsMax) throw spent(`${LIMITS.policyStepsMax} steps`);
  }

  grow(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > LIMITS.policyBytesMax) throw spent(`${LIMITS.policyBytesMax} bytes`);
  }

  /**
   * Whether half of what was left of the budget at this call is used. A message ends its lists
   * before the budget ends it.
   */
  watchBudget(): () => boolean {
    const steps = (this.steps + LIMITS.policyStepsMax) / 2;
    const bytes = (this.bytes + LIMITS.policyBytesMax) / 2;
    return () => this.steps > steps || this.bytes > bytes;
  }

  /** The value that was read changes with every moment. */
  touchesTime(): void {
    this.flipsAtMs = Math.min(this.flipsAtMs, this.nowMs + 1);
  }

  /**
   * `test` was given the sign of a difference that changes by `rate` nanoseconds for each
   * nanosecond. The first whole millisecond with another answer limits how long the verdict is
   * valid (foundation 5).
   */
  noteDifference(differenceNs: bigint, rate: bigint, test: (sign: -1 | 0 | 1) => boolean): void {
    if (rate === 0n) return;
    const answer = test(takeSign(differenceNs));
    const zeroMs = Number(-differenceNs / (rate * NS_PER_MS));
    for (const laterMs of [zeroMs - 1, zeroMs, zeroMs + 1, zeroMs + 2]) {
      if (laterMs <= 0) continue;
      if (test(takeSign(differenceNs + rate * BigInt(laterMs) * NS_PER_MS)) !== answer) {
        this.flipsAtMs = Math.min(this.flipsAtMs, this.nowMs + laterMs);
        return;
      }
    }
  }
}

export function takeSign(value: bigint): -1 | 0 | 1 {
  if (value === 0n) return 0;
  return value < 0n ? -1 : 1;
}

function spent(what: string): Failure {
  return new Failure(
    'BUDGET_EXCEEDED',
    `the expression used more than ${what}`,
    'Simplify the rule.',
  );
}

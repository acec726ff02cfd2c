import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Value } from './value.ts';

type LicenceVerdict = 'allowed' | 'refused' | 'unknown';

const NS_PER_MS = 1_000_000n;

/**
 * What all expressions of one decision have used together, and what they need not work out twice.
 */
export class Meter {
  steps = 0;
  readonly licences = new Map<string, LicenceVerdict>();
}

export interface RunOptions {
  readonly meter?: Meter;
  readonly lenient?: boolean;
}

/**
 * One evaluation: the variables, what it has used of its budget, and the earliest moment at which
 * time alone could change an answer that it relied on. A budget that is spent ends the whole
 * evaluation: it is thrown, never a value, so that no && or || can swallow it.
 */
export class Run {
  readonly meter: Meter;
  readonly slots: Value[];
  readonly nowMs: number;
  /** Messages show what is known; decisions never run so. */
  readonly lenient: boolean;
  flipsAtMs = Number.POSITIVE_INFINITY;
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

  /** What was read changes with every moment. */
  touchesTime(): void {
    this.flipsAtMs = Math.min(this.flipsAtMs, this.nowMs + 1);
  }

  /**
   * `test` was asked about the sign of a difference that changes by `rate` nanoseconds a
   * nanosecond: the first whole millisecond at which the answer would be another one bounds how
   * long the verdict lives (foundation 5).
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

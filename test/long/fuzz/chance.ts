import { seedChance } from '../../support/thousand-releases.ts';

/** Chance from a seed: the same seed gives the same case, on every machine. */
export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seedChance(seed);
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** Whether something happens that happens once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  among<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Mostly small, now and then as large as `max`. */
  size(max: number): number {
    return 1 + this.below(this.once(8) ? max : Math.min(max, 12));
  }
}

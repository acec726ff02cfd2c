import type { Command } from './compare.ts';

/** Compares our process with a peer's. */
export interface Race {
  readonly kind: 'race';
  readonly name: string;
  readonly rounds: number;
  /** Makes what both need; `clean` removes it. */
  prepare(): Promise<{ readonly ours: Command; readonly peer: Command; clean(): void }>;
  readonly target: { readonly ratioMax?: number; readonly oursMedianMsMax?: number };
}

/** One number that a benchmark measured, and its target. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** `ms`, `rows/s` … */
  readonly unit: string;
  readonly target: { readonly max: number } | { readonly min: number } | null;
}

/**
 * Measures inside one process, so that its start does not count: latencies of a server, rates of an
 * import.
 */
export interface Measurement {
  readonly kind: 'measurement';
  readonly name: string;
  measure(): Promise<readonly Figure[]>;
}

/** What each `bench/*.bench.ts` exports as `benchmark`. */
export type Benchmark = Race | Measurement;

export function meets({ value, target }: Figure): boolean {
  if (target === null) return true;
  return 'max' in target ? value <= target.max : value >= target.min;
}

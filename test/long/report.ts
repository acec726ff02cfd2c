/** One number that a run measured, and the most that it may be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly max: number | null;
}

/** What one kind of run found: each fault is a failed test. */
export interface LongResult {
  readonly kind: 'fuzz' | 'soak' | 'scale';
  /** What was tried: targets, figures with a limit, questions. */
  readonly tried: number;
  readonly faults: readonly string[];
  readonly figures: readonly Figure[];
}

/** Figures over their limit are faults. */
export function listMissed(figures: readonly Figure[]): readonly string[] {
  return figures.flatMap(({ what, value, unit, max }) =>
    max === null || value <= max ? [] : [`${what}: ${format(value)} ${unit}, over ${max} ${unit}`],
  );
}

/** One figure on one line. */
export function formatFigure({ what, value, unit, max }: Figure): string {
  const limit = max === null ? '' : `≤ ${max}`;
  return `  ${what.padEnd(56)} ${format(value).padStart(12)} ${unit.padEnd(6)} ${limit}`.trimEnd();
}

const format = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });

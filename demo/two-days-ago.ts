// Loaded before a program (node --import). The program's clock shows the day before yesterday, as
// if it had run then.
const DAYS_MS = 2 * 86_400_000;
const Real = Date;

globalThis.Date = class extends Real {
  constructor(...parts: readonly unknown[]) {
    if (parts.length === 0) super(Real.now() - DAYS_MS);
    else super(...(parts as [number]));
  }

  static override now(): number {
    return Real.now() - DAYS_MS;
  }
} as DateConstructor;

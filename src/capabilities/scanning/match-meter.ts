import { LIMITS } from '../../core/limits.ts';

/** Steps that matching may still take (measureMatching), over one inventory or several. */
export interface MatchMeter {
  left: number;
  /** A component was not matched, because no steps were left. */
  isSpent: boolean;
}

export function createMatchMeter(stepsMax: number = LIMITS.matchStepsMax): MatchMeter {
  return { left: stepsMax, isSpent: false };
}

/** Why a component is not covered. */
export const UNMATCHED =
  'it was not matched: to match those before it with their advisories took too many steps';

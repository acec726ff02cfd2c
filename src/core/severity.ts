/**
 * Severity of a finding, worst first. `unknown` is not a level: comparing it is an error, never
 * "low".
 */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'none'] as const;
export type KnownSeverity = (typeof SEVERITIES)[number];
export type Severity = KnownSeverity | 'unknown';

/**
 * The qualitative rating of a base score (CVSS v3.1 §5, v4.0 §6); a value that is not a score is
 * unknown, never "none".
 */
export function rateScore(score: number): Severity {
  // mutant severity-of-no-score: remove
  if (!(score >= 0 && score <= 10)) return 'unknown';
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'none';
}

/** The worse of two; unknown only when both are unknown, so that a known level is never hidden. */
export function pickWorseSeverity(one: Severity, other: Severity): Severity {
  if (one === 'unknown') return other;
  // mutant severity-unknown-hides-known: it -> if ($condition) return $operand;
  if (other === 'unknown') return one;
  return SEVERITIES.indexOf(one) <= SEVERITIES.indexOf(other) ? one : other;
}

/** Whether a finding is as bad as `threshold`, or worse; what is unknown could be. */
export function reachesSeverity(severity: Severity, threshold: Severity): boolean {
  if (severity === 'unknown' || threshold === 'unknown') return true;
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

export function isSeverity(text: string): text is Severity {
  return text === 'unknown' || (SEVERITIES as readonly string[]).includes(text);
}

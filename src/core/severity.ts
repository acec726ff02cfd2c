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

/** Who states a severity, in the order of precedence (capabilities/advisories/severity.ts). */
export const RATED_BY = ['distribution', 'advisory', 'cna', 'cisa-adp'] as const;
export const RATING_METHODS = [
  ...(['cvss-4.0', 'cvss-3.1', 'cvss-3.0', 'cvss-2.0'] as const),
  ...(['score', 'word'] as const),
];

/** Where a severity comes from. */
export interface RatingSource {
  readonly by: (typeof RATED_BY)[number];
  /** The id of the record that states it; of a CNA or CISA, the CVE. */
  readonly record: string;
  /** What is stated: a vector of this version of CVSS, the number of a base score, or a word. */
  readonly method: (typeof RATING_METHODS)[number];
  /** As it is written. */
  readonly text: string;
}

/** `CVSS 3.1, GHSA-jfh8-c2jp-5v3q`; `important, ALSA-2024:1`; `CVSS 3.1, CNA`; empty: unknown. */
export function formatRatingSource(source: RatingSource | null | undefined): string {
  if (source === null || source === undefined) return '';
  const { by, record, method, text } = source;
  const what =
    method === 'word'
      ? text.trim().toLowerCase()
      : method === 'score'
        ? 'score'
        : method.replace('cvss-', 'CVSS ');
  const who = by === 'cna' ? 'CNA' : by === 'cisa-adp' ? 'CISA' : record;
  return who === '' ? what : `${what}, ${who}`;
}

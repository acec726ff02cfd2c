import { Failure } from '../../core/failure.ts';
import { type Instant, parseInstant, toInstant } from '../../core/instant.ts';

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `90d`, `12h`, `30m`: milliseconds. */
export function parseDurationMs(text: string): number {
  const part = /^(\d{1,6})([smhdw])$/.exec(text);
  const unit = UNITS_MS[(part?.[2] ?? '') as keyof typeof UNITS_MS];
  if (part === null || unit === undefined) {
    throw new Failure(
      'USAGE',
      `not a duration: ${text}`,
      'Write a number and s, m, h, d or w, such as 90d.',
    );
  }
  return Number(part[1]) * unit;
}

/** How old the advisories of a ready server may be, in milliseconds; null for `off`. */
export function parseAgeMax(text: string): number | null {
  if (text === 'off') return null;
  const ageMaxMs = parseDurationMs(text);
  // mutant advisories-may-have-no-age by cli-cluster: condition -> true
  if (ageMaxMs > 0) return ageMaxMs;
  throw new Failure(
    'USAGE',
    `--advisory-age-max ${text}: no advisories are so new`,
    'Write 3d, or off.',
  );
}

/** A moment in RFC 3339, or a duration before `now`. */
export function parseMomentOrAge(text: string, now: Instant): Instant {
  const moment = parseInstant(text);
  return moment.ok ? moment.value : toInstant(now - parseDurationMs(text));
}

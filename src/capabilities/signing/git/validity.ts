import type { Instant } from '../../../core/instant.ts';

/**
 * A bound of validity. Without `Z`, OpenSSH reads the local time of the verifying machine, so one
 * file gives two verdicts on two machines. Here such a time means all zones at once, and the
 * narrowest counts: `earliest` for an end, `latest` for a beginning. With `Z` both are the same.
 */
export interface ValidityBound {
  readonly text: string;
  readonly earliest: number;
  readonly latest: number;
}

const FORM = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?(z|utc)?$/i;
const HOUR_MS = 3_600_000;
/** The easternmost and the westernmost clocks of the world. */
const EAST_MS = 14 * HOUR_MS;
const WEST_MS = 12 * HOUR_MS;

/**
 * YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with or without `Z` or `UTC` after it; undefined for
 * anything else.
 */
export function readBound(text: string): ValidityBound | undefined {
  const part = FORM.exec(text);
  if (part === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = part
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const parts = [year, month, day, hour, minute, second].map((number, at) =>
    String(number).padStart(at === 0 ? 4 : 2, '0'),
  );
  const back = new Date(wall).toISOString().replace(/\D/g, '').slice(0, 14);
  if (wall <= 0 || back !== parts.join('')) return undefined;
  const isUtc = part[7] !== undefined;
  return { text, earliest: isUtc ? wall : wall - EAST_MS, latest: isUtc ? wall : wall + WEST_MS };
}

/** Whether there is a moment between them when both are read on one clock, as OpenSSH does. */
export function isAnyTime(after: ValidityBound, before: ValidityBound): boolean {
  return after.latest < before.latest || after.earliest < before.earliest;
}

/** Both bounds belong to the span, as in ssh-keygen. */
export function isWithin(
  at: Instant,
  after: ValidityBound | null,
  before: ValidityBound | null,
): boolean {
  return (after === null || at >= after.latest) && (before === null || at <= before.earliest);
}

import { fail, ok, type Result } from './result.ts';

/** A moment, in milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly __brand: 'Instant' };

/** RFC 3339 §5.6 with an offset or Z; a bare date is refused because its zone is unknown. */
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const YEAR_9999_MS = 253_402_300_799_999;

/** @example parseInstant('2026-11-22T18:00:00+08:00') */
export function parseInstant(text: string): Result<Instant> {
  const part = RFC3339.exec(text);
  if (part === null) return malformed(text);
  const [year, month, day, hour, minute, second] = part.slice(1, 7).map(Number) as number[];
  const wall = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, Math.min(second ?? 0, 59));
  const real = new Date(wall);
  const exact = real.getUTCMonth() + 1 === month && real.getUTCDate() === day && real.getUTCHours() === hour;
  if (!exact || (minute ?? 60) > 59 || (second ?? 61) > 60) return malformed(text);
  const fraction = Math.trunc(Number(`0.${part[7] ?? '0'}`) * 1000);
  const offsetMinutes = (Number(part[9] ?? 0) * 60 + Number(part[10] ?? 0)) * (part[8] === '-' ? -1 : 1);
  const ms = wall + (second === 60 ? 1000 : 0) + fraction - offsetMinutes * 60_000;
  return ok(ms as Instant);
}

export function instantOf(ms: number): Instant {
  if (!Number.isSafeInteger(ms) || Math.abs(ms) > YEAR_9999_MS) throw new RangeError(`not a moment: ${ms}`);
  return ms as Instant;
}

/** RFC 3339 in UTC, without a fraction where it is zero. */
export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}

function malformed(text: string): Result<never> {
  return fail(
    'MALFORMED',
    `not an RFC 3339 time: ${JSON.stringify(text.slice(0, 60))}`,
    'Write it like 2026-01-31T12:00:00Z.',
  );
}

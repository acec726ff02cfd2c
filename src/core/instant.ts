import { fail, ok, type Result } from './result.ts';

/** A moment, in milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly __brand: 'Instant' };

/** RFC 3339 §5.6 with an offset or Z; a bare date is refused because its zone is unknown. */
const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
// Date.UTC reads a year below 100 as a year of the last century.
const YEAR_0100_MS = -59_011_459_200_000;
const YEAR_9999_MS = 253_402_300_799_999;

/** @example parseInstant('2026-11-22T18:00:00+08:00') */
export function parseInstant(text: string): Result<Instant> {
  const plain = text.length === PLAIN_LENGTH ? parsePlainInstant(text) : null;
  if (plain !== null) return ok(plain);
  const part = RFC3339.exec(text);
  if (part === null) return malformed(text);
  const [year, month, day] = [Number(part[1]), Number(part[2]), Number(part[3])];
  const [hour, minute, second] = [Number(part[4]), Number(part[5]), Number(part[6])];
  const [offsetHours, offsetMinutes] = [Number(part[9] ?? 0), Number(part[10] ?? 0)];
  if (minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) return malformed(text);
  const wall = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59));
  // mutant instant-day-of-month: remove
  if (!isSameDay(new Date(wall), year, month, day, hour)) return malformed(text);
  // mutant instant-offset: operand 4 -> 0
  const utc = wall - (offsetHours * 60 + offsetMinutes) * (part[8] === '-' ? -60_000 : 60_000);
  if (second === 60 && !endsDay(utc)) return malformed(text);
  const ms = utc + (second === 60 ? 1000 : 0) + Number((part[7] ?? '').padEnd(3, '0').slice(0, 3));
  return isInstant(ms) ? ok(ms as Instant) : malformed(text);
}

const PLAIN_LENGTH = 20;

/**
 * The form of most times, of which feeds have two in each record, without a pattern and a date:
 * null for others, and for those that need a closer look, such as the last days of a month.
 */
function parsePlainInstant(text: string): Instant | null {
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[19] !== 'Z') return null;
  if (text[13] !== ':' || text[16] !== ':') return null;
  const year = readDigits(text, 0, 4);
  const month = readDigits(text, 5, 7);
  const day = readDigits(text, 8, 10);
  const hour = readDigits(text, 11, 13);
  const minute = readDigits(text, 14, 16);
  const second = readDigits(text, 17, 19);
  if (!(year >= 1900 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return null;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second) as Instant;
}

/** NaN where one of them is no digit. */
function readDigits(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = 10 * value + digit;
  }
  return value;
}

/** Date.UTC carries what overflows: 31 February becomes March. */
function isSameDay(date: Date, year: number, month: number, day: number, hour: number): boolean {
  return (
    date.getUTCFullYear() === year &&
    date.getUTCMonth() + 1 === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour
  );
}

/** A leap second is the last second of a day in UTC, whatever the offset of the text is. */
function endsDay(utc: number): boolean {
  return (utc + 1000) % 86_400_000 === 0;
}

function isInstant(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= YEAR_0100_MS && ms <= YEAR_9999_MS;
}

export function toInstant(ms: number): Instant {
  if (!isInstant(ms)) throw new RangeError(`not a moment: ${ms}`);
  return ms as Instant;
}

/** RFC 3339 in UTC, without a fraction when the fraction is zero. */
export function formatInstant(instant: Instant): string {
  return shortenInstant(formatAnswerInstant(instant));
}

/** The begin of a day in UTC, `2026-04-01`; null for what is no day, such as `2026-02-30`. */
export function toDay(text: string): Instant | null {
  const at = text.length === 10 ? parseInstant(`${text}T00:00:00Z`) : null;
  return at?.ok === true ? at.value : null;
}

/** RFC 3339 in UTC, always to the millisecond: the one form of a time in the JSON of an answer. */
export type AnswerInstant = string & { readonly __brand: 'AnswerInstant' };

export function formatAnswerInstant(instant: Instant): AnswerInstant {
  return new Date(instant).toISOString() as AnswerInstant;
}

/** The same without a fraction of zero, for people. */
export function shortenInstant(text: AnswerInstant): string {
  return text.replace('.000Z', 'Z');
}

function malformed(text: string): Result<never> {
  return fail(
    'MALFORMED',
    `not an RFC 3339 time: ${JSON.stringify(text.slice(0, 60))}`,
    'Write it like 2026-01-31T12:00:00Z.',
  );
}

import { getOwn } from '../../../core/own.ts';
import { trimEndCharacters } from '../../../formats/text/cut.ts';
import { checkMoment, checkSpan } from './arithmetic.ts';
import { evaluationError } from './errors.ts';
import type { Run } from './run.ts';
import { type Moment, Span, type Value } from './value.ts';

const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1_000_000_000n;
const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;
/** Characters of a date with its time to the second. */
const ISO_SECONDS = 19;
const UNITS_NS: Readonly<Record<string, bigint>> = {
  h: 3_600n * NS_PER_S,
  m: 60n * NS_PER_S,
  s: NS_PER_S,
  ms: NS_PER_MS,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};

export function parseMoment(text: string): Value {
  const part = RFC3339.exec(text);
  const ms = part === null ? Number.NaN : Date.parse(`${part[1]}${part[3]}`);
  if (part === null || Number.isNaN(ms) || !isWritten(part[1] ?? ''))
    return evaluationError('not an RFC 3339 timestamp');
  return checkMoment(BigInt(ms) * NS_PER_MS + BigInt((part[2] ?? '').padEnd(9, '0')), 0n);
}

/**
 * Whether the calendar has this moment, as cel-go asks. Date.parse carries 31 April and 24:00 into
 * the next day, which is then written in another way.
 */
function isWritten(wall: string): boolean {
  const ms = Date.parse(`${wall}Z`);
  // mutant cel-moment-of-the-calendar by cel-go: value -> true
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, ISO_SECONDS) === wall;
}

/**
 * Go's duration text, as in CEL: `1h30m`, `-1.5s`; also whole days `30d`, which CEL does not have
 * and policies need.
 */
export function parseSpan(text: string): Value {
  const ns = parseSpanNs(text);
  return ns === null ? evaluationError('not a duration') : checkSpan(ns, 0n);
}

export function parseSpanNs(text: string): bigint | null {
  const body = /^([+-]?)((?:\d{1,18}(?:\.\d{1,9})?(?:h|ms|us|µs|ns|m|s|d))+)$/.exec(text);
  if (text === '0') return 0n;
  if (body === null) return null;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of (body[2] ?? '').matchAll(
    /(\d{1,18})(?:\.(\d{1,9}))?([a-zµ]+)/g,
  )) {
    const unitNs = unit === 'd' ? 24n * 3_600n * NS_PER_S : (getOwn(UNITS_NS, unit) ?? 0n);
    total +=
      BigInt(whole) * unitNs + (unitNs * BigInt(fraction || '0')) / 10n ** BigInt(fraction.length);
  }
  return body[1] === '-' ? -total : total;
}

export function formatMoment(at: Moment): string {
  const seconds = floorDivide(at.ns, NS_PER_S);
  const fraction = at.ns - seconds * NS_PER_S;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${formatFraction(fraction)}Z`;
}

export function formatSpan(value: Span): string {
  const size = value.ns < 0n ? -value.ns : value.ns;
  return `${value.ns < 0n ? '-' : ''}${size / NS_PER_S}${formatFraction(size % NS_PER_S)}s`;
}

function formatFraction(ns: bigint): string {
  return ns === 0n ? '' : `.${trimEndCharacters(String(ns).padStart(9, '0'), '0')}`;
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}

/** How people write an age: `48 h`, `90 min`. */
export function formatAge(value: Span): string {
  const size = value.ns < 0n ? -value.ns : value.ns;
  const sign = value.ns < 0n ? '-' : '';
  for (const [unit, ns] of [
    ['h', UNITS_NS['h'] ?? 1n],
    ['min', 60n * NS_PER_S],
  ] as const) {
    if (size >= ns) return `${sign}${size / ns} ${unit}`;
  }
  return `${sign}${size / NS_PER_S} s`;
}

const ZONE = /^([+-]?)(\d{2}):(\d{2})$/;

/** The wall clock at `at` in a zone: UTC, `+05:30`, or a name of the IANA database. */
function readWallClock(at: Moment, zone: string): Date | null {
  const ms = Number(floorDivide(at.ns, NS_PER_MS));
  const fixed = ZONE.exec(zone);
  if (zone === 'UTC' || zone === '') return new Date(ms);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    return new Date(ms + (fixed[1] === '-' ? -minutes : minutes) * 60_000);
  }
  return readZone(ms, zone);
}

function readZone(ms: number, zone: string): Date | null {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(zone)) return null;
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }).formatToParts(new Date(ms));
    const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
    const wall = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return new Date(wall + (((ms % 1000) + 1000) % 1000));
  } catch {
    return null;
  }
}

const DAY_MS = 86_400_000;
const CLOCK: Readonly<Record<string, (wall: Date) => number>> = {
  getFullYear: (wall) => wall.getUTCFullYear(),
  getMonth: (wall) => wall.getUTCMonth(),
  getDate: (wall) => wall.getUTCDate(),
  getDayOfMonth: (wall) => wall.getUTCDate() - 1,
  getDayOfWeek: (wall) => wall.getUTCDay(),
  getDayOfYear: (wall) =>
    Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / DAY_MS),
  getHours: (wall) => wall.getUTCHours(),
  getMinutes: (wall) => wall.getUTCMinutes(),
  getSeconds: (wall) => wall.getUTCSeconds(),
  getMilliseconds: (wall) => wall.getUTCMilliseconds(),
};
const SPAN_UNITS_NS: Readonly<Record<string, bigint>> = {
  getHours: 3_600n * NS_PER_S,
  getMinutes: 60n * NS_PER_S,
  getSeconds: NS_PER_S,
};
export const CLOCK_FUNCTIONS = Object.keys(CLOCK);

/**
 * A part of the calendar. How it changes with time is not computed: the verdict must not be cached.
 */
export function readClockPart(name: string, value: Moment | Span, zone: string, run: Run): Value {
  if (value.rate !== 0n) run.touchesTime();
  if (value instanceof Span) {
    if (name === 'getMilliseconds') return (value.ns / NS_PER_MS) % 1000n;
    const unit = getOwn(SPAN_UNITS_NS, name);
    return unit === undefined ? evaluationError(`a duration has no ${name}`) : value.ns / unit;
  }
  const wall = readWallClock(value, zone);
  const part = getOwn(CLOCK, name);
  return wall === null || part === undefined
    ? evaluationError(`no time zone ${zone.slice(0, 40)}`)
    : BigInt(part(wall));
}

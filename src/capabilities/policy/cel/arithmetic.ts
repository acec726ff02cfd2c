import { evaluationError } from './errors.ts';
import type { Run } from './run.ts';
import { CelError, List, Moment, Span, Uint, type Value } from './value.ts';

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);
const UINT_MAX = 2n ** 64n - 1n;
/** Years 1 to 9999, as in google.protobuf.Timestamp. */
const MOMENT_MIN_NS = -62_135_596_800n * 1_000_000_000n;
const MOMENT_MAX_NS = 253_402_300_800n * 1_000_000_000n - 1n;
const ELEMENT_BYTES = 16;

export function checkInt(value: bigint): Value {
  return value > INT_MAX || value < INT_MIN ? evaluationError('integer overflow') : value;
}

export function checkUint(value: bigint): Value {
  return value > UINT_MAX || value < 0n
    ? evaluationError('unsigned integer overflow')
    : new Uint(value);
}

export function checkMoment(ns: bigint, rate: bigint): Value {
  return ns > MOMENT_MAX_NS || ns < MOMENT_MIN_NS
    ? evaluationError('timestamp out of range')
    : new Moment(ns, rate);
}

export function checkSpan(ns: bigint, rate: bigint): Value {
  return ns > INT_MAX || ns < INT_MIN
    ? evaluationError('duration out of range')
    : new Span(ns, rate);
}

type Operator = (one: Value, other: Value, run: Run) => Value | null;

/** Null if the operands have no such operation. */
export const ARITHMETIC: Readonly<Record<string, Operator>> = {
  '_+_': add,
  '_-_': subtract,
  '_*_': (one, other) =>
    calculateNumbers(
      one,
      other,
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  '_/_': divide,
  '_%_': calculateRemainder,
};

function add(one: Value, other: Value, run: Run): Value | null {
  if (typeof one === 'string') return typeof other === 'string' ? joinTexts(one, other, run) : null;
  if (one instanceof List) return other instanceof List ? concatenateLists(one, other, run) : null;
  if (one instanceof Uint8Array)
    return other instanceof Uint8Array ? joinBytes(one, other, run) : null;
  if (one instanceof Moment)
    return other instanceof Span ? checkMoment(one.ns + other.ns, one.rate + other.rate) : null;
  if (one instanceof Span) {
    if (other instanceof Moment) return checkMoment(one.ns + other.ns, one.rate + other.rate);
    return other instanceof Span ? checkSpan(one.ns + other.ns, one.rate + other.rate) : null;
  }
  return calculateNumbers(
    one,
    other,
    (a, b) => a + b,
    (a, b) => a + b,
  );
}

function joinTexts(one: string, other: string, run: Run): string {
  run.grow(2 * (one.length + other.length));
  return one + other;
}

function joinBytes(one: Uint8Array, other: Uint8Array, run: Run): Uint8Array {
  run.grow(one.length + other.length);
  return Buffer.concat([one, other]);
}

function concatenateLists(one: List, other: List, run: Run): List {
  run.grow(ELEMENT_BYTES * (one.items.length + other.items.length));
  return new List(
    [...one.items, ...other.items],
    one.rest ?? other.rest,
    one.hidden + other.hidden,
  );
}

function subtract(one: Value, other: Value): Value | null {
  if (one instanceof Moment) {
    if (other instanceof Moment) return checkSpan(one.ns - other.ns, one.rate - other.rate);
    return other instanceof Span ? checkMoment(one.ns - other.ns, one.rate - other.rate) : null;
  }
  if (one instanceof Span)
    return other instanceof Span ? checkSpan(one.ns - other.ns, one.rate - other.rate) : null;
  return calculateNumbers(
    one,
    other,
    (a, b) => a - b,
    (a, b) => a - b,
  );
}

function divide(one: Value, other: Value): Value | null {
  if (isZero(other)) return evaluationError('division by zero');
  return calculateNumbers(
    one,
    other,
    (a, b) => a / b,
    (a, b) => a / b,
  );
}

function calculateRemainder(one: Value, other: Value): Value | null {
  if (typeof one === 'number') return null;
  if (isZero(other)) return evaluationError('remainder of division by zero');
  return calculateNumbers(
    one,
    other,
    (a, b) => a % b,
    () => Number.NaN,
  );
}

function isZero(value: Value): boolean {
  return value === 0n || (value instanceof Uint && value.value === 0n);
}

function calculateNumbers(
  one: Value,
  other: Value,
  whole: (a: bigint, b: bigint) => bigint,
  real: (a: number, b: number) => number,
): Value | null {
  if (typeof one === 'bigint' && typeof other === 'bigint') return checkInt(whole(one, other));
  if (typeof one === 'number' && typeof other === 'number') return real(one, other);
  return one instanceof Uint && other instanceof Uint
    ? checkUint(whole(one.value, other.value))
    : null;
}

export function negate(value: Value): Value {
  if (typeof value === 'bigint') return checkInt(-value);
  if (typeof value === 'number') return -value;
  return value instanceof CelError ? value : evaluationError('only numbers can be negated');
}

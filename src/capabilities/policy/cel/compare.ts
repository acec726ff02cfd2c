import { evaluationError } from './errors.ts';
import { type Run, takeSign } from './run.ts';
import {
  CelError,
  CelMap,
  FactRecord,
  formatKey,
  List,
  Moment,
  Span,
  TypeName,
  Uint,
  type Value,
} from './value.ts';

/** Whether two values are the same, as `==`, `!=` and `in` of one expression mean it. */
export type Sameness = (one: Value, other: Value, run: Run) => boolean | CelError;

/**
 * Equality of CEL: numbers by value across their kinds, everything else only with its own kind. An
 * unknown inside makes the answer an error, unless a known part already differs.
 */
export function equal(one: Value, other: Value, run: Run): boolean | CelError {
  run.step();
  if (one instanceof CelError) return one;
  if (other instanceof CelError) return other;
  if (typeof one === 'string' || typeof one === 'boolean' || one === null) {
    if (typeof one === 'string' && typeof other === 'string') run.step(one.length >>> 6);
    return one === other;
  }
  const number = toNumeric(one);
  if (number !== null) {
    const second = toNumeric(other);
    return second !== null && compareNumbers(number, second) === 0;
  }
  if (one instanceof Moment || one instanceof Span) return equalTimes(one, other, run);
  if (one instanceof List) return other instanceof List ? equalLists(one, other, run) : false;
  if (one instanceof CelMap) return other instanceof CelMap ? equalMaps(one, other, run) : false;
  if (one instanceof TypeName) return other instanceof TypeName && one.name === other.name;
  if (one instanceof FactRecord)
    return evaluationError('records of facts cannot be compared as a whole');
  return other instanceof Uint8Array && one instanceof Uint8Array && sameBytes(one, other, run);
}

function sameBytes(one: Uint8Array, other: Uint8Array, run: Run): boolean {
  run.step(one.length >>> 6);
  return Buffer.compare(one, other) === 0;
}

function equalTimes(one: Moment | Span, other: Value, run: Run): boolean {
  if (
    !(other instanceof Moment || other instanceof Span) ||
    one instanceof Moment !== other instanceof Moment
  ) {
    return false;
  }
  run.noteDifference(one.ns - other.ns, one.rate - other.rate, (sign) => sign === 0);
  return one.ns === other.ns;
}

function equalLists(one: List, other: List, run: Run): boolean | CelError {
  if (one.rest !== null) return one.rest;
  if (other.rest !== null) return other.rest;
  if (one.items.length !== other.items.length) return false;
  let unknown: CelError | null = null;
  for (const [at, item] of one.items.entries()) {
    const same = equal(item, other.items[at] as Value, run);
    if (same === false) return false;
    if (same !== true) unknown ??= same;
  }
  return unknown ?? true;
}

function equalMaps(one: CelMap, other: CelMap, run: Run): boolean | CelError {
  if (one.entries.size !== other.entries.size) return false;
  let unknown: CelError | null = null;
  for (const [key, [, value]] of one.entries) {
    const counterpart = other.entries.get(key);
    if (counterpart === undefined) return false;
    const same = equal(value, counterpart[1], run);
    if (same === false) return false;
    if (same !== true) unknown ??= same;
  }
  return unknown ?? true;
}

/**
 * `value in list` or `key in map`: true if it is among the known elements; unknown if it is not
 * found in a partial list.
 */
export function contains(value: Value, holder: Value, run: Run, isSame: Sameness = equal): Value {
  if (holder instanceof CelMap) {
    const key = formatKey(value);
    return key !== null && holder.entries.has(key);
  }
  if (!(holder instanceof List)) return evaluationError('in needs a list or a map');
  let unknown: CelError | null = null;
  for (const item of holder.items) {
    const same = isSame(value, item, run);
    if (same === true) return true;
    if (same !== false) unknown ??= same;
  }
  return unknown ?? holder.rest ?? false;
}

type Order = '_<_' | '_<=_' | '_>_' | '_>=_';
const ORDERS: Readonly<Record<Order, (sign: number) => boolean>> = {
  '_<_': (sign) => sign < 0,
  '_<=_': (sign) => sign <= 0,
  '_>_': (sign) => sign > 0,
  '_>=_': (sign) => sign >= 0,
};

export function isOrder(name: string): name is Order {
  return Object.hasOwn(ORDERS, name);
}

/** The four orderings; comparisons of times note when the answer will change. */
export function testOrder(name: Order, one: Value, other: Value, run: Run): Value {
  run.step();
  const test = ORDERS[name];
  if (one instanceof Moment || one instanceof Span) {
    if (
      !(other instanceof Moment || other instanceof Span) ||
      one instanceof Moment !== other instanceof Moment
    ) {
      return evaluationError(`${name} has operands of different kinds`);
    }
    const difference = one.ns - other.ns;
    run.noteDifference(difference, one.rate - other.rate, test);
    return test(takeSign(difference));
  }
  const sign = compareValues(one, other, run);
  if (sign === null) return evaluationError(`${name} has operands that cannot be ordered`);
  return Number.isNaN(sign) ? false : test(sign);
}

function compareValues(one: Value, other: Value, run: Run): number | null {
  if (typeof one === 'string') {
    if (typeof other !== 'string') return null;
    run.step((one.length + other.length) >>> 5);
    // CEL orders strings by code point; UTF-8 keeps that
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  }
  if (typeof one === 'boolean')
    return typeof other === 'boolean' ? Number(one) - Number(other) : null;
  if (one instanceof Uint8Array)
    return other instanceof Uint8Array ? Buffer.compare(one, other) : null;
  const first = toNumeric(one);
  const second = toNumeric(other);
  if (first === null || second === null) return null;
  // CEL orders whole numbers and doubles as doubles; only equality is exact.
  return typeof first === typeof second
    ? compareNumbers(first, second)
    : compareNumbers(Number(first), Number(second));
}

function toNumeric(value: Value): bigint | number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : null;
}

/** JavaScript compares bigint with number exactly. */
function compareNumbers(one: bigint | number, other: bigint | number): number {
  if (one < other) return -1;
  if (one > other) return 1;
  return Number.isNaN(one) || Number.isNaN(other) ? Number.NaN : 0;
}

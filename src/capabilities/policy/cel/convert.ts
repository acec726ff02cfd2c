import { checkInt, checkUint } from './arithmetic.ts';
import { evaluationError } from './errors.ts';
import type { Run } from './run.ts';
import { floorDivide, formatMoment, formatSpan, parseMoment, parseSpan } from './times.ts';
import { Moment, nameKind, Span, TypeName, Uint, type Value } from './value.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const NS_PER_S = 1_000_000_000n;
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

type Conversion = (value: Value, run: Run) => Value | null;

/** The conversion functions of CEL; null if a kind has none. */
export const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  bool: (value) =>
    typeof value === 'boolean' ? value : typeof value === 'string' ? toBool(value) : null,
  bytes: (value) =>
    typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : null,
  double: toDouble,
  duration: (value) =>
    value instanceof Span ? value : typeof value === 'string' ? parseSpan(value) : null,
  dyn: (value) => value,
  int: toInt,
  string: toText,
  timestamp: toMoment,
  type: (value) => new TypeName(nameKind(value)),
  uint: toUint,
};

function toBool(text: string): Value {
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : evaluationError('not a bool');
}

function toMoment(value: Value): Value | null {
  if (value instanceof Moment) return value;
  if (typeof value === 'string') return parseMoment(value);
  return typeof value === 'bigint' ? new Moment(value * NS_PER_S, 0n) : null;
}

function toDouble(value: Value): Value | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (typeof value !== 'string') return null;
  if (NAMED_DOUBLE.test(value)) return parseNamedDouble(value.toLowerCase());
  // mutant cel-double-as-go-reads-it by cel-go: condition -> false
  if (!DOUBLE.test(value)) return evaluationError('not a double');
  const number = Number(value);
  return Number.isFinite(number) ? number : evaluationError('number out of range');
}

/** As strconv.ParseFloat reads them; Number takes white space, `0b1` and `0x10` as well. */
const DOUBLE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NAMED_DOUBLE = /^(?:nan|[+-]?inf(?:inity)?)$/i;

function parseNamedDouble(name: string): number {
  if (name === 'nan') return Number.NaN;
  return name.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function toInt(value: Value, run: Run): Value | null {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return checkInt(value.value);
  if (typeof value === 'number') return fromDouble(value, checkInt);
  if (typeof value === 'string')
    return /^[+-]?\d{1,20}$/.test(value)
      ? checkInt(BigInt(value.replace('+', '')))
      : evaluationError('not an int');
  if (!(value instanceof Moment)) return null;
  if (value.rate !== 0n) run.touchesTime();
  return floorDivide(value.ns, NS_PER_S);
}

function toUint(value: Value): Value | null {
  if (value instanceof Uint) return value;
  if (typeof value === 'bigint') return checkUint(value);
  if (typeof value === 'number') return fromDouble(value, checkUint);
  if (typeof value !== 'string') return null;
  return /^\d{1,20}$/.test(value) ? checkUint(BigInt(value)) : evaluationError('not a uint');
}

/** The range is open at both ends: 2^63 as a double is not an int (CEL "conversion functions"). */
function fromDouble(value: number, make: (whole: bigint) => Value): Value {
  const unsafe = !Number.isFinite(value) || (make === checkInt && Math.abs(value) >= 2 ** 63);
  return unsafe ? evaluationError('number out of range') : make(BigInt(Math.trunc(value)));
}

function toText(value: Value, run: Run): Value | null {
  const text = formatValue(value);
  if (typeof text === 'string') run.grow(2 * text.length);
  if ((value instanceof Moment || value instanceof Span) && value.rate !== 0n) run.touchesTime();
  return text;
}

function formatValue(value: Value): Value | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number')
    return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Moment) return formatMoment(value);
  if (value instanceof Span) return formatSpan(value);
  return value instanceof Uint8Array ? decodeText(value) : null;
}

function decodeText(bytes: Uint8Array): Value {
  try {
    return utf8.decode(bytes);
  } catch {
    return evaluationError('the bytes are not UTF-8');
  }
}

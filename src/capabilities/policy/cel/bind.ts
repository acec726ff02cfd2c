import { PartialList, UnknownFact } from '../facts.ts';
import { evaluationError, unknownError } from './errors.ts';
import type { CelType } from './type.ts';
import { CelError, FactRecord, List, Moment, Span, type Value } from './value.ts';

const NS_PER_MS = 1_000_000n;

/**
 * A fact as a value of its declared type. A missing or unknown value, or one of another form, is an
 * error (foundation 1).
 */
export function toValue(raw: unknown, type: CelType, what: string): Value {
  if (raw instanceof UnknownFact) return new CelError(raw.failure);
  if (raw === undefined) return unknownError(what);
  if (raw === null) return type.nullable === true ? null : unknownError(what);
  switch (type.kind) {
    case 'string':
      return toTextValue(raw, type, what);
    case 'bool':
      return typeof raw === 'boolean' ? raw : misformed(what);
    case 'int':
      return Number.isSafeInteger(raw) ? BigInt(raw as number) : misformed(what);
    case 'double':
      // mutant text-as-a-number by exploitation-facts: condition -> true
      return typeof raw === 'number' && Number.isFinite(raw) ? raw : misformed(what);
    case 'timestamp':
      return Number.isSafeInteger(raw)
        ? new Moment(BigInt(raw as number) * NS_PER_MS, 0n)
        : misformed(what);
    case 'duration':
      return Number.isSafeInteger(raw)
        ? new Span(BigInt(raw as number) * NS_PER_MS, 0n)
        : misformed(what);
    case 'list':
      return toListValue(raw, type.of, what);
    case 'object':
      return typeof raw === 'object'
        ? new FactRecord(raw, type.name, type.fields)
        : misformed(what);
    default:
      return misformed(what);
  }
}

const UNRATED =
  'Where no source rates it: set parameters.unknownSeverity to accept, or add an exception of the ' +
  'rule for the repository, with an owner and an end.';

function toTextValue(
  raw: unknown,
  type: CelType & { readonly kind: 'string' },
  what: string,
): Value {
  if (typeof raw !== 'string') return misformed(what);
  if (raw === type.unknownText) return unknownError(what, UNRATED);
  return type.closed === true && type.values?.includes(raw) === false ? misformed(what) : raw;
}

/**
 * An unknown element leaves the list partial: nothing can be concluded from what it would have
 * been.
 */
function toListValue(raw: unknown, of: CelType, what: string): Value {
  const items = raw instanceof PartialList ? raw.items : raw;
  if (!Array.isArray(items)) return misformed(what);
  const values: Value[] = [];
  let rest = raw instanceof PartialList ? new CelError(raw.rest.failure) : null;
  for (const item of items) {
    const value = toValue(item, of, what);
    if (value instanceof CelError) rest ??= value;
    else values.push(value);
  }
  return new List(values, rest);
}

function misformed(what: string): CelError {
  return evaluationError(`${what} was gathered in a form that its schema does not have`);
}

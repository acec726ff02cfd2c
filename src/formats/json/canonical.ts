import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';

/**
 * The JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 code units, ECMAScript
 * numbers, no white space. Members whose value is undefined are left out; numbers that are not
 * finite and lone surrogates throw a RangeError.
 */
export function canonicalizeJson(value: JsonValue): string {
  if (typeof value === 'string') return canonicalizeString(value);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError('canonical JSON has no NaN and no infinity');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalizeJson(item)).join(',')}]`;
  const object = value as JsonObject;
  const members = Object.keys(object)
    .sort()
    .flatMap((key) => {
      const member = getOwn(object, key);
      return member === undefined ? [] : `${canonicalizeString(key)}:${canonicalizeJson(member)}`;
    });
  return `{${members.join(',')}}`;
}

/**
 * The same text in pieces, one for each item of a list that is the value or a member of it: a long
 * list is never one text.
 */
export function* listCanonicalPieces(value: JsonValue): Generator<string> {
  if (Array.isArray(value)) yield* listItems(value);
  else if (isJsonObject(value)) yield* listMembers(value);
  else yield canonicalizeJson(value);
}

function* listItems(items: readonly JsonValue[]): Generator<string> {
  let mark = '[';
  for (const item of items) {
    yield mark + canonicalizeJson(item);
    mark = ',';
  }
  yield mark === '[' ? '[]' : ']';
}

function* listMembers(object: JsonObject): Generator<string> {
  let mark = '{';
  for (const key of Object.keys(object).sort()) {
    const member = getOwn(object, key);
    if (member === undefined) continue;
    yield `${mark}${canonicalizeString(key)}:`;
    mark = ',';
    yield* listCanonicalPieces(member);
  }
  yield mark === '{' ? '{}' : '}';
}

function canonicalizeString(text: string): string {
  if (!text.isWellFormed()) throw new RangeError('canonical JSON has no lone surrogates');
  return JSON.stringify(text);
}

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
  return Array.isArray(value) ? canonicalizeList(value) : canonicalizeObject(value as JsonObject);
}

function canonicalizeList(items: readonly JsonValue[]): string {
  let text = '[';
  for (let at = 0; at < items.length; at++)
    text += (at === 0 ? '' : ',') + canonicalizeJson(items[at] as JsonValue);
  return `${text}]`;
}

function canonicalizeObject(object: JsonObject): string {
  let text = '{';
  for (const key of listSortedKeys(object)) {
    const member = getOwn(object, key);
    if (member === undefined) continue;
    const mark = text.length === 1 ? '' : ',';
    text += `${mark}${canonicalizeString(key)}:${canonicalizeJson(member)}`;
  }
  return `${text}}`;
}

/** Most objects have few members, and many have them in this order already. */
function listSortedKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object);
  for (let at = 1; at < keys.length; at++)
    if ((keys[at - 1] as string) > (keys[at] as string)) return keys.sort();
  return keys;
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
  for (const key of listSortedKeys(object)) {
    const member = getOwn(object, key);
    if (member === undefined) continue;
    yield `${mark}${canonicalizeString(key)}:`;
    mark = ',';
    yield* listCanonicalPieces(member);
  }
  yield mark === '{' ? '{}' : '}';
}

/** A text of which JSON escapes nothing. */
const PLAIN = /^[ !#-[\]-~]*$/;

function canonicalizeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new RangeError('canonical JSON has no lone surrogates');
  return JSON.stringify(text);
}

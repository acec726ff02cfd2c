import { type Digest, hashPieces } from '../../core/digest.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { getOwn, setOwn } from '../../core/own.ts';
import type { Gate } from '../../core/verdict.ts';
import { listCanonicalPieces } from '../../formats/json/canonical.ts';
import { FACT_NAMES, FACTS } from './catalogue.ts';
import type { CelType } from './cel/type.ts';
import { type Facts, PartialList, UnknownFact } from './facts.ts';

/**
 * The facts that a gate decides on, as canonical JSON. An unknown fact is `{"$unknown": CODE}`, a
 * list that lacks elements is `{"$known": […], "$unknown": CODE}`: no fact has such a form, so no
 * known fact looks like it.
 */
export function encodeFacts(facts: Facts, gate: Gate): JsonObject {
  const encoded: Record<string, JsonValue> = {};
  // Each is encoded when it is asked for: the components of a heavy image are many.
  for (const name of FACT_NAMES.filter((one) => FACTS[one].gates.includes(gate)))
    Object.defineProperty(encoded, name, {
      enumerable: true,
      get: () => encodeFact(facts[name], FACTS[name].type),
    });
  return encoded;
}

export function hashFacts(facts: Facts, gate: Gate): Digest {
  return hashEncodedFacts(encodeFacts(facts, gate));
}

/** Of encoded facts whose texts were listed: to hash them would encode all of them once more. */
const digests = new WeakMap<JsonObject, Digest>();

/** The digest of their canonical JSON. */
export function hashEncodedFacts(encoded: JsonObject): Digest {
  return digests.get(encoded) ?? hashPieces(listCanonicalPieces(encoded));
}

/**
 * The canonical text of each encoded fact; null where they are longer than `charsMax` together.
 * Their digest is known from then on.
 */
export function listFactTexts(
  encoded: JsonObject,
  charsMax: number,
): ReadonlyMap<string, string> | null {
  const texts = new Map<string, string>();
  let left = charsMax;
  for (const name of Object.keys(encoded)) {
    const value = getOwn(encoded, name);
    if (value === undefined) continue;
    const text = canonicalizeWithin(value, left);
    if (text === null) return null;
    left -= text.length;
    texts.set(name, text);
  }
  digests.set(encoded, hashPieces(listMembers(texts)));
  return texts;
}

function* listMembers(texts: ReadonlyMap<string, string>): Generator<string> {
  let mark = '{';
  for (const name of [...texts.keys()].sort()) {
    yield `${mark}${JSON.stringify(name)}:${texts.get(name)}`;
    mark = ',';
  }
  yield mark === '{' ? '{}' : '}';
}

function canonicalizeWithin(value: JsonValue, charsMax: number): string | null {
  const pieces: string[] = [];
  let chars = 0;
  for (const piece of listCanonicalPieces(value)) {
    chars += piece.length;
    if (chars > charsMax) return null;
    pieces.push(piece);
  }
  return pieces.join('');
}

const NOT_GATHERED: JsonObject = { $unknown: 'FACT_UNKNOWN' };

function encodeFact(raw: unknown, type: CelType): JsonValue {
  if (raw instanceof UnknownFact) return { $unknown: raw.failure.code };
  if (raw === undefined) return NOT_GATHERED;
  if (raw === null) return null;
  if (raw instanceof PartialList) {
    return { $known: encodeList(raw.items, type), $unknown: raw.rest.failure.code };
  }
  if (Array.isArray(raw)) return encodeList(raw, type);
  if (type.kind === 'object' && typeof raw === 'object')
    return encodeFactRecord(raw as Record<string, unknown>, type.fields);
  if (type.kind === 'timestamp' && typeof raw === 'number') return encodeMoment(raw);
  if (typeof raw === 'string') return raw.toWellFormed();
  return typeof raw === 'boolean' || Number.isFinite(raw)
    ? (raw as boolean | number)
    : NOT_GATHERED;
}

function encodeList(items: readonly unknown[], type: CelType): JsonValue {
  return type.kind === 'list' ? items.map((item) => encodeFact(item, type.of)) : NOT_GATHERED;
}

function encodeFactRecord(
  raw: Record<string, unknown>,
  fields: { readonly [field: string]: CelType },
): JsonObject {
  const encoded: Record<string, JsonValue> = {};
  for (const field of Object.keys(fields)) {
    const type = getOwn(fields, field);
    if (type !== undefined) setOwn(encoded, field, encodeFact(getOwn(raw, field), type));
  }
  return encoded;
}

function encodeMoment(ms: number): JsonValue {
  return Number.isSafeInteger(ms) && Math.abs(ms) < 253_402_300_800_000
    ? formatInstant(ms as Instant)
    : NOT_GATHERED;
}

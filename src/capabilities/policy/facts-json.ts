import { type Digest, sha256 } from '../../core/digest.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Gate } from '../../core/verdict.ts';
import { canonicalJson } from '../../formats/json/canonical.ts';
import { FACT_NAMES, FACTS } from './catalogue.ts';
import type { CelType } from './cel/type.ts';
import { type Facts, PartialList, Unknown } from './facts.ts';

/**
 * The facts that a gate decides on, as canonical JSON has them. What is unknown stands as `{"$unknown": CODE}`, a list
 * that lacks elements as `{"$known": […], "$unknown": CODE}`: no fact has such a form, so nothing known looks like it.
 */
export function factsJson(facts: Facts, gate: Gate): JsonObject {
  const known = FACT_NAMES.filter((name) => FACTS[name].gates.includes(gate));
  return Object.fromEntries(known.map((name) => [name, factJson(facts[name], FACTS[name].type)]));
}

export function factsDigest(facts: Facts, gate: Gate): Digest {
  return sha256(canonicalJson(factsJson(facts, gate)));
}

const NOT_GATHERED: JsonObject = { $unknown: 'FACT_UNKNOWN' };

function factJson(raw: unknown, type: CelType): JsonValue {
  if (raw instanceof Unknown) return { $unknown: raw.failure.code };
  if (raw === undefined) return NOT_GATHERED;
  if (raw === null) return null;
  if (raw instanceof PartialList) {
    return { $known: listJson(raw.items, type), $unknown: raw.rest.failure.code };
  }
  if (Array.isArray(raw)) return listJson(raw, type);
  if (type.kind === 'object' && typeof raw === 'object') return recordJson(raw as Record<string, unknown>, type.fields);
  if (type.kind === 'timestamp' && typeof raw === 'number') return momentJson(raw);
  if (typeof raw === 'string') return raw.toWellFormed();
  return typeof raw === 'boolean' || Number.isFinite(raw) ? (raw as boolean | number) : NOT_GATHERED;
}

function listJson(items: readonly unknown[], type: CelType): JsonValue {
  return type.kind === 'list' ? items.map((item) => factJson(item, type.of)) : NOT_GATHERED;
}

function recordJson(raw: Record<string, unknown>, fields: { readonly [field: string]: CelType }): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([field, type]) => [field, factJson(raw[field], type)]));
}

function momentJson(ms: number): JsonValue {
  return Number.isSafeInteger(ms) && Math.abs(ms) < 253_402_300_800_000 ? formatInstant(ms as Instant) : NOT_GATHERED;
}

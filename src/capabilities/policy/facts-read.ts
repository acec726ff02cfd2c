import { FAILURES, Failure, type FailureCode } from '../../core/failure.ts';
import { parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Gate } from '../../core/verdict.ts';
import { FACT_NAMES, FACTS } from './catalogue.ts';
import type { CelType } from './cel/type.ts';
import { type Facts, PartialList, Unknown } from './facts.ts';

/**
 * Recorded facts as they were: the inverse of `factsJson`. What has another form than its fact is unknown, so is a fact
 * that was not there when this was recorded; nothing is ever made up (foundation 1).
 */
export function factsFromJson(json: JsonObject, gate: Gate): Facts {
  const known = FACT_NAMES.filter((name) => FACTS[name].gates.includes(gate));
  return Object.fromEntries(known.map((name) => [name, factFrom(json[name], FACTS[name].type)])) as Facts;
}

function factFrom(value: JsonValue | undefined, type: CelType): unknown {
  if (value === undefined) return neverRecorded();
  if (value === null) return type.nullable === true ? null : neverRecorded();
  if (isJsonObject(value) && Object.hasOwn(value, '$unknown')) return unknownFrom(value, type);
  if (type.kind === 'list') return Array.isArray(value) ? itemsFrom(value, type.of) : neverRecorded();
  if (type.kind === 'object') return isJsonObject(value) ? recordFrom(value, type.fields) : neverRecorded();
  if (type.kind === 'timestamp') return momentFrom(value);
  return hasKind(value, type) ? value : neverRecorded();
}

function unknownFrom(value: JsonObject, type: CelType): Unknown | PartialList<unknown> {
  const { $known: known, $unknown: code } = value;
  const unknown = wasUnknown(code);
  if (known === undefined || type.kind !== 'list' || !Array.isArray(known)) return unknown;
  return new PartialList(itemsFrom(known, type.of), unknown);
}

function itemsFrom(values: readonly JsonValue[], of: CelType): readonly unknown[] {
  return values.map((value) => factFrom(value, of));
}

function recordFrom(value: JsonObject, fields: { readonly [field: string]: CelType }): object {
  return Object.fromEntries(Object.entries(fields).map(([field, type]) => [field, factFrom(value[field], type)]));
}

function momentFrom(value: JsonValue): unknown {
  const moment = typeof value === 'string' ? parseInstant(value) : null;
  return moment?.ok === true ? moment.value : neverRecorded();
}

function hasKind(value: JsonValue, type: CelType): boolean {
  if (type.kind === 'string') return typeof value === 'string';
  if (type.kind === 'bool') return typeof value === 'boolean';
  return typeof value === 'number';
}

function wasUnknown(code: JsonValue | undefined): Unknown {
  const known = typeof code === 'string' && Object.hasOwn(FAILURES, code) ? (code as FailureCode) : 'FACT_UNKNOWN';
  return new Unknown(new Failure(known, 'it was unknown when it was recorded', 'Have it decided again.'));
}

function neverRecorded(): Unknown {
  return new Unknown(new Failure('FACT_UNKNOWN', 'it was never recorded', 'Have it decided again.'));
}

import { FAILURES, Failure, type FailureCode } from '../../core/failure.ts';
import { parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import type { Gate } from '../../core/verdict.ts';
import { FACT_NAMES, FACTS } from './catalogue.ts';
import type { CelType } from './cel/type.ts';
import { type Facts, PartialList, UnknownFact } from './facts.ts';

/**
 * Reads recorded facts: the inverse of `encodeFacts`. A value of the wrong form is unknown, and so
 * is a fact that did not exist when the facts were recorded; nothing is ever invented (foundation
 * 1).
 */
export function decodeFacts(json: JsonObject, gate: Gate): Facts {
  const known = FACT_NAMES.filter((name) => FACTS[name].gates.includes(gate));
  return Object.fromEntries(
    known.map((name) => [name, decodeFact(json[name], FACTS[name].type)]),
  ) as Facts;
}

function decodeFact(value: JsonValue | undefined, type: CelType): unknown {
  if (value === undefined) return makeUnrecorded();
  if (value === null) return type.nullable === true ? null : makeUnrecorded();
  if (isJsonObject(value) && Object.hasOwn(value, '$unknown')) return decodeUnknown(value, type);
  if (type.kind === 'list')
    return Array.isArray(value) ? decodeItems(value, type.of) : makeUnrecorded();
  if (type.kind === 'object')
    return isJsonObject(value) ? decodeRecord(value, type.fields) : makeUnrecorded();
  if (type.kind === 'timestamp') return decodeMoment(value);
  return hasKind(value, type) ? value : makeUnrecorded();
}

function decodeUnknown(value: JsonObject, type: CelType): UnknownFact | PartialList<unknown> {
  const { $known: known, $unknown: code } = value;
  const unknown = restoreUnknown(code);
  if (known === undefined || type.kind !== 'list' || !Array.isArray(known)) return unknown;
  return new PartialList(decodeItems(known, type.of), unknown);
}

function decodeItems(values: readonly JsonValue[], of: CelType): readonly unknown[] {
  return values.map((value) => decodeFact(value, of));
}

function decodeRecord(value: JsonObject, fields: { readonly [field: string]: CelType }): object {
  return Object.fromEntries(
    Object.entries(fields).map(([field, type]) => [field, decodeFact(getOwn(value, field), type)]),
  );
}

function decodeMoment(value: JsonValue): unknown {
  const moment = typeof value === 'string' ? parseInstant(value) : null;
  return moment?.ok === true ? moment.value : makeUnrecorded();
}

function hasKind(value: JsonValue, type: CelType): boolean {
  if (type.kind === 'string') return typeof value === 'string';
  if (type.kind === 'bool') return typeof value === 'boolean';
  return typeof value === 'number';
}

function restoreUnknown(code: JsonValue | undefined): UnknownFact {
  const known =
    typeof code === 'string' && Object.hasOwn(FAILURES, code)
      ? (code as FailureCode)
      : 'FACT_UNKNOWN';
  return new UnknownFact(
    new Failure(known, 'it was unknown when it was recorded', 'Ask the gate again.'),
  );
}

function makeUnrecorded(): UnknownFact {
  return new UnknownFact(
    new Failure('FACT_UNKNOWN', 'it was never recorded', 'Ask the gate again.'),
  );
}

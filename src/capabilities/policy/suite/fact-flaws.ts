import { parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import type { Gate } from '../../../core/verdict.ts';
import { FACT_NAMES, FACTS } from '../catalogue.ts';
import type { CelType } from '../cel/type.ts';

/**
 * What is wrong with facts that a person wrote, with its place; null if they can be read as they
 * are meant. Recorded facts of another version are read as unknown instead (`decodeFacts`): in a
 * test a misspelled name must not look like a fact that nobody gathered.
 */
export function findFactFlaw(facts: JsonObject, gate: Gate): string | null {
  for (const [name, value] of Object.entries(facts)) {
    const known = FACT_NAMES.find((one) => one === name);
    if (known === undefined) return `no fact is called ${name}`;
    if (!FACTS[known].gates.includes(gate)) return `the ${gate} gate cannot know ${name}`;
    const flaw = findValueFlaw(value ?? null, FACTS[known].type, name);
    if (flaw !== null) return flaw;
  }
  return null;
}

function findValueFlaw(value: JsonValue, type: CelType, place: string): string | null {
  if (value === null) return type.nullable === true ? null : `${place} cannot be null`;
  if (isJsonObject(value) && Object.hasOwn(value, '$unknown'))
    return findUnknownFlaw(value, type, place);
  if (type.kind === 'list') {
    if (!Array.isArray(value)) return `${place} is no list`;
    return findFirst(value, (item, at) => findValueFlaw(item, type.of, `${place}[${at}]`));
  }
  if (type.kind === 'object') {
    if (!isJsonObject(value)) return `${place} is no object`;
    return findFirst(Object.entries(value), ([name, item]) => {
      const field = getOwn(type.fields, name);
      if (field === undefined) return `${place} has no field ${name}`;
      return findValueFlaw(item ?? null, field, `${place}.${name}`);
    });
  }
  return hasForm(value, type) ? null : `${place} is no ${describeKind(type)}`;
}

function findUnknownFlaw(value: JsonObject, type: CelType, place: string): string | null {
  const { $unknown: code, $known: known, ...rest } = value;
  if (typeof code !== 'string') return `${place}.$unknown is no code of a failure`;
  if (Object.keys(rest).length > 0) return `${place} is unknown and has a value`;
  if (known === undefined) return null;
  if (type.kind !== 'list') return `${place} is no list, so no part of it is known`;
  return findValueFlaw(known, type, `${place}.$known`);
}

function findFirst<T>(
  items: readonly T[],
  find: (item: T, at: number) => string | null,
): string | null {
  for (const [at, item] of items.entries()) {
    const flaw = find(item, at);
    if (flaw !== null) return flaw;
  }
  return null;
}

function hasForm(value: JsonValue, type: CelType): boolean {
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' && (type.closed !== true || isChoice(value, type));
    case 'bool':
      return typeof value === 'boolean';
    case 'timestamp':
      return typeof value === 'string' && parseInstant(value).ok;
    case 'int':
      return Number.isSafeInteger(value);
    default:
      return typeof value === 'number';
  }
}

function isChoice(value: string, type: CelType & { kind: 'string' }): boolean {
  return value === type.unknownText || (type.values?.includes(value) ?? true);
}

function describeKind(type: CelType): string {
  if (type.kind === 'timestamp') return 'time of the form 2026-11-22T12:00:00Z';
  if (type.kind !== 'string') return type.kind;
  return type.closed === true ? `one of ${type.values?.join(', ')}` : 'text';
}

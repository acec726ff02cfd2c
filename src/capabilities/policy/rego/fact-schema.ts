import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { FACT_NAMES, FACTS, PARAMETERS, type ParameterName } from '../catalogue.ts';
import type { CelType } from '../cel/type.ts';
import type { RegoPart } from './rego-part.ts';

const TEXT: JsonObject = { type: 'string' };

/** What rules in Rego read, as JSON Schema: a name that is not in it is an error of the rule. */
export function buildInputSchema(reads: RegoPart['reads']): JsonObject {
  const names = FACT_NAMES.filter((name) => reads?.has(name) ?? true);
  return close({
    gate: TEXT,
    now: TEXT,
    params: close(
      Object.fromEntries(
        (Object.keys(PARAMETERS) as ParameterName[]).map((name) => [
          name,
          sayType(PARAMETERS[name].type),
        ]),
      ),
    ),
    facts: close(
      Object.fromEntries(
        names.map((name) => [
          name,
          sayType(narrowType(FACTS[name].type, reads?.get(name) ?? null)),
        ]),
      ),
    ),
  });
}

/** The type with these fields alone; null: with all. */
function narrowType(type: CelType, fields: ReadonlySet<string> | null): CelType {
  if (fields === null) return type;
  if (type.kind === 'list') return { ...type, of: narrowType(type.of, fields) };
  if (type.kind !== 'object') return type;
  const own = Object.entries(type.fields).filter(([name]) => fields.has(name));
  return { ...type, fields: Object.fromEntries(own) };
}

/** Facts as they are recorded: moments and spans are texts. */
function sayType(type: CelType): JsonObject {
  const { type: name, ...rest } = sayPlain(type);
  if (type.nullable !== true || name === undefined) return { ...rest, ...(name && { type: name }) };
  return { ...rest, type: [name as JsonValue, 'null'] };
}

function sayPlain(type: CelType): JsonObject {
  switch (type.kind) {
    case 'bool':
      return { type: 'boolean' };
    case 'int':
    case 'uint':
    case 'double':
      return { type: 'number' };
    case 'list':
      return { type: 'array', items: sayType(type.of) };
    case 'object':
      return close(
        Object.fromEntries(Object.entries(type.fields).map(([name, of]) => [name, sayType(of)])),
      );
    case 'dyn':
      return {};
    default:
      return TEXT;
  }
}

function close(properties: JsonObject): JsonObject {
  return { type: 'object', properties, additionalProperties: false };
}

import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** Families of built-in functions that compute from their arguments alone. */
const FAMILIES: ReadonlySet<string> = new Set([
  ...['array', 'base64', 'base64url', 'bits', 'glob', 'graph', 'hex', 'internal', 'json'],
  ...[
    'numbers',
    'object',
    'regex',
    'semver',
    'strings',
    'time',
    'units',
    'uri',
    'urlquery',
    'yaml',
  ],
]);
/** Members of other families that do the same. */
const MEMBERS: ReadonlySet<string> = new Set([
  ...['crypto.md5', 'crypto.sha1', 'crypto.sha256', 'rego.metadata.chain', 'rego.metadata.rule'],
  ...['net.cidr_contains', 'net.cidr_contains_matches', 'net.cidr_intersects', 'net.cidr_is_valid'],
]);

/**
 * What rules may call, of what this OPA offers: an allow list, so that a function of a later OPA is
 * refused until it is known here. No network, clock, chance, environment or key is among them
 * (G46), and no schema is fetched.
 */
export function restrictCapabilities(offered: JsonValue): JsonObject {
  const builtins = isJsonObject(offered) ? offered['builtins'] : undefined;
  if (!isJsonObject(offered) || !Array.isArray(builtins))
    throw new Failure('CONFIG_INVALID', 'opa names no capabilities', 'Use OPA 1.0 or newer.');
  return {
    ...offered,
    builtins: (builtins as readonly JsonValue[]).filter(isPure),
    // mutant rego-with-a-network by opa: value -> ['*']
    allow_net: [],
  };
}

function isPure(builtin: JsonValue): boolean {
  if (!isJsonObject(builtin) || builtin['nondeterministic'] === true) return false;
  const name = `${builtin['name']}`;
  const [family = '', member] = name.split('.', 2);
  // mutant rego-function-of-any-family by opa: value -> true
  return member === undefined || FAMILIES.has(family) || MEMBERS.has(name);
}

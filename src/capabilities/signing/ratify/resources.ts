import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { splitYamlDocuments } from '../../../formats/yaml/block.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';

/** A resource of Ratify, as `kubectl get -o yaml` prints it. */
export interface RatifyResource {
  /** `v1` of config.ratify.deislabs.io, `v2` of config.ratify.sh. */
  readonly generation: 'v1' | 'v2';
  readonly kind: string;
  readonly name: string;
  /** Null of a resource that is for the whole cluster. */
  readonly namespace: string | null;
  readonly spec: JsonObject;
}

export interface ResourceReading {
  readonly resources: readonly RatifyResource[];
  /** Resources of others, by kind and name. */
  readonly others: readonly string[];
}

const RESOURCES_MAX = 1_000;

/**
 * Reads resources from YAML or JSON: several documents, and lists of them. A failure is MALFORMED
 * or LIMIT_EXCEEDED.
 *
 * @example parseRatifyResources(await readFile('ratify.yaml', 'utf8'))
 */
export function parseRatifyResources(text: string): Result<ResourceReading> {
  if (Buffer.byteLength(text) > LIMITS.configBytesMax)
    return fail('LIMIT_EXCEEDED', `over ${LIMITS.configBytesMax} bytes`, 'Name fewer resources.');
  const items: JsonValue[] = [];
  for (const document of splitYamlDocuments(text)) {
    const value = parseYaml(document, { bytesMax: LIMITS.configBytesMax });
    if (!value.ok) return value;
    if (value.value !== null) items.push(...listItems(value.value));
  }
  // mutant empty-input-of-ratify by ratify: condition -> false
  if (items.length === 0) return malformed('there is no resource in it');
  if (items.length > RESOURCES_MAX)
    return fail('LIMIT_EXCEEDED', `over ${RESOURCES_MAX} resources`, 'Name fewer resources.');
  const resources: RatifyResource[] = [];
  const others: string[] = [];
  for (const item of items) {
    const resource = readResource(item);
    if (!resource.ok) return resource;
    if (typeof resource.value === 'string') others.push(resource.value);
    else resources.push(resource.value);
  }
  return ok({ resources, others });
}

function listItems(value: JsonValue): readonly JsonValue[] {
  if (!isJsonObject(value)) return [value];
  const { kind, items } = value;
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)
    ? items
    : [value];
}

/** A resource of another group as the text that names it. */
function readResource(value: JsonValue): Result<RatifyResource | string> {
  const { apiVersion, kind, metadata, spec } = isJsonObject(value) ? value : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isJsonObject(metadata))
    return malformed('a document is no resource of Kubernetes');
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') return malformed(`a ${kind} has no name`);
  const generation = findGeneration(apiVersion);
  if (generation === null) return ok(`${kind} ${name}`);
  const about = { generation, kind, name, spec: isJsonObject(spec) ? spec : {} };
  // A NamespacedVerifier has its namespace where a Verifier has none.
  return ok({ ...about, namespace: typeof namespace === 'string' ? namespace : null });
}

function findGeneration(apiVersion: string): 'v1' | 'v2' | null {
  const [group] = apiVersion.split('/');
  if (group === 'config.ratify.deislabs.io') return 'v1';
  return group === 'config.ratify.sh' ? 'v2' : null;
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', why, 'Give the output of: kubectl get -o yaml.');
}

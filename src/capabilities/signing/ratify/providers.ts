import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import type { RatifyResource } from './resources.ts';

/** What a provider of keys holds: PEM, or why it cannot be read here. */
export type ProvidedKeys =
  | { readonly kind: 'certificates' | 'keys'; readonly pem: string }
  | { readonly kind: 'elsewhere'; readonly why: string };

/** By the names with which verifiers refer to them: `name`, and `namespace/name`. */
export function listProviders(
  resources: readonly RatifyResource[],
): ReadonlyMap<string, ProvidedKeys> {
  const providers = new Map<string, ProvidedKeys>();
  for (const { kind, name, namespace, spec } of resources) {
    if (!/^(?:Namespaced)?(?:KeyManagementProvider|CertificateStore)$/.test(kind)) continue;
    const provided = readProvider(spec);
    if (namespace === null) providers.set(name, provided);
    else providers.set(`${namespace}/${name}`, provided);
  }
  return providers;
}

/** `type` since v1beta1, and `provider` of the older CertificateStore. */
function readProvider(spec: JsonObject): ProvidedKeys {
  const type = spec['type'] ?? spec['provider'];
  const parameters = isJsonObject(spec['parameters']) ? spec['parameters'] : {};
  if (type !== 'inline') return describeElsewhere(String(type), parameters);
  const { value, contentType } = parameters;
  if (typeof value !== 'string') return { kind: 'elsewhere', why: 'it has no value' };
  return { kind: contentType === 'key' ? 'keys' : 'certificates', pem: value };
}

const FETCHERS: ReadonlyMap<string, string> = new Map([
  ['azurekeyvault', 'Azure Key Vault: az keyvault certificate download'],
  ['azurekv', 'Azure Key Vault: az keyvault certificate download'],
  ['filesystem', 'a folder of the pod'],
]);

function describeElsewhere(type: string, parameters: JsonObject): ProvidedKeys {
  const vault = parameters['vaultURI'] ?? parameters['vaultURL'];
  const where = FETCHERS.get(type) ?? `a provider of the type ${type.slice(0, 80)}`;
  const named = typeof vault === 'string' ? ` (${vault.slice(0, 200)})` : '';
  return { kind: 'elsewhere', why: `what it holds is in ${where}${named}` };
}

/** The providers of a verifier of v2, each by its type: `inline`, `azurekeyvault`, `filesystem`. */
export function readOwnProviders(
  options: JsonObject,
  kind: 'certificates' | 'keys',
): readonly ProvidedKeys[] {
  return Object.entries(options)
    .filter(([type]) => type !== 'type')
    .map(([type, value]) => {
      if (type !== 'inline') return describeElsewhere(type, isJsonObject(value) ? value : {});
      const pem = readInline(value, kind === 'certificates' ? 'certs' : 'keys');
      return pem === null
        ? { kind: 'elsewhere' as const, why: 'its inline value is no text' }
        : { kind, pem };
    });
}

/** Newer releases have a map where older ones have the text. */
function readInline(value: JsonValue | undefined, member: string): string | null {
  const text = isJsonObject(value) ? getOwn(value, member) : value;
  return typeof text === 'string' ? text : null;
}

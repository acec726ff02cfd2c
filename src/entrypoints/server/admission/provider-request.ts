import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';

/** One key of an external-data request: an image, and what the template says of who asks for it. */
export interface ProviderKey {
  /** As it was asked: the answer repeats it, and Gatekeeper finds it by that. */
  readonly key: string;
  readonly image: string;
  /** Empty where the key does not say it: facts about it are unknown. */
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

export const PROVIDER_API = 'externaldata.gatekeeper.sh/v1beta1';
/** Ratify still sends and expects the older one; the two have the same members. */
const APIS: ReadonlySet<unknown> = new Set([PROVIDER_API, 'externaldata.gatekeeper.sh/v1alpha1']);

/**
 * The keys of a request of Gatekeeper (externaldata ProviderRequest), each once. A key is an image,
 * with or without `[namespace]` as Ratify's templates write it, or `[namespace/kind/name]` as ours
 * do. MALFORMED or LIMIT_EXCEEDED for what is no such request.
 */
export function parseProviderRequest(bytes: Uint8Array): Result<readonly ProviderKey[]> {
  const parsed = parseJson(bytes, { bytesMax: LIMITS.admissionRequestBytesMax });
  if (!parsed.ok) return parsed;
  const document = isJsonObject(parsed.value) ? parsed.value : {};
  const request = isJsonObject(document['request']) ? document['request'] : {};
  const keys: JsonValue | undefined = request['keys'];
  if (
    !APIS.has(document['apiVersion']) ||
    document['kind'] !== 'ProviderRequest' ||
    !Array.isArray(keys)
  )
    return fail(
      'MALFORMED',
      `not a ProviderRequest of ${PROVIDER_API} with a list of keys`,
      'Use a version of Gatekeeper that is supported.',
    );
  const texts = new Set<string>();
  for (const key of keys as readonly JsonValue[]) {
    if (typeof key !== 'string')
      return fail('MALFORMED', 'a key that is no text', 'Send images as keys.');
    if (key.length > LIMITS.providerKeyLengthMax)
      return fail(
        'LIMIT_EXCEEDED',
        `a key of ${key.length} characters; the limit is ${LIMITS.providerKeyLengthMax}`,
        'Name the image by a shorter reference.',
      );
    texts.add(key);
  }
  // mutant provider-keys-limit by provide: condition -> $operand < 0
  if (texts.size > LIMITS.admissionImagesMax)
    return fail(
      'LIMIT_EXCEEDED',
      `${texts.size} keys are over the limit of ${LIMITS.admissionImagesMax}`,
      'Split the workload.',
    );
  return ok([...texts].map(parseKey));
}

function parseKey(key: string): ProviderKey {
  const end = key.startsWith('[') ? key.indexOf(']') : -1;
  if (end < 0) return { key, image: key, namespace: '', kind: '', name: '' };
  const [namespace = '', kind = '', ...rest] = key.slice(1, end).split('/');
  return { key, image: key.slice(end + 1), namespace, kind, name: rest.join('/') };
}

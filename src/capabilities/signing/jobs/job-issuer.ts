import { createPublicKey, type KeyObject } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';

export const JOB_PLATFORMS = ['github-actions', 'gitlab', 'azure-pipelines'] as const;
export type JobPlatform = (typeof JOB_PLATFORMS)[number];

/** Who vouches for the jobs of a platform, and the keys that were pinned for it. */
export interface JobIssuer {
  readonly platform: JobPlatform;
  /** `iss` of its tokens, exactly. */
  readonly issuer: string;
  /** `aud` of the tokens that count here. */
  readonly audience: string;
  /** Where the repositories of GitHub are: `https://github.com`, or a server of one's own. */
  readonly server: string;
  readonly keys: readonly JobKey[];
}

export interface JobKey {
  readonly id: string;
  readonly algorithm: 'RS256' | 'ES256';
  readonly key: KeyObject;
}

const KEYS_MAX = 32;
const MEMBERS = ['platform', 'issuer', 'audience', 'server', 'keys'];

/** Reads the pinned keys of a platform: a JWKS (RFC 7517 §5) and for whom it is. */
export function parseJobIssuer(bytes: Uint8Array): Result<JobIssuer> {
  const text = decodeUtf8(bytes);
  const json = text.ok ? parseJson(text.value, { bytesMax: LIMITS.configBytesMax }) : text;
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return malformed('it is no object');
  const odd = Object.keys(json.value).find((name) => !MEMBERS.includes(name));
  if (odd !== undefined)
    return malformed(`the member ${JSON.stringify(odd.slice(0, 100))} is unknown`);
  const { platform, issuer, audience, server = 'https://github.com', keys } = json.value;
  const known = JOB_PLATFORMS.find((one) => one === platform);
  if (known === undefined) return malformed(`platform is not one of ${JOB_PLATFORMS.join(', ')}`);
  if (!isAddress(issuer) || !isAddress(server))
    return malformed('issuer or server is no https:// address');
  if (typeof audience !== 'string' || audience === '') return malformed('audience is no text');
  const read = readKeys(keys);
  return read.ok ? ok({ platform: known, issuer, audience, server, keys: read.value }) : read;
}

function isAddress(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && /^https:\/\/[^\s/?#]+(?:\/[^\s?#]*[^\s?#/])?$/.test(value);
}

function readKeys(value: JsonValue | undefined): Result<readonly JobKey[]> {
  const listed = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  if (listed.length === 0 || listed.length > KEYS_MAX)
    return malformed(`keys is no list of 1 to ${KEYS_MAX} keys`);
  const keys: JobKey[] = [];
  for (const one of listed) {
    const key = isJsonObject(one) ? readKey(one) : malformed('a key is no object');
    if (!key.ok) return key;
    if (keys.some(({ id }) => id === key.value.id)) return malformed('two keys have one kid');
    keys.push(key.value);
  }
  return ok(keys);
}

/** The keys of a JWKS that can be used here; the others are left out, as issuers have them too. */
export function readKeySet(bytes: Uint8Array): Result<readonly JobKey[]> {
  const json = parseJson(bytes, { bytesMax: LIMITS.configBytesMax });
  if (!json.ok) return json;
  const listed = isJsonObject(json.value) ? json.value['keys'] : undefined;
  if (!Array.isArray(listed)) return malformed('it is no JWKS');
  const read = (listed as readonly JsonValue[])
    .slice(0, KEYS_MAX)
    .map((one) => (isJsonObject(one) ? readKey(one) : malformed('a key is no object')));
  const keys = read.flatMap((key) => (key.ok ? [key.value] : []));
  return ok(keys.filter(({ id }, at) => keys.findIndex((one) => one.id === id) === at));
}

/** RFC 7518 §6: RSA of 2,048 bits or more, or P-256. */
function readKey(jwk: JsonObject): Result<JobKey> {
  const { kid, use = 'sig', kty, alg } = jwk;
  const algorithm = kty === 'RSA' ? 'RS256' : kty === 'EC' ? 'ES256' : null;
  if (typeof kid !== 'string' || kid === '') return malformed('a key has no kid');
  if (algorithm === null || use !== 'sig' || (alg !== undefined && alg !== algorithm))
    return malformed('a key is not for signatures of RS256 or ES256');
  if (jwk['d'] !== undefined) return malformed('a key is private');
  const read = createKey(jwk);
  if (read === null) return malformed('a key cannot be read');
  const { modulusLength = 0, namedCurve } = read.asymmetricKeyDetails ?? {};
  if (algorithm === 'RS256' ? modulusLength < 2_048 : namedCurve !== 'prime256v1')
    return malformed('a key is too short, or on another curve than P-256');
  return ok({ id: kid, algorithm, key: read });
}

function createKey(jwk: JsonObject): KeyObject | null {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return null;
  }
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not the pinned keys of a platform: ${why}`,
    'Write { platform, issuer, audience, keys }, with the keys of the JWKS of the issuer.',
  );
}

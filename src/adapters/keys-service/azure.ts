import type { JsonWebKey } from 'node:crypto';
import { openServiceKey, type SigningKeys } from '../../capabilities/signing/index.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { type AzureChallenge, getAzureToken } from './azure-token.ts';
import {
  type KeyReference,
  misnamed,
  parseKeyReference,
  readNamedChain,
  readTrustedRoots,
} from './key-reference.ts';
import { readPublicKey } from './public-key.ts';
import {
  describeRefusal,
  openServiceClient,
  readText,
  refuse,
  type ServiceAnswer,
  type ServiceClient,
  type Variables,
} from './service-client.ts';

const FORM = 'azurekms://VAULT.vault.azure.net/KEY';
const PEER = 'Azure Key Vault';
const API = '7.4';

/**
 * Keys of Azure Key Vault and Managed HSM: `azurekms://VAULT/KEY[/VERSION]`, where a VAULT without
 * a dot is `VAULT.vault.azure.net`. The leaf comes from the certificate of the same name, where the
 * vault has one; `?chain=FILE` gives its issuers or the whole chain. Needed are `keys/get`,
 * `keys/sign` and, for the leaf, `certificates/get`; no secret is read (Azure Key Vault REST API
 * 7.4).
 */
export function openAzureKeys(env: Variables): SigningKeys {
  return {
    open: (reference) =>
      attempt(async () =>
        orThrow(await openKey(env, reference, parseKeyReference(reference, ['chain'], FORM))),
      ),
  };
}

async function openKey(env: Variables, text: string, reference: KeyReference) {
  const [, name, version] =
    /^([A-Za-z0-9-]{1,127})(?:\/([0-9a-f]{32}))?$/.exec(reference.name) ?? [];
  if (name === undefined || reference.place === '') throw misnamed(text, FORM);
  const { place } = reference;
  const host = /[.:]/.test(place) || place === 'localhost' ? place : `${place}.vault.azure.net`;
  const session = await openSession(env, host);
  const path = version === undefined ? name : `${name}/${version}`;
  const read = await session.ask('GET', `keys/${path}`);
  const key = read['key'];
  if (read === MISSING || !isJsonObject(key))
    throw refuse(`${host} has no key ${name}`, 'Check the name of the key and of the vault.');
  const used = readVersion(key, name);
  const service = {
    what: `the key ${name} of ${host}`,
    publicKey: readPublicKey(PEER, { jwk: toJwk(key) }),
    form: 'jose' as const,
    signDigest: async ({ algorithm, digest }: { algorithm: string; digest: Uint8Array }) => {
      const value = Buffer.from(digest).toString('base64url');
      const answer = await session.ask('POST', `keys/${name}/${used}/sign`, {
        alg: algorithm,
        value,
      });
      return Buffer.from(readText(PEER, answer, 'value'), 'base64url');
    },
  };
  return openServiceKey(service, await findChain(session, reference, name, used));
}

/** The version that signs: what is opened and what signs are one key. */
function readVersion(key: JsonObject, name: string): string {
  const version = readText(PEER, key, 'kid').split('/').at(-1) ?? '';
  if (/^[0-9a-f]{32}$/.test(version)) return version;
  throw refuse(`${PEER} does not say which version of ${name} it has`);
}

/** Keys in hardware have types of their own; the numbers are the same. */
function toJwk(key: JsonObject): JsonWebKey {
  const { kty, crv, x, y, n, e } = key as Record<string, string>;
  return kty?.startsWith('EC')
    ? ({ kty: 'EC', crv, x, y } as JsonWebKey)
    : ({ kty: 'RSA', n, e } as JsonWebKey);
}

/** The certificate of the vault before the issuers of the file, or the file alone. */
async function findChain(
  session: AzureSession,
  reference: KeyReference,
  name: string,
  version: string,
): Promise<readonly Uint8Array[]> {
  const named = await readNamedChain(reference);
  const certificate = await session.ask('GET', `certificates/${name}/${version}`);
  const leaf = certificate['cer'];
  if (certificate === MISSING || typeof leaf !== 'string') return named;
  const der = Buffer.from(leaf, 'base64');
  const issuers = named.filter((one) => !der.equals(one));
  return [der, ...issuers];
}

interface AzureSession {
  /** MISSING where there is no such thing. */
  ask(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<JsonObject>;
}

const MISSING: JsonObject = {};

/**
 * The first answer of a vault is a challenge, which says where tokens for it come from (Key Vault,
 * "Authentication, requests and responses").
 */
async function openSession(env: Variables, host: string): Promise<AzureSession> {
  const roots = await readTrustedRoots(env['SSL_CERT_FILE']);
  const client = openServiceClient({ peer: PEER, env, ...roots });
  const authorization = `Bearer ${await logIn(env, client, host)}`;
  return {
    ask: async (method, path, body) => {
      const headers = { Authorization: authorization, 'Content-Type': 'application/json' };
      const url = locate(host, path);
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await client.send({ method, url, headers, ...sent });
      if (answer.status === 200) return answer.json;
      // Without the right to read certificates the chain may still be in the file.
      const isCertificate = path.startsWith('certificates/');
      if (answer.status === 404 || (isCertificate && answer.status === 403)) return MISSING;
      throw refuse(`${PEER} refused: ${describeRefusal(answer, findCode(answer))}`, remedy(answer));
    },
  };
}

async function logIn(env: Variables, client: ServiceClient, host: string): Promise<string> {
  const answer = await client.send({ method: 'GET', url: locate(host, 'keys') });
  const challenge = readChallenge(answer, host);
  return getAzureToken(env, client, challenge);
}

function locate(host: string, path: string): URL {
  const url = new URL(`https://${host}/${path}`);
  url.searchParams.set('api-version', API);
  return url;
}

function readChallenge(answer: ServiceAnswer, host: string): AzureChallenge {
  const header = (answer.headers['www-authenticate'] ?? '').slice(0, 2_000);
  const said = new Map<string, string>();
  for (const [, name = '', value = ''] of header.matchAll(/(\w{1,40})="([^"]*)"/g))
    said.set(name, value);
  const authority = said.get('authorization') ?? said.get('authorization_uri') ?? '';
  const resource = said.get('resource') ?? '';
  if (answer.status !== 401 || !URL.canParse(authority) || !URL.canParse(resource))
    throw refuse(`${host} does not answer like a key vault`, 'Check the name of the vault.');
  const wanted = new URL(resource).hostname;
  const own = host.replace(/:\d+$/, '');
  // A token for another resource must not go to this host.
  // mutant azure-token-for-another-resource by keys-service: condition -> false
  if (own !== wanted && !own.endsWith(`.${wanted}`))
    throw refuse(`${host} asks for a token for ${wanted}`, 'Check the name of the vault.');
  return { authority: new URL(authority), resource: resource.replace(/\/$/, '') };
}

function findCode({ json }: ServiceAnswer) {
  const error = json['error'];
  if (!isJsonObject(error)) return undefined;
  const inner = error['innererror'];
  return isJsonObject(inner) ? inner['code'] : error['code'];
}

function remedy({ status }: ServiceAnswer): string {
  if (status === 401 || status === 403)
    return 'Give the identity Key Vault Crypto User (keys/get, keys/sign) on the vault or the key.';
  return 'Check that the key is enabled, and that the network may reach the vault.';
}

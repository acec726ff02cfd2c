import { homedir } from 'node:os';
import { join } from 'node:path';
import { openServiceKey, type SigningKeys } from '../../capabilities/signing/index.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { readRegularFile } from '../../system/files/read-file.ts';
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

const FORM = 'hashivault://KEY?chain=FILE';
const HASHES = { sha256: 'sha2-256', sha384: 'sha2-384', sha512: 'sha2-512' } as const;

/**
 * Keys of the transit engine of HashiCorp Vault and of OpenBao. Read as their own tools do:
 * `VAULT_ADDR`, `VAULT_TOKEN` or `~/.vault-token`, `VAULT_NAMESPACE`, `VAULT_CACERT`; the engine is
 * at `?mount=`, `TRANSIT_SECRET_ENGINE_PATH` or `transit`; the newest version of a key signs unless
 * `?version=` names one (Vault HTTP API, transit secrets engine).
 */
export function openVaultKeys(env: Variables): SigningKeys {
  return {
    open: (reference) =>
      attempt(async () => orThrow(await openKey(env, parseVaultReference(env, reference)))),
  };
}

interface VaultKeyName {
  readonly reference: KeyReference;
  readonly key: string;
  readonly mount: string;
  readonly version: string | null;
}

function parseVaultReference(env: Variables, text: string): VaultKeyName {
  const reference = parseKeyReference(text, ['chain', 'mount', 'version'], FORM);
  const { place: key, name, parameters } = reference;
  const mount = parameters.get('mount') ?? env['TRANSIT_SECRET_ENGINE_PATH'] ?? 'transit';
  const version = parameters.get('version') ?? null;
  const isSound =
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(key) &&
    name === '' &&
    /^[A-Za-z0-9_-][A-Za-z0-9._/-]*$/.test(mount) &&
    !mount.split('/').includes('..') &&
    (version === null || /^[1-9]\d{0,8}$/.test(version));
  if (!isSound) throw misnamed(text, FORM);
  return { reference, key, mount, version };
}

async function openKey(env: Variables, named: VaultKeyName) {
  const session = await openSession(env, named.mount);
  const read = await session.ask('GET', `keys/${named.key}`);
  const keys = read['keys'];
  const version = named.version ?? String(read['latest_version']);
  const stated = isJsonObject(keys) ? getOwn(keys, version) : undefined;
  if (!isJsonObject(stated) || typeof stated['public_key'] !== 'string')
    throw refuse(
      `Vault has no version ${version.slice(0, 20)} of ${named.key} that can sign`,
      'Use a key of the type ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa-2048, rsa-3072 or rsa-4096.',
    );
  const publicKey = readPublicKey('Vault', { pem: stated['public_key'] });
  const signDigest: Parameters<typeof openServiceKey>[0]['signDigest'] = async (toSign) => {
    const answer = await session.ask('POST', `sign/${named.key}`, {
      input: Buffer.from(toSign.digest).toString('base64'),
      prehashed: true,
      hash_algorithm: HASHES[toSign.hash],
      signature_algorithm: 'pss',
      salt_length: 'hash',
      marshaling_algorithm: 'asn1',
      key_version: Number(version),
    });
    const [, made, signature = ''] =
      /^vault:v(\d+):([A-Za-z0-9+/=]+)$/.exec(readText('Vault', answer, 'signature')) ?? [];
    if (made !== version) throw refuse('Vault signed with another version of the key');
    return Buffer.from(signature, 'base64');
  };
  const what = `the key ${named.key} of Vault`;
  const chain = await readNamedChain(named.reference);
  return openServiceKey({ what, publicKey, form: 'der', signDigest }, chain);
}

interface VaultSession {
  ask(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<JsonObject>;
}

async function openSession(env: Variables, mount: string): Promise<VaultSession> {
  const address = env['VAULT_ADDR'] ?? '';
  if (!URL.canParse(address))
    throw refuse('VAULT_ADDR is not set', 'Set it: VAULT_ADDR=https://vault.example.com:8200.');
  const roots = await readTrustedRoots(env['VAULT_CACERT']);
  const client = openServiceClient({ peer: 'Vault', env, ...roots });
  const headers = {
    'X-Vault-Token': await readToken(env),
    'X-Vault-Request': 'true',
    ...(env['VAULT_NAMESPACE'] ? { 'X-Vault-Namespace': env['VAULT_NAMESPACE'] } : {}),
  };
  return {
    ask: (method, path, body) =>
      ask(client, new URL(`/v1/${mount}/${path}`, address), {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

async function ask(
  client: ServiceClient,
  url: URL,
  request: Omit<Parameters<ServiceClient['send']>[0], 'url'>,
): Promise<JsonObject> {
  const answer = await client.send({ ...request, url });
  const data = answer.json['data'];
  if (answer.status === 200 && isJsonObject(data)) return data;
  throw refuse(`Vault refused: ${describeRefusal(answer, findError(answer))}`, remedy(answer));
}

function findError({ json }: ServiceAnswer) {
  const errors = json['errors'];
  return Array.isArray(errors) ? errors[0] : undefined;
}

function remedy({ status }: ServiceAnswer): string {
  if (status === 403)
    return 'Give the token a policy that reads the key and updates sign/KEY, or log in again.';
  if (status === 404) return 'Check the name of the key and of the engine (?mount=).';
  return 'Check that Vault is unsealed and in reach.';
}

async function readToken(env: Variables): Promise<string> {
  const token = env['VAULT_TOKEN'];
  if (token !== undefined && token !== '') return checkToken(token);
  const home = env['HOME'] ?? homedir();
  const file = await readRegularFile(join(home, '.vault-token'), LIMITS.configBytesMax);
  if (!file.ok) throw refuse('there is no token for Vault', 'Set VAULT_TOKEN, or run vault login.');
  return checkToken(Buffer.from(file.value).toString('utf8').trim());
}

/** What is no header would be quoted by an error of the HTTP client. */
function checkToken(token: string): string {
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw refuse('the token for Vault is malformed', 'Set VAULT_TOKEN anew.');
}

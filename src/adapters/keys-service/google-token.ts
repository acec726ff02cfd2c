import { createSign } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readRegularFile } from '../../system/files/read-file.ts';
import {
  describeRefusal,
  readText,
  refuse,
  type ServiceAnswer,
  type ServiceClient,
  type Variables,
} from './service-client.ts';

const PEER = 'Google';
const SCOPE = 'https://www.googleapis.com/auth/cloudkms';
const REMEDY =
  'Name a file of credentials with GOOGLE_APPLICATION_CREDENTIALS, or run where Google gives a ' +
  'service account.';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const JSON_FORM = { 'Content-Type': 'application/json' };
const TOKEN_MINUTES = 10;

/**
 * An access token, found as Application Default Credentials are: the file of
 * `GOOGLE_APPLICATION_CREDENTIALS`, the file of gcloud, then the metadata server. A file holds a
 * service account, a user or a workload identity whose token is in another file.
 */
export async function getGoogleToken(
  env: Variables,
  client: ServiceClient,
  scope: string = SCOPE,
): Promise<string> {
  const file = await readCredentials(env);
  if (file === null) return askMetadata(env, client);
  const kind = file['type'];
  if (kind === 'service_account') return askWithKey(client, file, scope);
  if (kind === 'authorized_user') return refreshUser(client, file);
  if (kind === 'external_account') return exchange(client, file, scope);
  throw refuse('the credentials for Google are of a kind that is not read', REMEDY);
}

async function readCredentials(env: Variables): Promise<JsonObject | null> {
  const named = env['GOOGLE_APPLICATION_CREDENTIALS'];
  const home = env['CLOUDSDK_CONFIG'] ?? join(env['HOME'] ?? homedir(), '.config', 'gcloud');
  const path = named || join(home, 'application_default_credentials.json');
  const bytes = await readRegularFile(resolve(path), LIMITS.configBytesMax);
  if (!bytes.ok && !named) return null;
  const json = parseJson(orThrow(bytes), { bytesMax: LIMITS.configBytesMax });
  if (json.ok && isJsonObject(json.value)) return json.value;
  throw refuse('the credentials for Google are not JSON', REMEDY);
}

/** RFC 7523 §2.1, with the key of a service account. */
async function askWithKey(client: ServiceClient, file: JsonObject, scope: string): Promise<string> {
  const address = readText(PEER, file, 'token_uri');
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: readText(PEER, file, 'client_email'),
    scope,
    aud: address,
    iat: now,
    exp: now + TOKEN_MINUTES * 60,
  };
  const kid = file['private_key_id'];
  const header = { alg: 'RS256', typ: 'JWT', ...(typeof kid === 'string' ? { kid } : {}) };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode(header)}.${encode(claims)}`;
  const assertion = `${text}.${signRs256(text, readText(PEER, file, 'private_key'))}`;
  const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  return post(client, address, { grant_type: grant, assertion });
}

function signRs256(text: string, pem: string): string {
  try {
    return createSign('sha256').update(text).sign(pem, 'base64url');
  } catch {
    throw refuse('the private key of the service account cannot be read', REMEDY);
  }
}

async function refreshUser(client: ServiceClient, file: JsonObject): Promise<string> {
  const read = (name: string) => readText(PEER, file, name);
  return post(client, 'https://oauth2.googleapis.com/token', {
    grant_type: 'refresh_token',
    client_id: read('client_id'),
    client_secret: read('client_secret'),
    refresh_token: read('refresh_token'),
  });
}

/** Workload identity federation: RFC 8693, then the service account that it stands for, if any. */
async function exchange(client: ServiceClient, file: JsonObject, scope: string): Promise<string> {
  const token = await post(client, readText(PEER, file, 'token_url'), {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: readText(PEER, file, 'audience'),
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: readText(PEER, file, 'subject_token_type'),
    subject_token: await readSubjectToken(file),
  });
  const impersonated = file['service_account_impersonation_url'];
  if (typeof impersonated !== 'string') return token;
  const answer = await client.send({
    method: 'POST',
    url: toUrl(impersonated),
    headers: { ...JSON_FORM, Authorization: `Bearer ${token}` },
    body: JSON.stringify({ scope: [scope] }),
  });
  return readToken(answer, 'accessToken');
}

/** From a file, as it is or as a member of JSON. */
async function readSubjectToken(file: JsonObject): Promise<string> {
  const source = file['credential_source'];
  const path = isJsonObject(source) ? source['file'] : undefined;
  if (!isJsonObject(source) || typeof path !== 'string')
    throw refuse('the workload identity has no token in a file', REMEDY);
  const bytes = orThrow(await readRegularFile(resolve(path), LIMITS.configBytesMax));
  const text = Buffer.from(bytes).toString('utf8').trim();
  const { format } = source;
  if (!isJsonObject(format) || format['type'] !== 'json') return text;
  const json = parseJson(text, { bytesMax: LIMITS.configBytesMax });
  const name = format['subject_token_field_name'];
  if (!json.ok || !isJsonObject(json.value) || typeof name !== 'string')
    throw refuse('the token of the workload identity is not JSON', REMEDY);
  return readText(PEER, json.value, name);
}

async function askMetadata(env: Variables, client: ServiceClient): Promise<string> {
  const host = env['GCE_METADATA_HOST'] ?? 'metadata.google.internal';
  const path = '/computeMetadata/v1/instance/service-accounts/default/token';
  const url = toUrl(`http://${host}${path}`);
  const headers = { 'Metadata-Flavor': 'Google' };
  const answer = await client.send({ method: 'GET', url, headers }).catch((): never => {
    throw refuse('there are no credentials for Google', REMEDY);
  });
  return readToken(answer, 'access_token');
}

async function post(
  client: ServiceClient,
  address: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const body = new URLSearchParams(fields).toString();
  const answer = await client.send({ method: 'POST', url: toUrl(address), headers: FORM, body });
  return readToken(answer, 'access_token');
}

function toUrl(address: string): URL {
  if (URL.canParse(address)) return new URL(address);
  throw refuse('the credentials for Google name no address for tokens', REMEDY);
}

function readToken(answer: ServiceAnswer, name: string): string {
  if (answer.status === 200) return readText(PEER, answer.json, name);
  const why = answer.json['error'];
  throw refuse(`${PEER} gave no token: ${describeRefusal(answer, why)}`, REMEDY);
}

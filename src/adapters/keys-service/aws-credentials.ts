import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { readRegularFile } from '../../system/files/read-file.ts';
import {
  describeRefusal,
  parseAddress,
  readText,
  refuse,
  type ServiceClient,
  type Variables,
} from './service-client.ts';
import type { AwsCredentials } from './sigv4.ts';

const PEER = 'AWS';
const REMEDY =
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where AWS gives a role: EKS, ECS, EC2, ' +
  'or a pipeline with AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN.';

/**
 * The credentials of this process, looked for where the tools of AWS do: variables, a web identity,
 * the shared file, a container, the machine. Profiles that log in by a browser or run a program are
 * not read.
 */
export async function findAwsCredentials(
  env: Variables,
  region: string,
  client: ServiceClient,
): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = env;
  if (id && secret) return toCredentials(id, secret, env['AWS_SESSION_TOKEN']);
  const { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: role } = env;
  if (tokenFile && role) return assumeRole(env, region, client, tokenFile, role);
  const shared = await readSharedFile(env);
  if (shared !== null) return shared;
  return (await askContainer(env, client)) ?? askMachine(env, client);
}

function toCredentials(id: string, secret: string, token: string | undefined): AwsCredentials {
  const printable = /^[\x21-\x7e]{1,8192}$/;
  if (![id, secret, token ?? 'none'].every((text) => printable.test(text)))
    throw refuse('the credentials for AWS are malformed', REMEDY);
  return { accessKeyId: id, secretAccessKey: secret, sessionToken: token || null };
}

/** AWS STS API, AssumeRoleWithWebIdentity; the request is not signed, the token proves itself. */
async function assumeRole(
  env: Variables,
  region: string,
  client: ServiceClient,
  tokenFile: string,
  role: string,
): Promise<AwsCredentials> {
  const token = await readTokenFile(tokenFile);
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: env['AWS_ROLE_SESSION_NAME'] ?? 'waybill',
    WebIdentityToken: token,
  }).toString();
  const own = env['AWS_ENDPOINT_URL_STS'] ?? env['AWS_ENDPOINT_URL'];
  const url = parseAddress('AWS_ENDPOINT_URL_STS', own ?? `https://sts.${region}.amazonaws.com/`);
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    Accept: 'application/json',
  };
  const answer = await client.send({ method: 'POST', url, headers, body });
  const credentials = descend(answer.json, [
    'AssumeRoleWithWebIdentityResponse',
    'AssumeRoleWithWebIdentityResult',
    'Credentials',
  ]);
  if (answer.status !== 200 || credentials === null) {
    const why = descend(answer.json, ['Error'])?.['Code'];
    const remedy = 'Check AWS_ROLE_ARN and the trust policy of the role.';
    throw refuse(`AWS STS gave no credentials: ${describeRefusal(answer, why)}`, remedy);
  }
  return readCredentials(credentials, 'SessionToken', 'AccessKeyId', 'SecretAccessKey');
}

function descend(json: JsonObject, names: readonly string[]): JsonObject | null {
  let at: JsonObject = json;
  for (const name of names) {
    const next = getOwn(at, name);
    if (!isJsonObject(next)) return null;
    at = next;
  }
  return at;
}

function readCredentials(
  json: JsonObject,
  token: string,
  id = 'AccessKeyId',
  secret = 'SecretAccessKey',
): AwsCredentials {
  return toCredentials(
    readText(PEER, json, id),
    readText(PEER, json, secret),
    readText(PEER, json, token),
  );
}

async function readTokenFile(path: string): Promise<string> {
  const file = await readRegularFile(resolve(path), LIMITS.configBytesMax);
  if (!file.ok) throw file.failure;
  return Buffer.from(file.value).toString('utf8').trim();
}

/** The static keys of a profile in the shared credentials file; null where there are none. */
async function readSharedFile(env: Variables): Promise<AwsCredentials | null> {
  const home = env['HOME'] ?? homedir();
  const path = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials');
  const file = await readRegularFile(resolve(path), LIMITS.configBytesMax);
  if (!file.ok) return null;
  const profile = env['AWS_PROFILE'] ?? 'default';
  const values = readProfile(Buffer.from(file.value).toString('utf8'), profile);
  const [id, secret] = [values.get('aws_access_key_id'), values.get('aws_secret_access_key')];
  return id && secret ? toCredentials(id, secret, values.get('aws_session_token')) : null;
}

/** The values of one `[profile]`, as `name = value`. */
function readProfile(text: string, profile: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let isWanted = false;
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line.startsWith('[')) isWanted = line === `[${profile}]`;
    const equals = line.indexOf('=');
    if (isWanted && equals > 0 && !/^[#;]/.test(line))
      values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  return values;
}

/** ECS and EKS Pod Identity (AWS SDKs reference, "Container credential provider"). */
async function askContainer(env: Variables, client: ServiceClient): Promise<AwsCredentials | null> {
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const full = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  if (!relative && !full) return null;
  const url = relative
    ? parseAddress('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', `http://169.254.170.2${relative}`)
    : parseAddress('AWS_CONTAINER_CREDENTIALS_FULL_URI', full ?? '');
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = file ? await readTokenFile(file) : env['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
  const headers: Record<string, string> = token ? { Authorization: token } : {};
  const answer = await client.send({ method: 'GET', url, headers });
  if (answer.status !== 200)
    throw refuse(
      `the container gave no credentials: ${describeRefusal(answer, undefined)}`,
      REMEDY,
    );
  return readCredentials(answer.json, 'Token');
}

/** The role of an EC2 machine, by the second version of its metadata service. */
async function askMachine(env: Variables, client: ServiceClient): Promise<AwsCredentials> {
  if (env['AWS_EC2_METADATA_DISABLED'] === 'true')
    throw refuse('there are no credentials for AWS', REMEDY);
  const base = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? 'http://169.254.169.254';
  const service = parseAddress('AWS_EC2_METADATA_SERVICE_ENDPOINT', base);
  const at = (path: string) => new URL(`/latest/${path}`, service);
  const ttl = { 'X-aws-ec2-metadata-token-ttl-seconds': '300' };
  const session = await client
    .send({ method: 'PUT', url: at('api/token'), headers: ttl })
    .catch(() => null);
  if (session?.status !== 200) throw refuse('there are no credentials for AWS', REMEDY);
  const headers = { 'X-aws-ec2-metadata-token': session.text };
  const roles = 'meta-data/iam/security-credentials/';
  const role = await client.send({ method: 'GET', url: at(roles), headers });
  const name = role.text.split('\n')[0]?.trim() ?? '';
  if (role.status !== 200 || !/^[\w+=,.@-]{1,128}$/.test(name))
    throw refuse('this machine has no role in AWS', REMEDY);
  const answer = await client.send({ method: 'GET', url: at(`${roles}${name}`), headers });
  return readCredentials(answer.json, 'Token');
}

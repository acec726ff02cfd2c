import { Failure } from '../../core/failure.ts';
import { isJsonObject } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { isLoopbackName, parseHost } from '../../system/http/hosts.ts';
import { findAwsCredentials } from './aws-credentials.ts';
import { getAzureToken } from './azure-token.ts';
import { getGoogleToken } from './google-token.ts';
import { readTrustedRoots } from './key-reference.ts';
import {
  describeRefusal,
  openServiceClient,
  parseAddress,
  readText,
  refuse,
  type ServiceClient,
  type Variables,
} from './service-client.ts';
import { signAwsRequest } from './sigv4.ts';

/** The cloud whose identity opens a registry. */
export type CloudLogin = 'azure' | 'aws' | 'google';

/** As clients of registries take them. */
export type CloudCredentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string };

const ECR = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]{1,40})\.amazonaws\.com(?:\.cn)?$/;
const ACR = /^[a-z0-9]{5,50}(?:-[a-z0-9]{1,40})?\.azurecr\.(?:io|cn|us)$/;
const GCR = /^(?:(?:[a-z]{2,10}\.)?gcr\.io|[a-z0-9-]{1,40}-docker\.pkg\.dev)$/;

/**
 * The cloud that a registry belongs to by its name; null for any other. The whole name counts: a
 * host that only begins or ends like one of them gets no credentials (A14, G27).
 */
export function findCloud(registry: string): CloudLogin | null {
  // mutant cloud-registry-by-a-part-of-its-name by registry-login:
  //   condition -> registry.includes('.azurecr.io')
  if (ACR.test(registry)) return 'azure';
  if (ECR.test(registry)) return 'aws';
  return GCR.test(registry) ? 'google' : null;
}

/** Whether this process has an identity that somebody gave it on purpose. */
export function hasCloudIdentity(cloud: CloudLogin, env: Variables): boolean {
  const names: Readonly<Record<CloudLogin, readonly string[]>> = {
    azure: ['AZURE_FEDERATED_TOKEN_FILE', 'AZURE_CLIENT_SECRET', 'IDENTITY_ENDPOINT'],
    aws: [
      ...['AWS_ACCESS_KEY_ID', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_PROFILE'],
      ...['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
    ],
    google: ['GOOGLE_APPLICATION_CREDENTIALS', 'GCE_METADATA_HOST'],
  };
  return names[cloud].some((name) => (getOwn(env, name) ?? '') !== '');
}

/**
 * Credentials for one registry by the identity that a cloud gives to this process. They are asked
 * for again each time: the client of the registry keeps what it got for them.
 */
export async function logInToRegistry(
  registry: string,
  cloud: CloudLogin,
  env: Variables,
): Promise<Result<CloudCredentials>> {
  try {
    const roots = await readTrustedRoots(env['AWS_CA_BUNDLE']);
    const client = openServiceClient({ peer: PEERS[cloud], env, ...roots });
    if (cloud === 'azure') return ok(await exchangeForAcr(registry, env, client));
    if (cloud === 'aws') return ok(await askEcr(registry, env, client));
    const password = await getGoogleToken(env, client, GOOGLE_SCOPE);
    return ok({ kind: 'password', user: 'oauth2accesstoken', password });
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return fail('REGISTRY_DENIED', `${registry}: ${thrown.message}`, thrown.remedy, thrown);
  }
}

const PEERS = {
  azure: 'Azure Container Registry',
  aws: 'Amazon ECR',
  google: 'Google Artifact Registry',
} as const;
const GOOGLE_SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';

/**
 * A token of Entra ID becomes a refresh token of the registry (Azure/acr, "AAD-OAuth", POST
 * /oauth2/exchange). It goes to this registry and to nobody else.
 */
async function exchangeForAcr(
  registry: string,
  env: Variables,
  client: ServiceClient,
): Promise<CloudCredentials> {
  const host = env['AZURE_AUTHORITY_HOST'] ?? 'https://login.microsoftonline.com/';
  const authority = parseAddress('AZURE_AUTHORITY_HOST', host);
  const resource = 'https://containerregistry.azure.net';
  const token = await getAzureToken(env, client, { authority, resource });
  const isNear = isLoopbackName(parseHost(registry));
  const url = new URL('/oauth2/exchange', `${isNear ? 'http' : 'https'}://${registry}`);
  const tenant = env['AZURE_TENANT_ID'];
  const body = new URLSearchParams({
    grant_type: 'access_token',
    service: registry,
    ...(tenant ? { tenant } : {}),
    access_token: token,
  }).toString();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const answer = await client.send({ method: 'POST', url, headers, body });
  if (answer.status !== 200)
    throw refuse(
      `the registry took no token of Entra ID: ${describeRefusal(answer, undefined)}`,
      'Give the identity the role AcrPull on the registry.',
    );
  return { kind: 'identity-token', token: readText(PEERS.azure, answer.json, 'refresh_token') };
}

/** Amazon ECR API 2015-09-21, GetAuthorizationToken: `AWS:PASSWORD` in base64. */
async function askEcr(
  registry: string,
  env: Variables,
  client: ServiceClient,
): Promise<CloudCredentials> {
  const named = ECR.exec(registry)?.[2];
  const region = named ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? '';
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw refuse('no region of AWS is named', 'Set AWS_REGION.');
  const credentials = await findAwsCredentials(env, region, client);
  const domain = registry.endsWith('.cn') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const own = env['AWS_ENDPOINT_URL_ECR'] ?? env['AWS_ENDPOINT_URL'];
  const url = parseAddress('AWS_ENDPOINT_URL_ECR', own ?? `https://api.ecr.${region}.${domain}/`);
  const body = '{}';
  const headers = {
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  };
  const toSign = { url, headers, body, region, service: 'ecr', at: new Date() };
  const signed = signAwsRequest(credentials, toSign);
  const answer = await client.send({ method: 'POST', url, headers: signed, body });
  const [data] = Array.isArray(answer.json['authorizationData'])
    ? answer.json['authorizationData']
    : [];
  if (answer.status !== 200 || data === undefined || !isJsonObject(data))
    throw refuse(
      `Amazon ECR gave no token: ${describeRefusal(answer, answer.json['__type'])}`,
      'Allow ecr:GetAuthorizationToken to the identity.',
    );
  const text = readText(PEERS.aws, data, 'authorizationToken');
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) throw refuse('Amazon ECR gave a token that cannot be read');
  return { kind: 'password', user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

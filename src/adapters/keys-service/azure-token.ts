import { resolve } from 'node:path';
import { LIMITS } from '../../core/limits.ts';
import { readRegularFile } from '../../system/files/read-file.ts';
import {
  describeRefusal,
  parseAddress,
  readText,
  refuse,
  type ServiceAnswer,
  type ServiceClient,
  type Variables,
} from './service-client.ts';

const PEER = 'Microsoft Entra ID';
const REMEDY =
  'Use a workload identity (AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE), a ' +
  'managed identity, or a service principal (AZURE_CLIENT_SECRET).';
const IMDS = 'http://169.254.169.254/metadata/identity/oauth2/token';

/** What Key Vault asks for: the authority that gives tokens, and for which resource. */
export interface AzureChallenge {
  readonly authority: URL;
  readonly resource: string;
}

/**
 * A token for a resource of Azure. A secret or a federated token is sent to nobody but the host of
 * `AZURE_AUTHORITY_HOST` (by default that of the public cloud), whatever a vault says.
 */
export function getAzureToken(
  env: Variables,
  client: ServiceClient,
  challenge: AzureChallenge,
): Promise<string> {
  const { AZURE_CLIENT_ID: id, AZURE_TENANT_ID: tenant } = env;
  const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_CLIENT_SECRET: secret } = env;
  if (id && tenant && (file || secret)) return logIn(env, client, challenge, { id, tenant });
  return askManagedIdentity(env, client, challenge.resource);
}

async function logIn(
  env: Variables,
  client: ServiceClient,
  { authority, resource }: AzureChallenge,
  { id, tenant }: { readonly id: string; readonly tenant: string },
): Promise<string> {
  const stated = env['AZURE_AUTHORITY_HOST'] ?? 'https://login.microsoftonline.com/';
  const host = parseAddress('AZURE_AUTHORITY_HOST', stated);
  // mutant azure-secret-to-a-stranger by keys-service: condition -> false
  if (authority.host !== host.host) {
    throw refuse(
      `the vault asks for a token of ${authority.host}, which is not ${host.host}`,
      'Check the name of the vault; for another cloud set AZURE_AUTHORITY_HOST.',
    );
  }
  if (!/^[A-Za-z0-9.-]{1,100}$/.test(tenant)) throw refuse('AZURE_TENANT_ID is malformed', REMEDY);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    scope: `${resource}/.default`,
    ...(await readProof(env)),
  }).toString();
  const url = new URL(`/${tenant}/oauth2/v2.0/token`, host);
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return readToken(await client.send({ method: 'POST', url, headers, body }));
}

/** RFC 7523 §2.2, or a secret. */
async function readProof(env: Variables): Promise<Record<string, string>> {
  const path = env['AZURE_FEDERATED_TOKEN_FILE'];
  if (!path) return { client_secret: env['AZURE_CLIENT_SECRET'] ?? '' };
  const file = await readRegularFile(resolve(path), LIMITS.configBytesMax);
  if (!file.ok) throw file.failure;
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: Buffer.from(file.value).toString('utf8').trim(),
  };
}

/** The identity of a machine, or of App Service and Container Apps. */
async function askManagedIdentity(
  env: Variables,
  client: ServiceClient,
  resource: string,
): Promise<string> {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header, AZURE_CLIENT_ID: id } = env;
  const isService = endpoint !== undefined && header !== undefined;
  const url = parseAddress('IDENTITY_ENDPOINT', isService ? endpoint : IMDS);
  url.searchParams.set('api-version', isService ? '2019-08-01' : '2018-02-01');
  url.searchParams.set('resource', resource);
  if (id) url.searchParams.set('client_id', id);
  const headers: Record<string, string> = isService
    ? { 'X-IDENTITY-HEADER': header }
    : { Metadata: 'true' };
  const answer = await client.send({ method: 'GET', url, headers }).catch((): never => {
    throw refuse('there is no identity for Azure', REMEDY);
  });
  return readToken(answer);
}

function readToken(answer: ServiceAnswer): string {
  if (answer.status === 200) return readText(PEER, answer.json, 'access_token');
  // The description quotes ids of the tenant and the client, never a secret; the code is enough.
  throw refuse(`${PEER} gave no token: ${describeRefusal(answer, answer.json['error'])}`, REMEDY);
}

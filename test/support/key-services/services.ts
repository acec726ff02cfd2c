import { createHash, createHmac, createVerify, type KeyObject } from 'node:crypto';
import {
  exportPublicPem,
  exportSpki,
  type RunningService,
  type ServiceAnswer,
  type ServiceRequest,
  startService,
} from './service.ts';
import { type DigestSigning, signDigest } from './sign-digest.ts';

/** What a service signs with; a test changes it. */
export interface Custody {
  key: KeyObject | null;
  signing: DigestSigning;
}

export interface FakeService extends RunningService {
  readonly custody: Custody;
  /** The environment of who may use it. */
  readonly env: Readonly<Record<string, string>>;
}

const DIGEST_NAMES = { 32: '256', 48: '384', 64: '512' } as const;

function nameHash(digest: Uint8Array): string {
  return DIGEST_NAMES[digest.length as keyof typeof DIGEST_NAMES] ?? '';
}

async function start(
  answer: (request: ServiceRequest, custody: Custody) => ServiceAnswer,
  name: (service: RunningService) => Record<string, string>,
): Promise<FakeService> {
  const custody: Custody = { key: null, signing: {} };
  const service = await startService((request) => answer(request, custody));
  return { ...service, custody, env: { HOME: service.folder, ...name(service) } };
}

/** The transit engine of Vault: keys, and signatures of what is hashed already. */
export function startVault(): Promise<FakeService> {
  return start(
    ({ method, url, headers, json }, { key, signing }) => {
      if (headers['x-vault-token'] !== 'hvs.SECRET-OF-VAULT')
        return { status: 403, json: { errors: ['permission denied'] } };
      if (key === null || !/^\/v1\/transit\/(?:keys|sign)\/release$/.test(url.pathname))
        return { status: 404, json: { errors: [] } };
      if (method === 'GET') {
        const keys = { 2: { public_key: exportPublicPem(key) } };
        return { json: { data: { name: 'release', latest_version: 2, keys } } };
      }
      const asked = [json['prehashed'], json['salt_length'], json['marshaling_algorithm']];
      const digest = Buffer.from(String(json['input']), 'base64');
      const isRight =
        JSON.stringify(asked) === '[true,"hash","asn1"]' &&
        json['hash_algorithm'] === `sha2-${nameHash(digest)}`;
      if (!isRight) return { status: 400, json: { errors: ['unsupported parameters'] } };
      const signature = signDigest(key, digest, signing).toString('base64');
      return { json: { data: { signature: `vault:v2:${signature}`, key_version: 2 } } };
    },
    ({ host, caFile }) => ({
      VAULT_ADDR: `https://${host}`,
      VAULT_CACERT: caFile,
      VAULT_TOKEN: 'hvs.SECRET-OF-VAULT',
    }),
  );
}

/** AWS KMS with the signature of each request checked, and STS. */
export function startAws(): Promise<FakeService> {
  return start(
    (request, custody) => answerAws(request, custody),
    ({ host, caFile }) => ({
      AWS_ENDPOINT_URL_KMS: `https://${host}`,
      AWS_ENDPOINT_URL_STS: `https://${host}`,
      AWS_CA_BUNDLE: caFile,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: AWS_SECRET,
      AWS_EC2_METADATA_DISABLED: 'true',
    }),
  );
}

const AWS_SECRET = 'SECRET/OF+AWS';

function answerAws(request: ServiceRequest, { key, signing }: Custody): ServiceAnswer {
  const { headers, json, text } = request;
  if (text.startsWith('Action=AssumeRoleWithWebIdentity')) return assumeRole(text);
  if (!isSignedForAws(request))
    return { status: 400, json: { __type: 'InvalidSignatureException', message: 'no match' } };
  const name = String(json['KeyId']);
  if (
    key === null ||
    !/^(?:alias\/release|arn:aws:kms:eu-west-1:111122223333:key\/k-1)$/.test(name)
  )
    return { status: 400, json: { __type: 'NotFoundException', message: `no key ${name}` } };
  if (headers['x-amz-target'] === 'TrentService.GetPublicKey') {
    const PublicKey = exportSpki(key).toString('base64');
    return { json: { KeyId: name, PublicKey, KeyUsage: 'SIGN_VERIFY' } };
  }
  const digest = Buffer.from(String(json['Message']), 'base64');
  const kind = key.asymmetricKeyType === 'ec' ? 'ECDSA' : 'RSASSA_PSS';
  if (
    json['MessageType'] !== 'DIGEST' ||
    json['SigningAlgorithm'] !== `${kind}_SHA_${nameHash(digest)}`
  )
    return { status: 400, json: { __type: 'com.amazonaws.kms#InvalidKeyUsageException' } };
  return { json: { KeyId: name, Signature: signDigest(key, digest, signing).toString('base64') } };
}

function assumeRole(text: string): ServiceAnswer {
  if (new URLSearchParams(text).get('WebIdentityToken') !== 'SECRET-TOKEN-OF-A-JOB')
    return { status: 400, json: { Error: { Code: 'InvalidIdentityToken' } } };
  const Credentials = {
    AccessKeyId: 'ASIAEXAMPLE',
    SecretAccessKey: AWS_SECRET,
    SessionToken: 'SECRET-SESSION',
  };
  const AssumeRoleWithWebIdentityResult = { Credentials };
  return { json: { AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult } } };
}

/** Checks a request as the service does, from what arrived. */
function isSignedForAws({ headers, text, url }: ServiceRequest): boolean {
  const [, id, day, region, names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/kms\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w{64})$/.exec(
      headers['authorization'] ?? '',
    ) ?? [];
  if (id !== 'AKIDEXAMPLE' && id !== 'ASIAEXAMPLE') return false;
  if (id === 'ASIAEXAMPLE' && headers['x-amz-security-token'] !== 'SECRET-SESSION') return false;
  const sha = (value: string) => createHash('sha256').update(value).digest('hex');
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = ['POST', url.pathname, '', lines.join(''), names, sha(text)].join('\n');
  const scope = `${day}/${region}/kms/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha(canonical)].join('\n');
  let made: string | Buffer = `AWS4${AWS_SECRET}`;
  for (const part of [day ?? '', region ?? '', 'kms', 'aws4_request'])
    made = createHmac('sha256', made).update(part).digest();
  return createHmac('sha256', made).update(toSign).digest('hex') === signature;
}

export const AZURE_VERSION = '0123456789abcdef0123456789abcdef';

export interface FakeAzure extends FakeService {
  /** The certificate of the vault, DER; null for a key without one. */
  certificate: Uint8Array | null;
  /** What the challenge names. */
  resource: string;
  authority: string;
}

/** Key Vault with its challenge, and the authority that gives tokens. */
export async function startAzure(): Promise<FakeAzure> {
  const state = {
    certificate: null as Uint8Array | null,
    resource: 'https://localhost',
    authority: '',
  };
  const service = await start(
    (request, custody) => answerAzure(request, custody, state),
    ({ host, caFile, write }) => ({
      SSL_CERT_FILE: caFile,
      AZURE_AUTHORITY_HOST: `https://${host}/`,
      AZURE_CLIENT_ID: 'a-client',
      AZURE_TENANT_ID: 'a-tenant',
      AZURE_FEDERATED_TOKEN_FILE: write('federated.jwt', 'SECRET-ASSERTION\n'),
    }),
  );
  state.authority = `https://${service.host}/a-tenant`;
  return Object.assign(state, service);
}

function answerAzure(
  { method, url, headers, text, json }: ServiceRequest,
  { key, signing }: Custody,
  vault: { certificate: Uint8Array | null; resource: string; authority: string },
): ServiceAnswer {
  if (url.pathname === '/a-tenant/oauth2/v2.0/token') {
    const form = new URLSearchParams(text);
    const isKnown =
      form.get('client_assertion') === 'SECRET-ASSERTION' &&
      form.get('scope') === 'https://localhost/.default';
    return isKnown
      ? { json: { access_token: 'SECRET-TOKEN', token_type: 'Bearer' } }
      : { status: 400, json: { error: 'invalid_client' } };
  }
  if (url.pathname === '/msi/token') {
    const isKnown = headers['x-identity-header'] === 'SECRET-HEADER';
    return isKnown ? { json: { access_token: 'SECRET-TOKEN' } } : { status: 400 };
  }
  if (headers['authorization'] !== 'Bearer SECRET-TOKEN') {
    const challenge = `Bearer authorization="${vault.authority}", resource="${vault.resource}"`;
    return { status: 401, headers: { 'WWW-Authenticate': challenge }, json: {} };
  }
  if (url.searchParams.get('api-version') !== '7.4') return { status: 400 };
  const [, kind, name] = /^\/(keys|certificates)\/([\w-]+)/.exec(url.pathname) ?? [];
  if (name !== 'release' || key === null)
    return { status: 404, json: { error: { code: 'KeyNotFound' } } };
  const { host } = url;
  if (kind === 'certificates') {
    if (vault.certificate === null) return { status: 404 };
    return { json: { cer: Buffer.from(vault.certificate).toString('base64') } };
  }
  if (method === 'GET') {
    const { kty, ...numbers } = exportPublicJwk(key);
    const kid = `https://${host}/keys/release/${AZURE_VERSION}`;
    return { json: { key: { ...numbers, kty: `${String(kty)}-HSM`, kid, key_ops: ['sign'] } } };
  }
  const digest = Buffer.from(String(json['value']), 'base64url');
  const alg = `${key.asymmetricKeyType === 'ec' ? 'ES' : 'PS'}${nameHash(digest)}`;
  if (json['alg'] !== alg || url.pathname !== `/keys/release/${AZURE_VERSION}/sign`)
    return { status: 400, json: { error: { code: 'BadParameter' } } };
  return {
    json: { value: signDigest(key, digest, { form: 'raw', ...signing }).toString('base64url') },
  };
}

function exportPublicJwk(key: KeyObject): Record<string, unknown> {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' });
  return { kty, crv, x, y, n, e };
}

export const GOOGLE_KEY =
  'projects/shop/locations/europe/keyRings/ring/cryptoKeys/release/cryptoKeyVersions/3';

export interface FakeGoogle extends FakeService {
  /** What the version is for. */
  algorithm: string;
}

/** Cloud KMS, and the tokens of service accounts, workload identities and machines. */
export async function startGoogle(account: KeyObject): Promise<FakeGoogle> {
  const state = { algorithm: 'EC_SIGN_P256_SHA256' };
  const service = await start(
    (request, custody) => answerGoogle(request, custody, state, account),
    ({ host, caFile, write }) => ({
      SSL_CERT_FILE: caFile,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: `https://${host}/`,
      GOOGLE_APPLICATION_CREDENTIALS: write(
        'account.json',
        JSON.stringify({
          type: 'service_account',
          client_email: 'ci@shop.example.com',
          private_key: account.export({ type: 'pkcs8', format: 'pem' }),
          token_uri: `https://${host}/token`,
        }),
      ),
    }),
  );
  return Object.assign(state, service);
}

function answerGoogle(
  { method, url, headers, text, json }: ServiceRequest,
  { key, signing }: Custody,
  { algorithm }: { readonly algorithm: string },
  account: KeyObject,
): ServiceAnswer {
  if (url.pathname === '/token') {
    const form = new URLSearchParams(text);
    const isKnown =
      form.get('subject_token') === 'SECRET-SUBJECT' ||
      isSignedBy(account, form.get('assertion') ?? '');
    return isKnown
      ? { json: { access_token: 'SECRET-TOKEN' } }
      : { status: 400, json: { error: 'invalid_grant' } };
  }
  if (headers['authorization'] !== 'Bearer SECRET-TOKEN')
    return { status: 401, json: { error: { message: 'Request is missing credentials.' } } };
  if (key === null || !url.pathname.startsWith(`/v1/${GOOGLE_KEY}`))
    return { status: 404, json: { error: { message: 'not found' } } };
  if (method === 'GET') return { json: { pem: exportPublicPem(key), algorithm } };
  const [[name = '', value = ''] = []] = Object.entries(json['digest'] as Record<string, string>);
  const digest = Buffer.from(value, 'base64');
  if (name !== `sha${nameHash(digest)}`) return { status: 400 };
  return { json: { signature: signDigest(key, digest, signing).toString('base64') } };
}

function isSignedBy(account: KeyObject, assertion: string): boolean {
  const [header, claims, signature = ''] = assertion.split('.');
  const text = `${header}.${claims}`;
  return createVerify('sha256')
    .update(text)
    .verify(exportPublicPem(account), signature, 'base64url');
}

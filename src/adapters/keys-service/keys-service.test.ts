import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeptKey, keepKey } from '../../../test/support/key-services/service.ts';
import {
  AZURE_VERSION,
  type FakeAzure,
  type FakeGoogle,
  type FakeService,
  GOOGLE_KEY,
  startAws,
  startAzure,
  startGoogle,
  startVault,
} from '../../../test/support/key-services/services.ts';
import type { SigningKeys } from '../../capabilities/signing/index.ts';
import { describeSigningKeys } from '../../capabilities/signing/keys/signing-keys.contract.ts';
import { orThrow } from '../../core/result.ts';
import { openAwsKeys, openAzureKeys, openGoogleKeys, openVaultKeys } from './index.ts';

const account = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 3_072 }).privateKey;

interface Store {
  readonly name: string;
  readonly start: () => Promise<FakeService>;
  readonly open: (env: Readonly<Record<string, string>>) => SigningKeys;
  readonly path: (service: FakeService) => string;
  readonly absent: (service: FakeService) => string;
  /** An answer after which the same request is sent again. */
  readonly busy: {
    readonly status: number;
    readonly headers?: Record<string, string>;
    json?: object;
  };
}

const AT_ONCE = { 'Retry-After': '0' };

const STORES: readonly Store[] = [
  {
    name: 'Vault',
    start: startVault,
    open: openVaultKeys,
    path: () => '//release',
    absent: () => '//absent',
    busy: { status: 429, headers: AT_ONCE },
  },
  {
    name: 'AWS KMS',
    start: startAws,
    open: openAwsKeys,
    path: () => '///alias/release',
    absent: () => '///alias/absent',
    busy: { status: 400, headers: AT_ONCE, json: { __type: 'ThrottlingException' } },
  },
  {
    name: 'Azure Key Vault',
    start: startAzure,
    open: openAzureKeys,
    path: ({ host }) => `//${host}/release`,
    absent: ({ host }) => `//${host}/absent`,
    busy: { status: 429, headers: AT_ONCE },
  },
  {
    name: 'Google Cloud KMS',
    start: () => startGoogle(account),
    open: openGoogleKeys,
    path: () => `//${GOOGLE_KEY}`,
    absent: () => `//${GOOGLE_KEY.replace('release', 'absent')}`,
    busy: { status: 429, headers: AT_ONCE },
  },
];

describe.each(STORES)('I12, B19: keys of $name', ({ name, start, open, path, absent, busy }) => {
  let service: FakeService;
  let kept: KeptKey;
  beforeAll(async () => {
    service = await start();
    kept = await keepKey(service);
    service.custody.key = kept.key.privateKey;
  });
  afterAll(() => service.close());

  const locate = (chain = kept.chain) => `${path(service)}?chain=${encodeURIComponent(chain)}`;

  describeSigningKeys(name, () => ({
    keys: open(service.env),
    good: locate(),
    mismatched: locate(kept.chainOfAnother),
    absent: absent(service),
  }));

  it('a busy service is asked again', async () => {
    const key = orThrow(await open(service.env).open(locate()));
    service.first.push(busy);
    expect(await key.sign(Buffer.from('x'))).toHaveLength(64);
  });

  it('what the service signs in another form never leaves', async () => {
    const key = orThrow(await open(service.env).open(locate()));
    service.custody.signing = { form: name === 'Azure Key Vault' ? 'der' : 'raw' };
    await expect(key.sign(Buffer.from('x'))).rejects.toMatchObject({ code: 'KEY_UNUSABLE' });
    service.custody.signing = {};
  });

  it('A22: a PSS salt of another length, and PKCS#1 v1.5, are refused', async () => {
    const own = await keepKey(service, rsa);
    service.custody.key = rsa;
    if ('algorithm' in service) service.algorithm = 'RSA_SIGN_PSS_3072_SHA256';
    const opened = await open(service.env).open(locate());
    if (name === 'Google Cloud KMS') {
      // No version of this size has the hash that N15 asks for.
      expect(opened).toMatchObject({ ok: false, failure: { code: 'KEY_UNUSABLE' } });
    } else {
      const key = orThrow(opened);
      expect(key.algorithm).toBe('PS384');
      expect(await key.sign(Buffer.from('x'))).toHaveLength(384);
      service.custody.signing = { saltLength: 20 };
      await expect(key.sign(Buffer.from('x'))).rejects.toThrow('PS384');
    }
    if ('algorithm' in service) service.algorithm = 'EC_SIGN_P256_SHA256';
    Object.assign(service.custody, { signing: {}, key: own.key.privateKey });
    kept = await keepKey(service);
    service.custody.key = kept.key.privateKey;
  });

  it('no refusal tells a secret, whatever the service answers', async () => {
    for (const answer of [
      { status: 500, headers: AT_ONCE, json: { errors: ['x'.repeat(9_000)] } },
      { status: 403, json: { error: { code: 'Forbidden', message: '\u001b[31m' } } },
      { status: 302, headers: { Location: 'https://elsewhere.example.com/' } },
      { status: 200, text: '[' },
      { status: 200, text: 'x'.repeat(300_000) },
      { status: 200, json: { data: null, access_token: 7 } },
    ]) {
      service.first.push(answer, answer, answer, answer);
      const opened = await open(service.env).open(locate());
      service.first.length = 0;
      const text = opened.ok ? '' : `${opened.failure.message} ${opened.failure.remedy}`;
      expect(opened.ok, JSON.stringify(answer).slice(0, 80)).toBe(false);
      expect(text).not.toMatch(/SECRET|\p{Cc}/u);
      expect(text.length).toBeLessThan(700);
    }
  });

  it('a service that nobody trusts, or that is not there, is no key', async () => {
    const {
      SSL_CERT_FILE: _,
      AWS_CA_BUNDLE: __,
      VAULT_CACERT: ___,
      ...env
    } = service.env as Record<string, string>;
    expect(await open(env).open(locate())).toMatchObject({
      ok: false,
      failure: { code: 'KEY_UNUSABLE' },
    });
    const without = {
      HOME: service.folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      SSL_CERT_FILE: service.caFile,
    };
    expect((await open({ ...without, GCE_METADATA_HOST: '127.0.0.1:1' }).open(locate())).ok).toBe(
      false,
    );
  });

  it('credentials never travel in the clear', async () => {
    const plain = Object.fromEntries(
      Object.entries(service.env).map(([key, value]) => [
        key,
        value.startsWith('https:') ? 'http://keys.example.com' : value,
      ]),
    );
    const seen = service.requests.length;
    const refused = await open(plain).open(locate());
    expect(refused.ok).toBe(false);
    if (name === 'Vault' || name === 'AWS KMS')
      expect(refused).toMatchObject({ failure: { code: 'USAGE' } });
    const sent = service.requests.slice(seen).map(({ headers }) => headers['authorization']);
    expect(sent.filter((one) => one !== undefined)).toEqual([]);
  });
});

describe('I12: who may use the keys of a cloud', () => {
  it('an address that is none is an error that names its variable', async () => {
    for (const [keys, variable, reference] of [
      [openAwsKeys, 'AWS_ENDPOINT_URL_KMS', '///alias/a'],
      [openGoogleKeys, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS', `//${GOOGLE_KEY}`],
      [openVaultKeys, 'VAULT_ADDR', '//a'],
    ] as const) {
      const opened = await keys({ AWS_REGION: 'eu-west-1', [variable]: 'no address' }).open(
        reference,
      );
      expect(opened.ok ? '' : `${opened.failure.code} ${opened.failure.message}`).toMatch(
        new RegExp(`^(?:USAGE|KEY_UNUSABLE) ${variable}`),
      );
    }
  });

  it('what is near is asked without a proxy', async () => {
    const service = await startAzure();
    const kept = await keepKey(service);
    service.custody.key = kept.key.privateKey;
    const proxy = { HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' };
    const keys = openAzureKeys({ ...service.env, ...proxy });
    const opened = await keys.open(`//${service.host}/release?chain=${kept.chain}`);
    expect(opened.ok).toBe(true);
    await service.close();
  });

  it('AWS: a web identity, a shared file and a container are as good as variables', async () => {
    const service = await startAws();
    const kept = await keepKey(service);
    service.custody.key = kept.key.privateKey;
    const {
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
      ...others
    } = service.env as Record<string, string>;
    const token = service.write('token', 'SECRET-TOKEN-OF-A-JOB');
    const shared = service.write(
      'credentials',
      `[default]\naws_access_key_id = WRONG\n[ci]\n# a comment\naws_access_key_id = ${id}\n` +
        `aws_secret_access_key = ${secret}\n`,
    );
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/k-1';
    for (const env of [
      { AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: 'arn:aws:iam::1:role/ci' },
      { AWS_SHARED_CREDENTIALS_FILE: shared, AWS_PROFILE: 'ci', AWS_REGION: 'us-east-1' },
    ]) {
      const keys = openAwsKeys({ ...others, ...env });
      const key = orThrow(await keys.open(`///${arn}?chain=${kept.chain}`));
      expect(await key.sign(Buffer.from('x'))).toHaveLength(64);
    }
    for (const wrong of ['alias/re:lease', 'arn:aws:s3:::bucket', 'a.b', 'arn:aws:kms:x'])
      expect(await openAwsKeys(service.env).open(`///${wrong}`)).toMatchObject({
        ok: false,
        failure: { code: 'USAGE' },
      });
    const nobody = await openAwsKeys(others).open(`///${arn}?chain=${kept.chain}`);
    expect(nobody).toMatchObject({ ok: false, failure: { code: 'KEY_UNUSABLE' } });
    await service.close();
  });

  it('Azure: the leaf comes from the vault, its issuers from the file', async () => {
    const service: FakeAzure = await startAzure();
    const kept = await keepKey(service);
    service.custody.key = kept.key.privateKey;
    service.certificate = kept.key.chain[0] ?? null;
    const issuers = service.write('issuers.pem', kept.key.rootPem);
    const keys = openAzureKeys(service.env);
    const reference = `//${service.host}/release/${AZURE_VERSION}?chain=${issuers}`;
    const { chain } = orThrow(await keys.open(reference));
    const toHex = (all: readonly Uint8Array[]) =>
      all.map((der) => Buffer.from(der).toString('hex'));
    expect(toHex(chain)).toEqual(toHex(kept.key.chain));
    // No secret is asked for: a chain in one needs another right.
    expect(service.requests.filter(({ url }) => url.pathname.includes('secrets'))).toEqual([]);
    await service.close();
  });

  it('Azure: a managed identity needs no secret of ours', async () => {
    const service = await startAzure();
    const kept = await keepKey(service);
    service.custody.key = kept.key.privateKey;
    const env = {
      SSL_CERT_FILE: service.caFile,
      IDENTITY_ENDPOINT: `https://${service.host}/msi/token`,
      IDENTITY_HEADER: 'SECRET-HEADER',
    };
    const key = orThrow(
      await openAzureKeys(env).open(`//${service.host}/release?chain=${kept.chain}`),
    );
    expect(await key.sign(Buffer.from('x'))).toHaveLength(64);
    await service.close();
  });

  it('Azure: a vault cannot send our proof to a stranger or get a foreign token', async () => {
    const service = await startAzure();
    const kept = await keepKey(service);
    service.custody.key = kept.key.privateKey;
    const reference = `//${service.host}/release?chain=${kept.chain}`;
    const right = { authority: service.authority, resource: service.resource };
    for (const wrong of [
      { authority: 'https://127.0.0.1:1/a-tenant' },
      { resource: 'https://vault.azure.net' },
      { resource: 'https://management.example.com' },
      { authority: 'no address' },
    ]) {
      Object.assign(service, right, wrong);
      const seen = service.requests.length;
      expect((await openAzureKeys(service.env).open(reference)).ok).toBe(false);
      const sent = service.requests.slice(seen).map(({ text }) => text);
      expect(sent.join('')).not.toContain('SECRET');
    }
    await service.close();
  });

  it('Google: a workload identity and a machine are as good as a service account', async () => {
    const service: FakeGoogle = await startGoogle(account);
    const kept = await keepKey(service);
    service.custody.key = kept.key.privateKey;
    const subject = service.write('subject.json', '{"value":"SECRET-SUBJECT"}');
    const identity = service.write(
      'identity.json',
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `https://${service.host}/token`,
        credential_source: {
          file: subject,
          format: { type: 'json', subject_token_field_name: 'value' },
        },
      }),
    );
    const env = { ...service.env, GOOGLE_APPLICATION_CREDENTIALS: identity };
    const reference = `//${GOOGLE_KEY.replace('cryptoKeyVersions', 'versions')}?chain=${kept.chain}`;
    const key = orThrow(await openGoogleKeys(env).open(reference));
    expect(await key.sign(Buffer.from('x'))).toHaveLength(64);
    for (const algorithm of [
      'RSA_SIGN_PKCS1_2048_SHA256',
      'EC_SIGN_SECP256K1_SHA256',
      'constructor',
    ]) {
      service.algorithm = algorithm;
      const refused = await openGoogleKeys(env).open(reference);
      expect(refused).toMatchObject({ ok: false, failure: { code: 'KEY_UNUSABLE' } });
    }
    await service.close();
  });
});

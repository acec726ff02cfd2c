import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIXTURE_NOW, testAuthority, testKey } from '../../../test/support/certificates.ts';
import { forgeEnvelope, questionAbout } from '../../../test/support/notary.ts';
import { peer } from '../../../test/support/peer.ts';
import { testData } from '../../../test/support/test-data.ts';
import {
  parseCertificates,
  validateChain,
  verifyNotary,
} from '../../capabilities/signing/index.ts';
import { describeKeyEnrolment } from '../../capabilities/signing/keys/enrolment.contract.ts';
import { describeSigningKeys } from '../../capabilities/signing/keys/signing-keys.contract.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { openKeyStore } from './key-store.ts';
import { loadNotaryTrust, loadTrustStore } from './trust-files.ts';

const openssl = peer('openssl');
const SUBJECT = 'CN=release,O=Shop,ST=WA,C=US';
const SPAN = { validFrom: FIXTURE_NOW, validUntil: toInstant(FIXTURE_NOW + 86_400_000) };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeKeyEnrolment('the key store in a folder', () => openKeyStore(join(folder, 'kept')));

describeSigningKeys('the key store in a folder', async () => {
  const [own, other] = [
    await testKey({ subject: SUBJECT }),
    await testKey({ subject: 'CN=other,O=Shop,ST=WA,C=US' }),
  ];
  for (const [name, { chainPem }] of [
    ['own', own],
    ['mismatched', other],
  ] as const) {
    const pem = own.privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(join(folder, `${name}.key`), pem, { mode: 0o600 });
    writeFileSync(join(folder, `${name}.crt`), chainPem);
  }
  return {
    keys: openKeyStore(folder),
    good: 'own',
    mismatched: 'mismatched',
    absent: 'absent',
  };
});

describe('the key store in a folder', () => {
  it('B19: a trial key signs under its own root, whose private key is not stored', async () => {
    const store = openKeyStore(folder);
    const { rootPem } = orThrow(
      await store.createTrial({ name: 'release', subject: SUBJECT, kind: 'p256', ...SPAN }),
    );
    const key = orThrow(await store.open('release'));
    const chain = orThrow(validateChain(key.chain, 'code-signing', FIXTURE_NOW));
    expect(chain.certificates[0].subjectText).toBe('CN=release,ST=WA,O=Shop,C=US');
    expect(chain.certificates[1]?.thumbprint).toBe(
      orThrow(parseCertificates(Buffer.from(rootPem)))[0]?.thumbprint,
    );
    expect(readdirSync(folder).sort()).toEqual(['release.crt', 'release.key']);
    expect(readFileSync(join(folder, 'release.crt'), 'utf8')).not.toContain('PRIVATE');
    const [info] = orThrow(await store.list());
    expect(info).toMatchObject({ name: 'release', certificate: { validUntil: SPAN.validUntil } });
  });

  it('RSA of 3072 bits is the other kind, and signs as PS384', async () => {
    const store = openKeyStore(folder);
    orThrow(await store.createTrial({ name: 'rsa', subject: SUBJECT, kind: 'rsa3072', ...SPAN }));
    expect(orThrow(await store.open('rsa')).algorithm).toBe('PS384');
  });

  it.skipIf(process.platform === 'win32')(
    'only its owner can read a key, and a key that others can read is refused',
    async () => {
      const store = openKeyStore(folder);
      orThrow(await store.createTrial({ name: 'k', subject: SUBJECT, kind: 'p256', ...SPAN }));
      const path = join(folder, 'k.key');
      expect(statSync(path).mode & 0o777).toBe(0o600);
      chmodSync(path, 0o640);
      expect(await store.open('k')).toMatchObject({ ok: false, failure: { code: 'KEY_UNUSABLE' } });
      chmodSync(path, 0o600);
      expect((await store.open('k')).ok).toBe(true);
    },
  );

  it('a key name is never overwritten, and no partial file is left', async () => {
    const store = openKeyStore(folder);
    writeFileSync(join(folder, 'k.crt'), 'another');
    const request = { name: 'k', subject: SUBJECT, kind: 'p256', ...SPAN } as const;
    expect(await store.createTrial(request)).toMatchObject({
      ok: false,
      failure: { code: 'FILE_UNWRITABLE' },
    });
    expect(readdirSync(folder)).toEqual(['k.crt']);
    expect(readFileSync(join(folder, 'k.crt'), 'utf8')).toBe('another');
  });

  it.each(['../k', '', '.k', 'a/b', 'a\u0000', 'a'.repeat(101)])(
    'A15: %j is not a valid key name',
    async (name) => {
      const store = openKeyStore(folder);
      expect(await store.open(name)).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
      expect((await store.createRequest({ name, subject: SUBJECT, kind: 'p256' })).ok).toBe(false);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('a request waits for its chain; a chain of another key, or broken, is refused', async () => {
    const store = openKeyStore(folder);
    const { requestPem } = orThrow(
      await store.createRequest({ name: 'k', subject: SUBJECT, kind: 'p256' }),
    );
    expect(requestPem).toContain('BEGIN CERTIFICATE REQUEST');
    expect(orThrow(await store.list())).toEqual([{ name: 'k', certificate: null }]);
    expect(await store.open('k')).toMatchObject({ ok: false, failure: { code: 'KEY_UNUSABLE' } });
    const stranger = await testKey({ subject: SUBJECT });
    expect((await store.addChain('k', stranger.chainPem)).ok).toBe(false);
    const { createPrivateKey } = await import('node:crypto');
    const own = await testKey({
      subject: SUBJECT,
      key: createPrivateKey(readFileSync(join(folder, 'k.key'))),
    });
    expect(
      (await store.addChain('k', own.chainPem.slice(0, own.chainPem.indexOf('-----END') + 25))).ok,
    ).toBe(false);
    expect(await store.addChain('k', own.chainPem)).toMatchObject({ ok: true });
    expect((await store.open('k')).ok).toBe(true);
  });

  it.skipIf(openssl === null)('OpenSSL reads the request and accepts its signature', async () => {
    const request = { name: 'k', subject: SUBJECT, kind: 'p256' } as const;
    const { requestPem } = orThrow(await openKeyStore(folder).createRequest(request));
    writeFileSync(join(folder, 'it.pem'), requestPem);
    const args = ['req', '-in', join(folder, 'it.pem'), '-noout', '-verify', '-subject'];
    expect(execFileSync(openssl ?? 'absent', args, { stdio: 'pipe' }).toString()).toContain(
      'CN = release',
    );
  });

  it('B19: an encrypted key signs with the passphrase of a file or a variable', async () => {
    const secret = join(folder, 'passphrase');
    writeFileSync(secret, 'correct horse\n', { mode: 0o600 });
    const withFile = openKeyStore(folder, { WAYBILL_KEY_PASSPHRASE_FILE: secret });
    const request = { name: 'safe', subject: SUBJECT, kind: 'p256', ...SPAN } as const;
    orThrow(await withFile.createTrial({ ...request, encrypt: true }));
    expect(readFileSync(join(folder, 'safe.key'), 'utf8')).toMatch(/^-+BEGIN ENCRYPTED/);
    const withText = openKeyStore(folder, { WAYBILL_KEY_PASSPHRASE: 'correct horse' });
    for (const store of [withFile, withText])
      expect(await orThrow(await store.open('safe')).sign(Buffer.from('x'))).toHaveLength(64);
    for (const env of [{}, { WAYBILL_KEY_PASSPHRASE: 'wrong' }])
      expect(await openKeyStore(folder, env).open('safe')).toMatchObject({
        ok: false,
        failure: { code: 'KEY_UNUSABLE' },
      });
    const none = await openKeyStore(folder).createTrial({ ...request, name: 'n', encrypt: true });
    expect(none).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
    expect(readdirSync(folder).filter((name) => name.startsWith('n.'))).toEqual([]);
  });

  it('B19: asks for the passphrase on the terminal, and twice for a new one', async () => {
    const typed = ['once', 'again', 'twice', 'twice', 'twice'];
    const asked: string[] = [];
    const store = openKeyStore(folder, {}, (question) => {
      asked.push(question);
      return Promise.resolve(typed.shift() ?? null);
    });
    const request = {
      name: 'typed',
      subject: SUBJECT,
      kind: 'p256',
      encrypt: true,
      ...SPAN,
    } as const;
    expect(await store.createTrial(request)).toMatchObject({ failure: { code: 'USAGE' } });
    orThrow(await store.createTrial(request));
    orThrow(await store.open('typed'));
    expect(asked.map((one) => one.split(' ')[0])).toEqual([
      ...['Passphrase', 'The', 'Passphrase', 'The', 'Passphrase'],
    ]);
    expect(await store.open('typed')).toMatchObject({ failure: { code: 'KEY_UNUSABLE' } });
  });

  it('errors name the file and never its content', async () => {
    writeFileSync(
      join(folder, 'k.key'),
      '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n',
      {
        mode: 0o600,
      },
    );
    const { chainPem } = await testKey({ subject: SUBJECT });
    writeFileSync(join(folder, 'k.crt'), chainPem);
    const result = await openKeyStore(folder).open('k');
    expect(result).toMatchObject({ ok: false, failure: { code: 'KEY_UNUSABLE' } });
    expect(JSON.stringify(result) + (result.ok ? '' : result.failure.stack)).not.toContain(
      'c2VjcmV0',
    );
  });
});

function writeTrust(rootPem: string): string {
  const store = join(folder, 'truststore/x509/ca/acme');
  mkdirSync(store, { recursive: true });
  writeFileSync(join(store, 'root.pem'), rootPem);
  const statement = {
    name: 'a',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['*'],
  };
  writeFileSync(
    join(folder, 'trustpolicy.json'),
    JSON.stringify({ version: '1.0', trustPolicies: [statement] }),
  );
  return store;
}

describe("notation's configuration folder", () => {
  it('N35 I16: policy and named stores are read, and a signature is judged by them', async () => {
    const key = await testKey({ subject: SUBJECT });
    writeTrust(key.rootPem);
    const trust = orThrow(await loadNotaryTrust(folder));
    const result = verifyNotary(questionAbout(await forgeEnvelope(key), trust));
    expect(result).toMatchObject({ kind: 'trusted', signer: { trustStore: 'ca:acme' } });
  });

  it('A43 N35: a link in a store or a linked store makes signatures undetermined', async () => {
    const key = await testKey({ subject: SUBJECT });
    const store = writeTrust(key.rootPem);
    symlinkSync(join(store, 'root.pem'), join(store, 'link.pem'));
    const linked = orThrow(await loadNotaryTrust(folder));
    expect(verifyNotary(questionAbout(await forgeEnvelope(key), linked)).kind).toBe('undetermined');
    rmSync(join(store, 'link.pem'));
    symlinkSync(store, join(folder, 'truststore/x509/ca/other'));
    expect((await loadTrustStore(folder, 'ca:other')).ok).toBe(false);
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(true);
  });

  it('N35: a folder in a store, an empty or missing store, or a leaf is a failure', async () => {
    const key = await testKey({ subject: SUBJECT });
    const store = writeTrust(key.rootPem);
    mkdirSync(join(store, 'sub'));
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(false);
    rmSync(join(store, 'sub'), { recursive: true });
    writeFileSync(join(store, 'leaf.pem'), key.chainPem);
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(false);
    rmSync(join(store, 'leaf.pem'));
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(true);
    rmSync(join(store, 'root.pem'));
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(false);
    expect(await loadTrustStore(folder, 'ca:absent')).toMatchObject({
      failure: { code: 'TRUST_INVALID' },
    });
  });

  it('a file in a store is read up to 1 MiB and no further', async () => {
    const { pem } = testAuthority({ subject: 'CN=R,O=Shop,ST=WA,C=US' });
    const store = writeTrust(pem.padEnd(1024 * 1024, '\n'));
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(true);
    writeFileSync(join(store, 'root.pem'), pem.padEnd(1024 * 1024 + 1, '\n'));
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(false);
  });

  it('a store holds at most a thousand certificates over all its files', async () => {
    const { pem } = testAuthority({ subject: 'CN=R,O=Shop,ST=WA,C=US' });
    const store = writeTrust(pem.repeat(LIMITS.trustStoreCertificatesMax - 1));
    writeFileSync(join(store, 'two.pem'), pem);
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(true);
    writeFileSync(join(store, 'three.pem'), pem);
    expect((await loadTrustStore(folder, 'ca:acme')).ok).toBe(false);
  });

  it('a missing policy is reported, and a policy that is a link is refused', async () => {
    expect(await loadNotaryTrust(folder)).toMatchObject({ failure: { code: 'FILE_NOT_FOUND' } });
    writeFileSync(join(folder, 'real.json'), '{}');
    symlinkSync(join(folder, 'real.json'), join(folder, 'trustpolicy.json'));
    expect(await loadNotaryTrust(folder)).toMatchObject({ failure: { code: 'UNSAFE_PATH' } });
  });
});

const reference = testData('vectors/notation-go/verifier');

describe.skipIf(reference === null)('the trust stores of notation-go', () => {
  it.each([
    ['ca:valid-trust-store', true],
    ['ca:valid-trust-store-2', true],
    ['ca:valid-trust-store-self-signed', true],
    ['ca:trust-store-with-invalid-certs', false],
    ['ca:trust-store-with-leaf-certs', false],
    ['ca:trust-store-with-leaf-certs-in-single-file', false],
    ['signingAuthority:valid-trust-store', true],
    ['signingAuthority:valid-trust-store-2', true],
    ['tsa:test-timestamp', true],
    ['tsa:test-nonCA', false],
    ['tsa:test-nonSelfIssued', false],
  ])('N35: %s is usable: %s', async (name, usable) => {
    const result = await loadTrustStore(reference ?? '', name);
    expect(result.ok).toBe(usable);
  });
});

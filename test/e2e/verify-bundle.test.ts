import { createPublicKey } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeStatement, IN_TOTO_TYPE } from '../../src/capabilities/attestation/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { fixedKey } from '../support/certificates.ts';
import { SignedImages } from '../support/signed-images.ts';
import { TEST_IDENTITY, TEST_ISSUER, testInstance } from '../support/sigstore-instance.ts';

const BY = ['--key', 'release'];
const REVIEW = 'https://shop.example.com/review/v1';
const OTHER_KEY = fixedKey('another user');
const instance = testInstance('files');
let images: SignedImages;
let key = '';
let otherKey = '';
beforeAll(async () => {
  images = await SignedImages.open();
  key = images.writePublicKey();
  const pem = createPublicKey(OTHER_KEY).export({ format: 'pem', type: 'spki' });
  otherKey = images.write('other.pub', pem.toString());
  images.write('root.json', instance.root);
  await images.run('trust', 'import-cosign', 'root.json', '--name', 'own');
});
afterAll(() => images.close());

const verify = async (name: string, ...args: readonly string[]) =>
  (await images.try('verify', name, ...args)).code;

describe('a file and its bundle of sigstore', () => {
  it('A48: counts by the key that was asked for, over this file, and by nothing else', async () => {
    images.write('app.txt', 'hello');
    await images.run('sign', 'app.txt', ...BY, '--signature-format', 'sigstore-bundle');
    const bundle = ['--bundle', 'app.txt.sigstore.json'];
    expect(await verify('app.txt', ...bundle, '--key', key)).toBe(0);
    images.write('other.txt', 'other');
    expect(await verify('other.txt', ...bundle, '--key', key)).toBe(1);
    expect(await verify('app.txt', ...bundle, '--key', otherKey)).toBe(1);
    expect(await verify('app.txt', ...bundle)).toBe(2);
    const trust = { apiVersion: 'waybill.dev/v1', kind: 'Trust', rules: [] };
    const metadata = { name: 'own', revision: 1 };
    const before = images.read('home/trust.yaml');
    images.write('home/trust.yaml', { ...trust, metadata, revoked: [{ digest: sha256('hello') }] });
    expect(await verify('app.txt', ...bundle, '--key', key)).toBe(1);
    images.write('home/trust.yaml', before);
    const typed = [...bundle, '--key', key, '--type', 'spdx'];
    expect(await verify('app.txt', ...typed)).toBe(1);
  });

  it('S13: of more than 32 MiB is read, and of more than 128 MiB is not', async () => {
    images.write('app.txt', 'hello');
    await images.run('sign', 'app.txt', ...BY, '--signature-format', 'sigstore-bundle');
    const bundle = JSON.parse(images.read('app.txt.sigstore.json'));
    images.write('large.json', { ...bundle, more: 'x'.repeat(33 * 1024 * 1024) });
    expect(await verify('app.txt', '--bundle', 'large.json', '--key', key)).toBe(0);
    truncateSync(images.write('huge.json', '{'), LIMITS.bundleBytesMax + 1);
    const huge = await images.try('verify', 'app.txt', '--bundle', 'huge.json', '--key', key);
    expect([huge.code, huge.stderr]).toEqual([3, expect.stringContaining('LIMIT_EXCEEDED')]);
  });

  it('A60: counts by the whole identity, its issuer and its root', async () => {
    images.write('app.txt', 'hello');
    const at = toInstant(Date.now());
    images.write('keyless.json', instance.sign(Buffer.from('hello'), { at }));
    const ask = (identity: string, issuer: string, root = 'own') => [
      ...['--bundle', 'keyless.json', '--identity', identity],
      ...['--issuer', issuer, '--trusted-root', root],
    ];
    expect(await verify('app.txt', ...ask(TEST_IDENTITY, TEST_ISSUER))).toBe(0);
    expect(await verify('app.txt', ...ask(TEST_IDENTITY.slice(0, -1), TEST_ISSUER))).toBe(1);
    expect(await verify('app.txt', ...ask(TEST_IDENTITY, `${TEST_ISSUER}/x`))).toBe(1);
    expect(await verify('app.txt', ...ask(TEST_IDENTITY, TEST_ISSUER, 'absent'))).toBe(3);
  });

  it('counts by a declared pattern of identities, and by none without a path', async () => {
    images.write('app.txt', 'hello');
    const at = toInstant(Date.now());
    images.write('keyless.json', instance.sign(Buffer.from('hello'), { at }));
    const ask = (pattern: string) => [
      ...['--bundle', 'keyless.json', '--identity-glob', pattern],
      ...['--issuer', TEST_ISSUER, '--trusted-root', 'own'],
    ];
    const mask = TEST_IDENTITY.replace(/@.*$/, '@refs/heads/*');
    expect(await verify('app.txt', ...ask(mask))).toBe(0);
    expect(await verify('app.txt', ...ask(mask.replace('heads', 'tags')))).toBe(1);
    expect(await verify('app.txt', ...ask('https://*'))).toBe(2);
    expect(await verify('app.txt', ...ask(mask), '--identity', TEST_IDENTITY)).toBe(2);
  });

  it('A46, A63: a statement counts by its type, and about this file', async () => {
    images.write('app.txt', 'hello');
    const state = (about: Digest) => {
      const subjects = [{ name: null, digest: { sha256: about.slice('sha256:'.length) } }];
      const bytes = encodeStatement({ subjects, predicateType: REVIEW, predicate: {} });
      const options = { key: OTHER_KEY, log: 'none', payloadType: IN_TOTO_TYPE } as const;
      images.write('stated.json', instance.sign(bytes, options));
    };
    const ask = ['--bundle', 'stated.json', '--key', otherKey];
    state(sha256('hello'));
    expect(await verify('app.txt', ...ask, '--type', REVIEW)).toBe(0);
    expect(await verify('app.txt', ...ask, '--type', 'vsa')).toBe(1);
    expect(await verify('app.txt', ...ask)).toBe(1);
    state(sha256('another'));
    expect(await verify('app.txt', ...ask, '--type', REVIEW)).toBe(1);
  });
});

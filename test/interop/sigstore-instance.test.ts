import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignedImages } from '../support/signed-images.ts';
import { RealSigstore, sigstorePrograms } from '../support/sigstore-peers.ts';

const programs = sigstorePrograms();
const WHO = 'release@shop.example.com';
let images: SignedImages;
let sigstore: RealSigstore;

/** cosign on loopback, with the trusted root of the instance and nothing else. */
async function cosign(...args: readonly string[]): Promise<string> {
  const env = { HOME: images.folder, PATH: process.env['PATH'] };
  const cwd = images.folder;
  const program = programs?.cosign ?? '';
  const ended = await promisify(execFile)(program, args, { cwd, env, timeout: 120_000 });
  return `${ended.stdout}${ended.stderr}`;
}

const LOCAL = ['--allow-http-registry', '--allow-insecure-registry'];
const verifyOptions = (who = WHO) => [
  ...['--trusted-root', 'root.json', '--certificate-identity', who],
  ...['--certificate-oidc-issuer', sigstore.issuer],
];

describe.skipIf(programs === null)(
  'S8–S11: a private instance of Fulcio, timestamp-authority and Rekor v2, and cosign 3',
  () => {
    beforeAll(async () => {
      images = await SignedImages.open();
      sigstore = await RealSigstore.start(programs ?? ({} as never));
      images.write('root.json', sigstore.trustedRoot);
      images.write('signing.json', sigstore.signingConfig);
      images.write('token', sigstore.token());
      await images.run(
        ...['trust', 'import-cosign', 'root.json', '--identity', WHO],
        ...['--issuer', sigstore.issuer, '--statement', 'image', '--statement', 'sbom'],
        ...['--repository', `${images.registry.registry}/shop/*`],
      );
    }, 120_000);
    afterAll(async () => {
      await sigstore?.stop();
      await images?.close();
    });

    const KEYLESS = ['--keyless', '--identity-token', 'token', '--signing-config', 'signing.json'];

    it('an image that Waybill signs without a key is verified by both', async () => {
      const image = await images.push('ours');
      await images.run('sign', image, ...KEYLESS);
      expect(await images.verify(image)).toMatchObject({ standing: 'counts' });
      expect(await cosign('verify', ...verifyOptions(), ...LOCAL, image)).toContain(
        'The cosign claims were validated',
      );
      await expect(
        cosign('verify', ...verifyOptions('other@shop.example.com'), ...LOCAL, image),
      ).rejects.toThrow();
    }, 120_000);

    it('an image that cosign signs without a key counts', async () => {
      const image = await images.push('theirs');
      await cosign(
        ...['sign', '-y', '--identity-token', 'token', '--signing-config', 'signing.json'],
        ...['--trusted-root', 'root.json', ...LOCAL, image],
      );
      expect(await images.verify(image)).toMatchObject({
        standing: 'counts',
        signatures: [{ format: 'sigstore-bundle', standing: 'counts' }],
      });
    }, 120_000);

    it('a file is verified by cosign verify-blob', async () => {
      images.write('app.tgz', 'the file');
      await images.run('sign', 'app.tgz', '--signature-format', 'sigstore-bundle', ...KEYLESS);
      const bundle = ['--bundle', join(images.folder, 'app.tgz.sigstore.json')];
      expect(await cosign('verify-blob', ...bundle, ...verifyOptions(), 'app.tgz')).toContain(
        'Verified OK',
      );
    }, 120_000);

    it('a statement is verified by cosign, by its type only', async () => {
      const image = await images.push('stated');
      images.write('tests.json', { result: 'PASSED', configuration: [] });
      const stated = ['--type', 'test-result', '--predicate', 'tests.json'];
      await images.run('attest', image, ...stated, ...KEYLESS);
      const verify = (type: string) =>
        cosign('verify-attestation', ...verifyOptions(), ...LOCAL, '--type', type, image);
      const type = 'https://in-toto.io/attestation/test-result/v0.1';
      expect(await verify(type)).toContain('The cosign claims were validated');
      await expect(verify('slsaprovenance1')).rejects.toThrow();
    }, 120_000);

    it('what a key signs is in the log where that is asked for, and cosign finds it', async () => {
      const image = await images.push('keyed');
      await images.run(
        ...['sign', image, '--key', 'release', '--signature-format', 'sigstore-bundle'],
        ...['--signing-config', 'signing.json'],
      );
      const key = ['--key', images.writePublicKey(), '--trusted-root', 'root.json'];
      expect(await cosign('verify', ...key, ...LOCAL, image)).toContain(
        'Existence of the claims in the transparency log was verified',
      );
    }, 120_000);
  },
);

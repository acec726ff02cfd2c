import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toInstant } from '../../src/core/instant.ts';
import { debianComponent, sbomDocument } from '../support/evidence-world.ts';
import { peer } from '../support/peer.ts';
import { TAG_VALUE } from '../support/sbom-forms.ts';
import { SignedImages } from '../support/signed-images.ts';
import { testInstance } from '../support/sigstore-instance.ts';
import { startSigstore } from '../support/sigstore-services.ts';
import { makeTufRepository, TufMirror } from '../support/tuf-repository.ts';

const cosign = peer('cosign');
let images: SignedImages;
beforeAll(async () => {
  images = await SignedImages.open();
});
afterAll(() => images.close());

/** cosign on loopback: it asks no log and no authority. */
async function run(...args: readonly string[]): Promise<string> {
  const env = { HOME: images.folder, PATH: process.env['PATH'], COSIGN_PASSWORD: 'secret' };
  const cwd = images.folder;
  const ended = await promisify(execFile)(cosign ?? '', args, { cwd, env, timeout: 120_000 });
  return `${ended.stdout}${ended.stderr}`;
}

const LOCAL = ['--allow-http-registry', '--allow-insecure-registry'];
const OLDER = ['--new-bundle-format=false'];
const signWith = (image: string, ...options: readonly string[]) => {
  const quiet = ['-y', '--tlog-upload=false', '--use-signing-config=false'];
  return run('sign', '--key', 'cosign.key', ...quiet, ...LOCAL, ...options, image);
};
const verifyWith = (key: string, image: string, ...options: readonly string[]) =>
  run('verify', '--key', key, '--insecure-ignore-tlog', ...LOCAL, ...options, image);

describe.skipIf(cosign === null)('I1, X3: cosign 3 and Waybill read what the other signs', () => {
  beforeAll(async () => {
    await run('generate-key-pair');
    const where = ['--repository', `${images.registry.registry}/shop/*`];
    await images.run('trust', 'import-cosign', '--key', 'cosign.pub', ...where);
  }, 60_000);

  it.each([
    ['S1, S2: a bundle', 'sigstore-bundle', []],
    ['S4: an older signature', 'cosign-legacy', OLDER],
  ])(
    '%s that cosign signs counts',
    async (_, format, options) => {
      const image = await images.push(`theirs-${format}`);
      expect((await images.verify(image)).standing).toBe('does-not-count');
      await signWith(image, ...options);
      expect(await images.verify(image)).toMatchObject({
        code: 0,
        standing: 'counts',
        signatures: [{ format, standing: 'counts' }],
      });
    },
    120_000,
  );

  it.each([
    ['S1, S2: a bundle', 'sigstore-bundle', []],
    ['S4: an older signature', 'cosign-legacy', OLDER],
  ])(
    '%s that Waybill signs is verified by cosign, and not by another key',
    async (...row) => {
      const [, format, options] = row;
      const image = await images.push(`ours-${format}`);
      await images.run('sign', image, '--key', 'release', '--signature-format', format);
      const key = images.writePublicKey();
      expect(await verifyWith(key, image, ...options)).toContain(
        'The cosign claims were validated',
      );
      await expect(
        verifyWith(join(images.folder, 'cosign.pub'), image, ...options),
      ).rejects.toThrow();
    },
    120_000,
  );

  it.each([
    ['sigstore-bundle', []],
    ['cosign-legacy', OLDER],
  ])(
    'S18: %s by the encrypted key of cosign is verified by cosign',
    async (form, options) => {
      const image = await images.push(`encrypted-${form}`);
      const key = `sigstore:${join(images.folder, 'cosign.key')}`;
      const env = { COSIGN_PASSWORD: 'secret' };
      await images.runWith(env, 'sign', image, '--key', key, '--signature-format', form);
      expect(await verifyWith('cosign.pub', image, ...options)).toContain(
        'The cosign claims were validated',
      );
      expect(await images.verify(image)).toMatchObject({ standing: 'counts' });
    },
    120_000,
  );

  it('S4: both sign beside each other under one tag', async () => {
    const image = await images.push('beside');
    await signWith(image, ...OLDER);
    await images.run('sign', image, '--key', 'release', '--signature-format', 'cosign-legacy');
    await signWith(image, ...OLDER);
    expect((await images.verify(image)).signatures.length).toBeGreaterThan(1);
    for (const key of [images.writePublicKey(), 'cosign.pub'])
      expect(await verifyWith(key, image, ...OLDER)).toContain('The cosign claims were validated');
  }, 120_000);

  it.each([
    ['S2: a bundle', 'sigstore-bundle', []],
    ['S6: an older attestation', 'cosign-legacy', OLDER],
  ])(
    '%s that cosign makes of an SBOM counts, and A46: is no signature of the image',
    async (_, form, options) => {
      const image = await images.push(`attested-${form}`);
      const spdx = ['--type', 'spdxjson', '--predicate', 'sbom.spdx.json'];
      const { bytes } = sbomDocument([debianComponent('tzdata')]);
      writeFileSync(join(images.folder, 'sbom.spdx.json'), bytes);
      await run(
        ...['attest', '--key', 'cosign.key', '-y', '--tlog-upload=false', ...LOCAL],
        ...['--use-signing-config=false', ...spdx, ...options, image],
      );
      const { standing, signatures, documents, unread } = await images.verify(image);
      expect([standing, signatures, unread]).toEqual(['does-not-count', [], []]);
      expect(documents).toMatchObject([{ kind: 'sbom', standing: 'does-not-count' }]);
      const where = ['--repository', image.replace(/:1$/, ''), '--statement', 'sbom'];
      await images.run('trust', 'import-cosign', '--key', 'cosign.pub', ...where);
      const trusted = await images.verify(image);
      expect(trusted.documents).toMatchObject([{ kind: 'sbom', standing: 'counts' }]);
      expect(trusted.standing).toBe('does-not-count');
    },
    120_000,
  );

  it.each([
    ['sigstore-bundle', []],
    ['cosign-legacy', OLDER],
  ])(
    'I5: a statement in the form %s is verified by cosign, by its type only',
    async (...row) => {
      const [form, options] = row;
      const image = await images.push(`stated-${form}`);
      images.write('tests.json', { result: 'PASSED', configuration: [] });
      const stated = ['--type', 'test-result', '--predicate', 'tests.json'];
      await images.run('attest', image, '--key', 'release', ...stated, '--signature-format', form);
      const key = images.writePublicKey();
      const type = 'https://in-toto.io/attestation/test-result/v0.1';
      const verifyType = (name: string, file: string) =>
        run(
          ...['verify-attestation', '--key', file, '--insecure-ignore-tlog', ...LOCAL],
          ...['--type', name, ...options, image],
        );
      expect(await verifyType(type, key)).toContain('The cosign claims were validated');
      await expect(verifyType('spdxjson', key)).rejects.toThrow();
      await expect(verifyType(type, join(images.folder, 'cosign.pub'))).rejects.toThrow();
    },
    120_000,
  );

  it('S14: an SBOM that cosign attests as a text (tag-value form) is one', async () => {
    const image = await images.push('attested-text');
    images.write('sbom.spdx', TAG_VALUE);
    await run(
      ...['attest', '--key', 'cosign.key', '-y', '--tlog-upload=false', ...LOCAL],
      ...['--use-signing-config=false', '--type', 'spdx', '--predicate', 'sbom.spdx', image],
    );
    const where = ['--repository', image.replace(/:1$/, ''), '--statement', 'sbom'];
    await images.run('trust', 'import-cosign', '--key', 'cosign.pub', ...where);
    const { documents } = await images.verify(image);
    expect(documents).toMatchObject([{ kind: 'sbom', standing: 'counts' }]);
  }, 120_000);

  it.each([
    ['S8, S9: a bundle', 'sigstore-bundle', []],
    ['S4: an older signature', 'cosign-legacy', OLDER],
  ])(
    '%s that Waybill signs without a key, in a log of Rekor v1, is verified by cosign',
    async (...row) => {
      const [, format, options] = row;
      const sigstore = await startSigstore(`cosign ${format}`);
      try {
        const image = await images.push(`keyless-${format}`);
        const write = (name: string, value: object | string) =>
          images.write(`${format}-${name}`, value) && `${format}-${name}`;
        const root = write('root.json', sigstore.trustedRoot());
        const config = write('config.json', { ...sigstore.signingConfig(1), tsaUrls: [] });
        await images.run('trust', 'import-cosign', root, '--name', format);
        const token = ['--identity-token', write('token', sigstore.token())];
        const from = ['--trusted-root', format, '--signing-config', config, ...token];
        await images.run('sign', image, '--keyless', '--signature-format', format, ...from);
        const verify = (who: string) =>
          run(
            ...['verify', '--trusted-root', root, '--certificate-identity', who],
            ...['--certificate-oidc-issuer', sigstore.url, ...LOCAL, ...options, image],
          );
        const who = 'https://git.example.com/shop/trips/release.yml@refs/heads/main';
        expect(await verify(who)).toContain('The cosign claims were validated');
        await expect(verify(`${who}s`)).rejects.toThrow();
      } finally {
        await sigstore.close();
      }
    },
    120_000,
  );

  it('cosign follows the TUF repositories of our tests, and refuses others', async () => {
    const mirror = await TufMirror.start();
    const files = { 'trusted_root.json': Buffer.from(JSON.stringify(testInstance('tuf').root)) };
    const now = toInstant(Date.now());
    mirror.files = makeTufRepository({ now, files });
    images.write('root.json', mirror.files.get('1.root.json') ?? '');
    const follow = () => run('initialize', '--mirror', mirror.url, '--root', 'root.json');
    try {
      await follow();
      const keys: [string, string] = ['tuf three', 'tuf four'];
      const next = { root: 3, timestamp: 5, snapshot: 5, targets: 5, keys };
      mirror.files = makeTufRepository({ now, files, ...next });
      await follow();
      const change = (role: string, signed: { expires: string }) => {
        if (role === 'timestamp') signed.expires = '2026-01-01T00:00:00Z';
      };
      mirror.files = makeTufRepository({ now, files, ...next, change });
      await expect(follow()).rejects.toThrow('expired');
      const sound = makeTufRepository({ now, files });
      const strange = makeTufRepository({ now, files, keys }).get('timestamp.json');
      mirror.files = new Map([...sound, ['timestamp.json', strange ?? new Uint8Array()]]);
      await expect(follow()).rejects.toThrow('threshold');
    } finally {
      mirror.close();
    }
  }, 120_000);

  it('A48: a file that one signs in a bundle is verified by the other', async () => {
    images.write('app.txt', 'hello');
    const quiet = ['-y', '--tlog-upload=false', '--use-signing-config=false'];
    await run('sign-blob', '--key', 'cosign.key', ...quiet, '--bundle', 'theirs.json', 'app.txt');
    const whom = ['--bundle', 'theirs.json', '--key', 'cosign.pub'];
    expect((await images.try('verify', 'app.txt', ...whom)).code).toBe(0);
    await images.run(
      'sign',
      'app.txt',
      '--key',
      'release',
      '--signature-format',
      'sigstore-bundle',
    );
    const verifyBlob = (key: string) =>
      run(
        ...['verify-blob', '--bundle', 'app.txt.sigstore.json', '--key', key],
        ...['--insecure-ignore-tlog', 'app.txt'],
      );
    expect(await verifyBlob(images.writePublicKey())).toContain('Verified OK');
    await expect(verifyBlob('cosign.pub')).rejects.toThrow();
    images.write('predicate.json', { by: 'Ada' });
    await run(
      ...['attest-blob', '--key', 'cosign.key', ...quiet, '--predicate', 'predicate.json'],
      ...['--type', 'https://shop.example.com/review/v1', '--bundle', 'stated.json', 'app.txt'],
    );
    const stated = ['verify', 'app.txt', '--bundle', 'stated.json', '--key', 'cosign.pub'];
    const review = ['--type', 'https://shop.example.com/review/v1'];
    expect((await images.try(...stated, ...review)).code).toBe(0);
    expect((await images.try(...stated, '--type', 'vsa')).code).toBe(1);
    expect((await images.try(...stated)).code).toBe(1);
  }, 120_000);
});

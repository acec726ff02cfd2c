import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyText, ruleText } from '../support/policy-facts.ts';
import { SignedImages } from '../support/signed-images.ts';

let images: SignedImages;
beforeAll(async () => {
  images = await SignedImages.open();
  const where = ['--repository', `${images.registry.registry}/shop/*`];
  await images.run('trust', 'import-cosign', '--key', images.writePublicKey(), ...where);
});
afterAll(() => images.close());

const sign = (image: string, ...options: readonly string[]) =>
  images.try('sign', image, '--key', 'release', ...options);

interface SignatureRow {
  readonly standing: string;
  readonly format: string;
}

describe('X3, I1: an image counts by a signer who is trusted, in every form', () => {
  it('one service by cosign, one by notation, one by both, one by neither', async () => {
    const services: readonly (readonly [string, readonly string[] | null, readonly string[]])[] = [
      ['notation', [], ['notary-jws']],
      ['cosign', ['--signature-format', 'sigstore-bundle'], ['sigstore-bundle']],
      ['older', ['--signature-format', 'cosign-legacy'], ['cosign-legacy']],
      ['both', ['--also', 'sigstore-bundle'], ['notary-jws', 'sigstore-bundle']],
      ['neither', null, []],
    ];
    for (const [name, options, formats] of services) {
      const image = await images.push(name);
      if (options !== null) expect((await sign(image, ...options)).code).toBe(0);
      const shown = await images.verify(image);
      const isSigned = options !== null;
      expect([name, shown.code, shown.standing]).toEqual(
        isSigned ? [name, 0, 'counts'] : [name, 1, 'does-not-count'],
      );
      const rows = shown.signatures.map(({ standing, format }: SignatureRow) => [standing, format]);
      expect(rows).toEqual(formats.map((format) => ['counts', format]));
      expect(shown.unread).toEqual([]);
    }
  });

  it('has the same decision record, but for the names of image and form', async () => {
    const require = 'signatures.exists(s, s.trusted)';
    images.write('scene.yaml', policyText(ruleText(require)));
    const decide = async (name: string, ...forms: readonly (readonly string[])[]) => {
      const image = await images.push(`scene-${name}`);
      for (const form of forms) expect((await sign(image, ...form)).code).toBe(0);
      const args = ['gate', 'admission', image, '--policy', 'scene.yaml', '--format', 'json'];
      const { code, stdout } = await images.try(...args);
      const [verdict] = JSON.parse(stdout).verdicts;
      const { image: _, resolved: __, facts: ___, record, validUntil, ...same } = verdict;
      expect([typeof record, validUntil]).not.toContain(undefined);
      return { code, same };
    };
    const bundle = ['--signature-format', 'sigstore-bundle'];
    const notation = await decide('notation', []);
    expect(notation.code).toBe(0);
    expect(await decide('cosign', bundle)).toEqual(notation);
    expect(await decide('both', [], bundle)).toEqual(notation);
    expect((await decide('neither')).code).toBe(1);
  });

  it('S4: what is under the tag of cosign stays when another signature is added', async () => {
    const image = await images.push('twice');
    const legacy = ['--signature-format', 'cosign-legacy'];
    for (const _ of [1, 2]) expect((await sign(image, ...legacy)).code).toBe(0);
    expect((await images.verify(image)).signatures).toHaveLength(2);
  });

  it.each([
    ['--signature-format cosign-legacy --expires-in 1d', 'has no expiry'],
    ['--signature-format sigstore-bundle --also sigstore-bundle', 'the same form'],
    ['--also sigstore-bundle --timestamp-url http://tsa.example.com', 'belong together'],
  ])('%s is refused: %s', async (options, why) => {
    const { code, stderr } = await sign('registry.example.com/shop/a', ...options.split(' '));
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
  });

  it('files have the form of Notary Project only', async () => {
    for (const options of ['--also sigstore-bundle', '--signature-format cosign-legacy'])
      expect((await sign('release.pub', ...options.split(' '))).stderr).toContain(
        'only for images',
      );
  });
});

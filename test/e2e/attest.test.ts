import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianComponent, sbomDocument } from '../support/evidence-world.ts';
import { SignedImages } from '../support/signed-images.ts';

let images: SignedImages;
beforeAll(async () => {
  images = await SignedImages.open();
  const key = images.writePublicKey();
  const where = ['--repository', `${images.registry.registry}/shop/*`, '--statement', 'sbom'];
  await images.run('trust', 'import-cosign', '--key', key, ...where);
  images.write('sbom.json', sbomDocument([debianComponent('tzdata')]).bytes);
  images.write('tests.json', { result: 'PASSED', configuration: [] });
});
afterAll(() => images.close());

const SPDX = 'https://spdx.dev/Document';
const BY = ['--key', 'release'];
const IN_BUNDLE = ['--signature-format', 'sigstore-bundle'];

async function attest(image: string, ...args: readonly string[]) {
  const { stdout } = await images.run('attest', image, ...BY, ...args, '--format', 'json');
  return JSON.parse(stdout);
}

async function verifyType(image: string, type: string) {
  const { code, stdout } = await images.try('verify', image, '--type', type, '--format', 'json');
  return { code, ...JSON.parse(stdout) };
}

describe('B6, B16, I5: waybill attest', () => {
  it.each(['notary-jws', 'notary-cose', 'sigstore-bundle', 'cosign-legacy'])(
    'X3: in the form %s, a statement is attached, signed, and counts by its type (A46)',
    async (form) => {
      const image = await images.push(`attest-${form}`);
      const made = await attest(
        ...[image, '--type', 'spdx', '--predicate', 'sbom.json', '--signature-format', form],
      );
      expect(made).toMatchObject({ predicateType: SPDX, kind: 'sbom', standing: 'counts' });
      expect(await verifyType(image, 'spdx')).toMatchObject({
        code: 0,
        documents: [{ kind: 'sbom', predicateType: SPDX, standing: 'counts' }],
      });
      for (const other of ['vsa', 'https://shop.example.com/review/v1'])
        expect(await verifyType(image, other)).toMatchObject({ code: 1, documents: [] });
      expect((await images.verify(image)).standing).toBe('does-not-count');
    },
  );

  it('of a type that no gate reads, it counts where a rule names that type', async () => {
    const image = await images.push('tested');
    await attest(image, '--type', 'test-result', '--predicate', 'tests.json', ...IN_BUNDLE);
    expect((await verifyType(image, 'test-result')).standing).toBe('does-not-count');
    const path = images.write('none', '');
    const trust = path.replace(/none$/, 'home/trust.yaml');
    const text = readFileSync(trust, 'utf8');
    const type = 'https://in-toto.io/attestation/test-result/v0.1';
    images.write('home/trust.yaml', text.replace(/- sbom\n/g, `- sbom\n      - ${type}\n`));
    const after = await verifyType(image, 'test-result');
    images.write('home/trust.yaml', text);
    expect(after).toMatchObject({ code: 0, documents: [{ standing: 'counts' }] });
  });

  it.each([
    ['another form', ['--type', 'test-result', '--predicate', 'sbom.json'], 'result is none of'],
    ['no SBOM', ['--type', 'spdx', '--predicate', 'tests.json'], 'not an SBOM'],
    ['no SBOM in a bundle', ['--type', 'spdx', '--predicate', 'tests.json', ...IN_BUNDLE], 'SBOM'],
    ['no such type', ['--type', 'spdxx', '--predicate', 'sbom.json'], 'no type of a predicate'],
    ['no list', ['--type', 'scai', '--predicate', 'tests.json'], 'attributes'],
    ['no verifier', ['--type', 'vsa', '--predicate', 'tests.json'], 'verifier.id'],
  ])('refuses %s, and attaches nothing', async (_, args, why) => {
    const image = await images.push('refused');
    const { code, stderr } = await images.try('attest', image, ...BY, ...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(why);
    expect((await images.verify(image)).documents).toEqual([]);
  });

  it('a custom predicate follows its schema, or is refused', async () => {
    const image = await images.push('custom');
    const properties = { by: { type: 'string' } };
    images.write('schema.json', { type: 'object', properties, required: ['by'] });
    images.write('good.json', { by: 'Ada' });
    const typed = ['--type', 'https://shop.example.com/review/v1', '--schema', 'schema.json'];
    images.write('list.json', [1]);
    const list = ['--type', 'https://shop.example.com/review/v1', '--schema', 'list.json'];
    const none = await images.try('attest', image, ...BY, ...list, '--predicate', 'good.json');
    expect(none.stderr).toContain('no JSON Schema');
    const made = await attest(image, ...typed, '--predicate', 'good.json');
    expect(made).toMatchObject({ kind: 'other' });
    const bad = await images.try('attest', image, ...BY, ...typed, '--predicate', 'tests.json');
    expect([bad.code === 0, bad.stderr.includes('does not follow schema.json')]).toEqual([
      false,
      true,
    ]);
  });

  it('S4, S6: discover lists what cosign keeps under tags, by name', async () => {
    const image = await images.push('tagged');
    const legacy = ['--signature-format', 'cosign-legacy'];
    await attest(image, '--type', 'spdx', '--predicate', 'sbom.json', ...legacy);
    await images.run('sign', image, ...BY, ...legacy);
    const { stdout } = await images.run('discover', image, '--format', 'json');
    expect(JSON.parse(stdout).tags).toMatchObject([
      { what: 'cosign signature' },
      { what: 'cosign attestation' },
    ]);
  });
});

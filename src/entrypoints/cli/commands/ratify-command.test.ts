import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  inlineProvider,
  notationVerifier,
  publicKeyPem,
  ratifyExecutor,
  ratifyOne,
  writeRatifyResources,
  writeResources,
} from '../../../../test/support/ratify.ts';
import { SignedImages } from '../../../../test/support/signed-images.ts';

const SUBJECT = 'CN=release,O=example,ST=WA,C=US';
let images: SignedImages;
beforeAll(async () => {
  images = await SignedImages.open();
});
afterAll(() => images.close());

const take = (home: string, ...args: readonly string[]) =>
  images.try('cluster', 'import-ratify', ...args, '--home', join(images.folder, home));
const write = (name: string, text: string): string => {
  writeFileSync(join(images.folder, name), text);
  return name;
};
const read = (...path: readonly string[]): string =>
  readFileSync(join(images.folder, ...path), 'utf8');

describe('I14, I15: waybill cluster import-ratify', () => {
  it('an image that Ratify admits counts, and one of another repository does not', async () => {
    const root = read('home', 'keys', 'release.root.crt');
    const file = write(
      'mine.yaml',
      writeResources(
        inlineProvider('root', root),
        notationVerifier({}, { ca: { shop: ['root'] } }),
      ),
    );
    const where = ['--repository', `${images.registry.registry}/shop/trips`];
    const subject = ['--identity', SUBJECT];
    const taken = await take('mine', file, ...where, ...subject);
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    for (const [name, code] of [
      ['trips', 0],
      ['poi', 1],
    ] as const) {
      const image = await images.push(name);
      await images.run('sign', image, '--key', 'release');
      const there = ['--home', join(images.folder, 'mine')];
      expect([name, (await images.try('verify', image, ...there)).code]).toEqual([name, code]);
    }
  });

  it('reads an executor from standard input, and says what did not come over', async () => {
    const keys = { inline: { keys: publicKeyPem('ratify') } };
    const trustPolicies = [{ scopes: ['registry.example.com/shop'], ignoreTLog: true, keys }];
    const verifiers = [{ name: 'cosign', type: 'cosign', parameters: { trustPolicies } }];
    const stores = [{ type: 'registry-store', parameters: { credential: { password: 'SECRET' } } }];
    const scopes = ['registry.example.com', '*.example.org'];
    const file = write(
      'v2.yaml',
      writeResources(ratifyExecutor('e', { scopes, verifiers, stores })),
    );
    const { code, stdout, stderr } = await take('v2', file, '--format', 'json');
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      rules: [{ id: 'e-cosign', repositories: ['registry.example.com/shop'] }],
      left: [
        { what: 'credentials of a store of Executor e' },
        { what: 'scope *.example.org of verifier cosign of Executor e' },
      ],
    });
    expect(stdout + read('v2', 'trust.yaml')).not.toContain('SECRET');
  });

  it('never replaces a policy or certificates, and keeps rules that are there', async () => {
    const args = [write('ratify.yaml', writeRatifyResources()), '--identity', SUBJECT];
    const first = await take('kept', ...args);
    expect([first.code, first.stdout]).toEqual([0, expect.not.stringContaining('out: rule')]);
    const before = read('kept', 'trust.yaml');
    const again = await take('kept', ...args);
    expect([again.code, again.stdout]).toEqual([3, expect.stringContaining('left out: rule')]);
    expect(read('kept', 'trust.yaml')).toBe(before);
    writeFileSync(join(images.folder, 'kept', 'notation', 'trustpolicy.json'), '{}');
    const other = await take('kept', ...args);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('something else')]);
    writeFileSync(join(images.folder, 'kept', 'notation', 'trustpolicy.oci.json'), '{}');
    expect((await take('kept', ...args)).stderr).toContain('is read in its place');
  });

  it.each([
    ['nothing of it came over', writeResources(ratifyOne('Verifier', 'v', {})), [], 3, ''],
    ['no resource', 'a: 1', [], 3, 'is no resource'],
    ['certificates that are none', broken(), ['--identity', 'CN=a,O=b,ST=WA,C=US'], 3, 'ca:shop'],
    ['an unknown kind', writeRatifyResources(), ['--statement', 'x'], 2, 'unknown: x'],
    ['an identity with a flaw', writeRatifyResources(), ['--identity', 'x'], 2, ''],
  ])('%s: nothing is written', async (name, text, options, code, why) => {
    const result = await take('none', write('bad.yaml', text), ...options);
    expect([name, result.code, result.stderr]).toEqual([name, code, expect.stringContaining(why)]);
    expect(existsSync(join(images.folder, 'none', 'trust.yaml'))).toBe(false);
  });
});

function broken(): string {
  const statement = { registryScopes: ['registry.example.com/shop/trips'] };
  return writeResources(
    inlineProvider('root', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
    notationVerifier(statement, { ca: { shop: ['root'] } }),
  );
}

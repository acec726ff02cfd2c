import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInstalled } from '../../../../../test/support/locked-tree.ts';
import { type NativeImage, packNativeImage } from '../../../../../test/support/native-image.ts';
import { Failure } from '../../../../core/failure.ts';
import { nativeImage } from './native-image.ts';

const component = (name: string, more: object = {}) => ({
  ...{ type: 'library', group: 'io.acme', name, version: '1.2.3' },
  ...{ purl: `pkg:maven/io.acme/${name}@1.2.3`, 'bom-ref': `ref-${name}`, ...more },
});
const SBOM = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { component: component('shop', { type: 'application' }) },
  components: [component('log'), component('http', { purl: undefined })],
  dependencies: [
    { ref: 'ref-shop', dependsOn: ['ref-http'] },
    { ref: 'ref-http', dependsOn: ['ref-log'] },
  ],
};
const pack = (value: unknown): Buffer => gzipSync(JSON.stringify(value));
const image = (packed: Buffer, more: Partial<NativeImage> = {}): Buffer =>
  packNativeImage({ packed, ...more });
const read = (bytes: Uint8Array) => nativeImage.extract({ path: 'app/shop', bytes });

describe('B2: a native image of GraalVM tells what it was built from', () => {
  it('as its embedded SBOM says, with what needs what', () => {
    const { drafts, skips } = read(image(pack(SBOM)));
    expect(skips).toEqual([]);
    expect(drafts.map(({ key, version, needs }) => [key, version, needs])).toEqual([
      ['ref-shop', '1.2.3', ['ref-http']],
      ['ref-log', '1.2.3', []],
      ['ref-http', '1.2.3', ['ref-log']],
    ]);
  });

  it('in a root file system, whose program it explains', async () => {
    const files = { 'app/shop': image(pack(SBOM)) as unknown as string };
    expect(await readInstalled(files)).toMatchObject({
      outcome: 'complete',
      found: ['native-image'],
      components: [
        'pkg:maven/io.acme/http@1.2.3',
        'pkg:maven/io.acme/log@1.2.3',
        'pkg:maven/io.acme/shop@1.2.3',
      ],
    });
    const bare = { 'app/shop': image(pack(SBOM), { symbols: ['sbom', 'x'] }) as unknown as string };
    const found = await readInstalled(bare);
    expect([found.outcome, found.components]).toEqual(['partial', []]);
    expect(found.reasons.join()).toContain('built without an SBOM');
  });

  it.each([
    ['no gzip', image(Buffer.from('x'))],
    ['no JSON', image(gzipSync('{'))],
    ['no component', image(pack({ components: [] }))],
    ['a component without a version', image(pack({ components: [{ name: 'x' }] }))],
    ['more than it may unpack', image(gzipSync(Buffer.alloc(33 * 1024 * 1024)))],
    ['a length that leads away', image(pack(SBOM), { length: 1_000_000 })],
    ['an address that leads away', image(pack(SBOM), { address: 7 })],
  ])('and makes the inventory partial where its SBOM has %s', (_, bytes) => {
    const { drafts, skips } = read(bytes);
    expect([drafts.length, skips.length]).toEqual([0, 1]);
  });

  it('within limits of its tables and of its SBOM', () => {
    const why = (more: Partial<NativeImage>): readonly string[] =>
      read(image(pack(SBOM), more)).skips.map(({ cause }) => cause.message);
    expect(why({ length: 2 ** 40 })).toEqual([expect.stringContaining('SBOM is too large')]);
    const large: [string, string] = ['sbom', `sbom_length\0${'x'.repeat(5 * 1024 * 1024)}`];
    expect(why({ symbols: large })).toEqual([expect.stringContaining('tables of symbols')]);
  });

  it('says nothing for other programs, and throws nothing but Failure at any cut', () => {
    expect(read(image(pack(SBOM), { heap: '.data' }))).toMatchObject({ drafts: [], skips: [] });
    const whole = image(pack(SBOM));
    for (let end = 0; end < whole.length; end++) read(whole.subarray(0, end));
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at % whole.length] = byte;
        try {
          read(damaged);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      }),
      { numRuns: 300 },
    );
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianImage } from '../../../test/support/debian-image.ts';
import { buildArtifact, formatReferrersTag, toContent } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import { openLayoutSource } from './layout.ts';
import { createStandIns } from './several.ts';
import { openLayoutTarget } from './write.ts';

const SHOP = 'registry.example.com/shop/trips';
let folder: string;
let [trips, other]: [Descriptor, Descriptor] = [] as never;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-layouts-'));
  trips = await write('bare', 'a', '1.4');
  other = await write('other', 'b', '1.4');
  await write('named', 'a', `${SHOP}:1.4`);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function write(name: string, packaged: string, tag: string): Promise<Descriptor> {
  const target = orThrow(await openLayoutTarget(join(folder, name)));
  const { manifest, blobs } = debianImage([{ name: packaged, version: '1' }]);
  for (const blob of blobs) orThrow(await target.pushBlob('', blob));
  return orThrow(await target.pushManifest('', manifest, tag));
}

async function open(...standIns: readonly (readonly [string | null, string])[]) {
  const opened = standIns.map(async ([repository, name]) => {
    const path = join(folder, name);
    return { repository, source: orThrow(await openLayoutSource({ kind: 'oci', path })) };
  });
  return createStandIns(await Promise.all(opened));
}

const reference = (text: string) => orThrow(parseImageReference(text));

describe('Layouts in the place of registries', () => {
  it('P6 G16: a tag counts in the layout of its repository, or under its whole name', async () => {
    const named = await open([null, 'named']);
    expect(await named.resolve(reference(`${SHOP}:1.4`))).toMatchObject({ value: trips });
    const mapped = await open([SHOP, 'bare']);
    expect(await mapped.resolve(reference(`${SHOP}:1.4`))).toMatchObject({ value: trips });
    const bare = await open([null, 'bare']);
    expect(await bare.resolve(reference(`${SHOP}:1.4`))).toMatchObject({
      failure: { code: 'NOT_FOUND' },
    });
  });

  it('P6: the layout of one repository says nothing about another one', async () => {
    const mapped = await open([SHOP, 'bare'], ['registry.example.com/shop/other', 'other']);
    const poi = 'registry.example.com/shop/poi';
    expect(await mapped.resolve(reference(`${poi}@${trips.digest}`))).toMatchObject({ ok: false });
    expect(await mapped.manifest(poi, trips)).toMatchObject({ ok: false });
    expect(await mapped.manifest(SHOP, trips)).toMatchObject({ ok: true });
    expect(await mapped.resolve(reference(`${SHOP}@${other.digest}`))).toMatchObject({ ok: false });
    const whole = await open([null, 'bare'], [null, 'other']);
    expect(await whole.resolve(reference(`${poi}@${other.digest}`))).toMatchObject({
      value: other,
    });
    expect(await whole.resolve(reference(`${poi}:1.4`))).toMatchObject({ ok: false });
  });

  it('P6: two images under one name are neither', async () => {
    const both = await open([SHOP, 'bare'], [SHOP, 'other']);
    expect(await both.resolve(reference(`${SHOP}:1.4`))).toMatchObject({
      failure: { code: 'MALFORMED' },
    });
    const same = await open([SHOP, 'bare'], [null, 'named']);
    expect(await same.resolve(reference(`${SHOP}:1.4`))).toMatchObject({ value: trips });
  });

  it('what is attached may be in another layout than the image', async () => {
    const target = orThrow(await openLayoutTarget(join(folder, 'attached')));
    const body = toContent('application/json', Buffer.from('{}'));
    const artifact = buildArtifact({
      artifactType: 'application/vnd.example.test',
      layers: [body.descriptor],
      subject: trips,
      annotations: {},
    });
    orThrow(await target.pushBlob('', body));
    orThrow(await target.pushManifest('', artifact, formatReferrersTag(other.digest)));
    const both = await open([SHOP, 'bare'], [null, 'attached']);
    const list = orThrow(await both.referrers(SHOP, trips.digest));
    expect(list).toMatchObject({ complete: true, descriptors: [artifact.descriptor] });
    const tagged = reference(`${SHOP}:${formatReferrersTag(other.digest)}`);
    expect(await both.resolve(tagged)).toMatchObject({
      value: { digest: artifact.descriptor.digest },
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildIndex } from '../../src/capabilities/registry/index.ts';
import { buildNotarySignatureArtifact, signNotary } from '../../src/capabilities/signing/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { runJson, storeKey } from '../support/in-process.ts';
import { nowInstant, Scene } from '../support/scene.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
  storeKey(scene, 'default', scene.release);
  makeSourceRepository(scene.folder, 'https://git.example.com/shop/app');
});
afterEach(() => scene.close());

const repository = () => formatRepository(scene.reference('app'));

async function release(tag = '1.0') {
  const image = `${scene.registry.registry}/shop/app`;
  const what = ['--name', 'app', '--version', tag, '--image', `${image}:built`];
  const { code, err } = await runJson(scene, 'release', `${image}:${tag}`, ...what);
  if (code !== 0) throw new Error(err);
}

async function listKinds({ digest }: Pick<Descriptor, 'digest'>): Promise<readonly string[]> {
  const list = orThrow(await scene.client.referrers(repository(), digest));
  return list.descriptors
    .map(({ annotations }) => annotations?.['dev.waybill.document'] ?? 'other')
    .toSorted();
}

const push = (tag: string) =>
  scene.push('app', [{ name: 'tzdata', version: '2024a-0+deb12u1' }], 'MIT', tag);

describe('B26: a release that runs twice', { timeout: 60_000 }, () => {
  it('replaces what the first one attached, and doubles nothing', async () => {
    const subject = await push('built');
    await release();
    const first = await listKinds(subject);
    expect(first).toEqual(['provenance', 'sbom', 'scan', 'signature']);
    await release();
    await release('1.1');
    expect(await listKinds(subject)).toEqual(first);
  });

  it('also for an index, whose members have signatures of their own', async () => {
    const member = await push('member');
    const platform = { os: 'linux', architecture: 'amd64' };
    const index = buildIndex({ manifests: [{ ...member, platform }] });
    orThrow(await scene.client.pushManifest(repository(), index, 'built'));
    await release();
    const [ofIndex, ofMember] = [await listKinds(index.descriptor), await listKinds(member)];
    await release();
    expect([await listKinds(index.descriptor), await listKinds(member)]).toEqual([
      ofIndex,
      ofMember,
    ]);
  });

  it('leaves what others and other commands attached', async () => {
    const subject = await push('built');
    const { mediaType, digest, size } = subject;
    const about = { mediaType, digest, size };
    const key = scene.release;
    const envelope = orThrow(await signNotary({ subject: about, key, signedAt: nowInstant() }));
    const { blobs, manifest } = buildNotarySignatureArtifact({
      ...{ subject: about, envelope, createdAt: nowInstant() },
    });
    for (const blob of blobs) orThrow(await scene.client.pushBlob(repository(), blob));
    orThrow(await scene.client.pushManifest(repository(), manifest));
    await scene.attach('app', subject, { documentKey: scene.stranger, imageKey: null });
    await release();
    await release();
    const kinds = await listKinds(subject);
    expect(kinds.filter((kind) => kind === 'other')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'scan')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'signature')).toHaveLength(1);
  });
});

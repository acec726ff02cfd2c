import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow, type Result } from '../../core/result.ts';
import {
  buildArtifact,
  buildImageManifest,
  buildIndex,
  type Content,
  EMPTY_CONTENT,
  toContent,
} from './build.ts';
import { openImage } from './image.ts';
import { OCI_CONFIG } from './media-types.ts';
import type { ArtifactTarget } from './port.ts';

export interface OpenedTarget {
  readonly target: ArtifactTarget;
  /** An empty repository, `registry/path`. */
  readonly repository: string;
  /** The `via` that its referrers lists state. */
  readonly via: 'api' | 'fallback-tag' | 'layout';
  close(): Promise<void>;
}

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';
const NOTHING_THERE = sha256('nothing has this digest');

/** What every source and target of artifacts must do. */
export function describeArtifactTarget(name: string, open: () => Promise<OpenedTarget>): void {
  describe(`${name}, as a target of artifacts`, () => {
    let opened: OpenedTarget;
    let image: Content;
    let layer: Content;
    beforeAll(async () => {
      opened = await open();
      layer = toContent(LAYER_TYPE, randomBytes(70_000));
      image = await pushImage(opened, layer, '1.0');
    });
    afterAll(() => opened.close());

    it('B25: resolves the tag to the digest, size and type of the pushed bytes', async () => {
      const resolved = await opened.target.resolve(
        orThrow(parseImageReference(`${opened.repository}:1.0`)),
      );
      expect(orThrow(resolved)).toMatchObject(image.descriptor);
    });

    it('B25: resolves a digest to itself even when there is also a tag', async () => {
      const text = `${opened.repository}:no-such-tag@${image.descriptor.digest}`;
      expect(orThrow(await opened.target.resolve(orThrow(parseImageReference(text)))).digest).toBe(
        image.descriptor.digest,
      );
    });

    it('gives a manifest back byte for byte, by digest and by descriptor', async () => {
      for (const wanted of [image.descriptor.digest, image.descriptor]) {
        const pulled = orThrow(await opened.target.manifest(opened.repository, wanted));
        expect(Buffer.from(pulled.bytes).equals(image.bytes)).toBe(true);
      }
    });

    it('gives a blob back byte for byte, streamed and in memory', async () => {
      const stream = orThrow(await opened.target.blob(opened.repository, layer.descriptor));
      expect(Buffer.from(await collect(stream)).equals(layer.bytes)).toBe(true);
      const bytes = orThrow(
        await opened.target.blobBytes(opened.repository, layer.descriptor, 70_000),
      );
      expect(Buffer.from(bytes).equals(layer.bytes)).toBe(true);
    });

    it('A6: refuses to read a blob into memory that is one byte over the given limit', async () => {
      expectFailure(
        await opened.target.blobBytes(opened.repository, layer.descriptor, 69_999),
        'LIMIT_EXCEEDED',
      );
    });

    it('A7: refuses a manifest and a blob whose descriptor promises another size', async () => {
      const shorter = (descriptor: Descriptor) => ({ ...descriptor, size: descriptor.size - 1 });
      expectFailure(
        await opened.target.manifest(opened.repository, shorter(image.descriptor)),
        'DIGEST_MISMATCH',
      );
      const blob = shorter(layer.descriptor);
      expectFailure(
        await opened.target.blobBytes(opened.repository, blob, 70_000),
        'DIGEST_MISMATCH',
      );
    });

    it('refuses a manifest whose descriptor promises another type', async () => {
      const index = { ...image.descriptor, mediaType: 'application/vnd.oci.image.index.v1+json' };
      expectFailure(await opened.target.manifest(opened.repository, index), 'REGISTRY_MISBEHAVED');
    });

    it('gives NOT_FOUND for an absent tag, manifest and blob', async () => {
      const { target, repository } = opened;
      expectFailure(
        await target.resolve(orThrow(parseImageReference(`${repository}:none`))),
        'NOT_FOUND',
      );
      expectFailure(await target.manifest(repository, NOTHING_THERE), 'NOT_FOUND');
      const blob = { mediaType: LAYER_TYPE, digest: NOTHING_THERE, size: 1 };
      expectFailure(await target.blobBytes(repository, blob, 1), 'NOT_FOUND');
    });

    it('moves a tag, and keeps the manifest that it named before', async () => {
      const other = await pushImage(opened, toContent(LAYER_TYPE, randomBytes(10)), 'moving');
      const newer = await pushImage(opened, toContent(LAYER_TYPE, randomBytes(11)), 'moving');
      const reference = orThrow(parseImageReference(`${opened.repository}:moving`));
      expect(orThrow(await opened.target.resolve(reference)).digest).toBe(newer.descriptor.digest);
      expect((await opened.target.manifest(opened.repository, other.descriptor)).ok).toBe(true);
    });

    it('refuses to push bytes that are not what their descriptor says', async () => {
      const lying = { ...toContent(LAYER_TYPE, randomBytes(9)), bytes: randomBytes(9) };
      expectFailure(await opened.target.pushBlob(opened.repository, lying), 'DIGEST_MISMATCH');
      const manifest = buildArtifact({ artifactType: 'application/x', layers: [] });
      const other = { ...manifest, descriptor: { ...manifest.descriptor, digest: NOTHING_THERE } };
      expectFailure(await opened.target.pushManifest(opened.repository, other), 'DIGEST_MISMATCH');
    });

    it('pushes a stream, and refuses one that ends early', async () => {
      const whole = toContent(LAYER_TYPE, randomBytes(200_000));
      const stream = (end: number) => ({
        descriptor: whole.descriptor,
        open: () => pieces(whole.bytes.subarray(0, end)),
      });
      expectFailure(
        await opened.target.pushBlob(opened.repository, stream(199_999)),
        'DIGEST_MISMATCH',
      );
      expect((await opened.target.pushBlob(opened.repository, stream(200_000))).ok).toBe(true);
      const there = await opened.target.blobBytes(opened.repository, whole.descriptor, 200_000);
      expect(orThrow(there).length).toBe(200_000);
    });

    it('opens a pushed image with its config and layers', async () => {
      const opening = orThrow(await openImage(opened.target, opened.repository, image.descriptor));
      expect(opening.platform).toEqual({ os: 'linux', architecture: 'amd64' });
      expect(
        Buffer.from(await collect(opening.layers[0]?.open() ?? pieces(new Uint8Array()))).equals(
          layer.bytes,
        ),
      ).toBe(true);
    });

    describeReferrers(() => opened);
  });
}

function describeReferrers(opened: () => OpenedTarget): void {
  it('B20, I13: lists only the attached artifacts, with type and annotations (S17)', async () => {
    const { target, repository, via } = opened();
    const subject = (await pushImage(opened(), toContent(LAYER_TYPE, randomBytes(12)), null))
      .descriptor;
    const sbom = await attach(opened(), subject, 'application/spdx+json', {
      'org.example.kind': 'sbom',
    });
    const scan = await attach(opened(), subject, 'application/sarif+json', {});
    const all = orThrow(await target.referrers(repository, subject.digest));
    expect(all.descriptors.map(({ digest }) => digest).sort()).toEqual(
      [sbom.digest, scan.digest].sort(),
    );
    expect([all.complete, all.via]).toEqual([true, via]);
    const entry = all.descriptors.find(({ digest }) => digest === sbom.digest);
    expect(entry).toMatchObject({
      artifactType: 'application/spdx+json',
      annotations: { 'org.example.kind': 'sbom' },
      size: sbom.size,
    });
  });

  it('N7: filters by artifact type; an unknown type gives an empty, complete list', async () => {
    const { target, repository } = opened();
    const subject = (await pushImage(opened(), toContent(LAYER_TYPE, randomBytes(13)), null))
      .descriptor;
    const sbom = await attach(opened(), subject, 'application/spdx+json', {});
    await attach(opened(), subject, 'application/sarif+json', {});
    const one = orThrow(
      await target.referrers(repository, subject.digest, 'application/spdx+json'),
    );
    expect(one.descriptors.map(({ digest }) => digest)).toEqual([sbom.digest]);
    const none = orThrow(
      await target.referrers(repository, subject.digest, 'application/unheard-of'),
    );
    expect(none).toMatchObject({ descriptors: [], complete: true });
  });

  it('N2: a referrer without artifactType has the type of its config', async () => {
    const { target, repository } = opened();
    const subject = (await pushImage(opened(), toContent(LAYER_TYPE, randomBytes(14)), null))
      .descriptor;
    const config = toContent(
      'application/vnd.cncf.notary.signature',
      new TextEncoder().encode('{}'),
    );
    orThrow(await target.pushBlob(repository, config));
    const legacy = buildImageManifest({ config: config.descriptor, layers: [], subject });
    orThrow(await target.pushManifest(repository, legacy));
    const found = orThrow(
      await target.referrers(repository, subject.digest, 'application/vnd.cncf.notary.signature'),
    );
    expect(found.descriptors.map(({ digest }) => digest)).toEqual([legacy.descriptor.digest]);
  });

  it('lists twenty artifacts that were attached at the same time, each once', async () => {
    const { target, repository } = opened();
    const subject = (await pushImage(opened(), toContent(LAYER_TYPE, randomBytes(15)), null))
      .descriptor;
    const attached = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        attach(opened(), subject, 'application/x', { at: String(at) }),
      ),
    );
    const found = orThrow(await target.referrers(repository, subject.digest));
    expect(found.descriptors.map(({ digest }) => digest).sort()).toEqual(
      attached.map(({ digest }) => digest).sort(),
    );
  });

  it('B27: a release bundle is an index of images and artifacts, with own referrers', async () => {
    const { target, repository } = opened();
    const image = await pushImage(opened(), toContent(LAYER_TYPE, randomBytes(16)), null);
    const index = buildIndex({ manifests: [image.descriptor] });
    orThrow(await target.pushManifest(repository, index, 'bundle'));
    const signature = await attach(opened(), index.descriptor, 'application/x-signature', {});
    const found = orThrow(await target.referrers(repository, index.descriptor.digest));
    expect(found.descriptors.map(({ digest }) => digest)).toEqual([signature.digest]);
  });

  it('I18: a removed referrer is listed no more, and the others stay', async () => {
    const { target, repository, via } = opened();
    const subject = (await pushImage(opened(), toContent(LAYER_TYPE, randomBytes(17)), null))
      .descriptor;
    const old = await attach(opened(), subject, 'application/x', { at: 'old' });
    const kept = await attach(opened(), subject, 'application/x', { at: 'new' });
    // Nobody removes from a list behind a tag: that would overwrite what others add meanwhile.
    if (via === 'fallback-tag') return;
    expect(orThrow(await target.deleteManifest(repository, old.digest))).toBe(true);
    expect(orThrow(await target.deleteManifest(repository, old.digest))).toBe(false);
    const found = orThrow(await target.referrers(repository, subject.digest));
    expect(found.descriptors.map(({ digest }) => digest)).toEqual([kept.digest]);
    expectFailure(await target.manifest(repository, old), 'NOT_FOUND');
  });

  it('gives an empty list of referrers for an absent digest', async () => {
    const { target, repository } = opened();
    expect(orThrow(await target.referrers(repository, NOTHING_THERE))).toMatchObject({
      descriptors: [],
      complete: true,
    });
  });

  it('A6: a manifest over the limit is not pushed', async () => {
    const { target, repository } = opened();
    const annotations = { filler: 'x'.repeat(LIMITS.manifestBytesMax) };
    const large = buildArtifact({ artifactType: 'application/x', layers: [], annotations });
    expectFailure(await target.pushManifest(repository, large), 'LIMIT_EXCEEDED');
  });
}

/** Pushes a small image of linux/amd64. */
export async function pushImage(
  opened: OpenedTarget,
  layer: Content,
  tag: string | null,
): Promise<Content> {
  const { target, repository } = opened;
  const text = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [layer.descriptor.digest] },
  });
  const config = toContent(OCI_CONFIG, new TextEncoder().encode(text));
  const manifest = buildImageManifest({ config: config.descriptor, layers: [layer.descriptor] });
  for (const blob of [config, layer]) orThrow(await target.pushBlob(repository, blob));
  orThrow(await target.pushManifest(repository, manifest, tag));
  return manifest;
}

export async function attach(
  { target, repository }: OpenedTarget,
  subject: Descriptor,
  artifactType: string,
  annotations: Readonly<Record<string, string>>,
): Promise<Descriptor> {
  orThrow(await target.pushBlob(repository, EMPTY_CONTENT));
  const artifact = buildArtifact({
    artifactType,
    layers: [EMPTY_CONTENT.descriptor],
    subject,
    annotations,
  });
  return orThrow(await target.pushManifest(repository, artifact));
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 30_000) yield bytes.subarray(at, at + 30_000);
}

function expectFailure(result: Result<unknown>, code: string): void {
  expect(result.ok ? 'ok' : result.failure.code).toBe(code);
}

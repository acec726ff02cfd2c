import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLayout, parseLayoutName } from '../../src/adapters/oci-layout/index.ts';
import {
  type ArtifactSource,
  isManifestType,
  listBuilderAttestations,
  parseManifest,
} from '../../src/capabilities/registry/index.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { debianBase } from '../support/app-images.ts';
import { buildOneLayerImage } from '../support/debian-image.ts';
import {
  BUILD_TOOLS,
  bareLayout,
  buildAttestation,
  buildxIndex,
  writeForeign,
} from '../support/foreign-images.ts';
import { link } from '../support/images.ts';
import { Scene } from '../support/scene.ts';
import { ship } from '../support/ship.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
  await scene.serve();
});
afterAll(() => scene.close());

async function release(name: string, source: ArtifactSource, digest: string) {
  const reference = { ...scene.reference('layout'), tag: null, digest } as never;
  return (await ship(scene, { name, image: { source, reference } })).outcome;
}

describe('B4, B11: an image is released as its build tool wrote it', () => {
  it.each(BUILD_TOOLS.map((one, at) => [one.tool, one, at] as const))(
    '%s',
    async (_, { kind, write }, at) => {
      const text = writeForeign(join(scene.folder, `image-${at}`), kind, write(debianBase()));
      const { source, root } = orThrow(await openLayout(orThrow(parseLayoutName(text))));
      const name = `tool-${at}`;
      const outcome = await release(name, source, root.digest);
      await source.close();
      expect(outcome).toMatchObject({ published: true, subject: { digest: root.digest } });
      const reference = scene.reference(name);
      const repository = formatRepository(reference);
      const admitted = await scene.admit(`${repository}:1.0`);
      expect(admitted).toMatchObject({ allowed: true });
      // All that the index lists is in the registry, so that it can be copied from there.
      const there = orThrow(await scene.client.manifest(repository, root.digest));
      const manifest = orThrow(parseManifest(there.bytes, null));
      for (const member of manifest.kind === 'index' ? manifest.manifests : [])
        expect(await scene.client.manifest(repository, member.digest)).toMatchObject({ ok: true });
      if (manifest.kind !== 'index') return;
      // From the registry to another repository, as a pipeline that promotes images does.
      const promoted = await ship(scene, {
        name: `${name}-promoted`,
        image: { source: scene.client, reference },
      });
      expect(promoted.outcome).toMatchObject({ published: true, subject: { digest: root.digest } });
    },
  );

  it.skipIf(process.platform === 'win32')(
    'A15: a layout whose blobs Bazel linked says how to copy it, and the copy is read',
    async () => {
      const [image, blobs] = [bareLayout(debianBase()), join(scene.folder, 'bazel-cache')];
      writeForeign(blobs, 'oci', image);
      const linked = image.map((one) =>
        one.path.startsWith('blobs/') ? link(one.path, join(blobs, one.path)) : one,
      );
      const text = writeForeign(join(scene.folder, 'bazel-bin'), 'oci', linked);
      expect(await openLayout(orThrow(parseLayoutName(text)))).toMatchObject({
        ok: false,
        failure: { code: 'UNSAFE_PATH', remedy: expect.stringContaining('cp -RL DIR COPY') },
      });
      const copy = join(scene.folder, 'bazel-copy');
      execFileSync('cp', ['-RL', join(scene.folder, 'bazel-bin'), copy]);
      const opened = orThrow(await openLayout(orThrow(parseLayoutName(`oci:${copy}`))));
      expect(opened.root.mediaType).toContain('manifest');
      await opened.source.close();
    },
  );
});

describe("BuildKit's own attestations", () => {
  const name = 'attested';
  const { index, contents, image } = buildAttested();

  beforeAll(async () => {
    const repository = formatRepository(scene.reference(name));
    const manifests = contents.filter(({ descriptor }) => isManifestType(descriptor.mediaType));
    for (const blob of contents.filter((one) => !manifests.includes(one)))
      orThrow(await scene.client.pushBlob(repository, blob));
    for (const one of manifests) orThrow(await scene.client.pushManifest(repository, one, null));
    orThrow(await scene.client.pushManifest(repository, index, '1.0'));
  });

  it('A46: are shown, with what they are about', async () => {
    const repository = formatRepository(scene.reference(name));
    const shown = await listBuilderAttestations(scene.client, repository, index.descriptor);
    expect(orThrow(shown)).toEqual([
      {
        digest: buildAttestation(image.manifest.descriptor)[0]?.descriptor.digest,
        about: image.manifest.descriptor.digest,
        predicateTypes: ['https://spdx.dev/Document', 'https://slsa.dev/provenance/v0.2'],
      },
    ]);
    const plain = await listBuilderAttestations(
      scene.client,
      repository,
      image.manifest.descriptor,
    );
    expect(orThrow(plain)).toEqual([]);
  });

  it('A46: do not count, because nobody signed them', async () => {
    const refused = await scene.admit(`${formatRepository(scene.reference(name))}:1.0`);
    expect(refused).toMatchObject({ allowed: false });
    expect(refused.status?.message).toContain('I18-signed-sbom');
  });
});

function buildAttested() {
  const image = buildOneLayerImage(debianBase());
  return { image, ...buildxIndex([['amd64', image]]) };
}

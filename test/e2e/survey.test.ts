import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildArtifact,
  type Content,
  EMPTY_CONTENT,
  formatReferrersTag,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { loadTrust } from '../../src/entrypoints/compose/trust.ts';
import { gatherImage, surveyStorage } from '../../src/gates/image-evidence/index.ts';
import { nowInstant, Scene } from '../support/scene.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
let scene: Scene;
let subject: Descriptor;

beforeAll(async () => {
  scene = await Scene.open();
  subject = await scene.publish('trips');
});
afterAll(() => scene.close());

async function push(artifactType: string, tag: string | null): Promise<void> {
  const repository = formatRepository(scene.reference('trips'));
  const layer = toContent(artifactType, Buffer.from('{"not":"read"}'));
  const about = tag === null ? { subject } : {};
  const artifact: Content = buildArtifact({ artifactType, layers: [layer.descriptor], ...about });
  for (const blob of [EMPTY_CONTENT, layer]) orThrow(await scene.client.pushBlob(repository, blob));
  orThrow(await scene.client.pushManifest(repository, artifact, tag));
}

async function look() {
  const trust = orThrow(await loadTrust(scene.config));
  const source = scene.client;
  const evidence = orThrow(
    await gatherImage(scene.reference('trips'), nowInstant(), { source, trust }),
  );
  return { evidence, survey: await surveyStorage(evidence, source) };
}

describe('what is stored with an image', () => {
  it('B11: sigstore artifacts are listed as not read, and change no gate', async () => {
    const before = await look();
    expect(before.survey.unread).toEqual([]);
    await push(BUNDLE, null);
    await push('application/vnd.example.thing', null);
    await push(
      'application/vnd.dev.cosign.simplesigning.v1+json',
      `${formatReferrersTag(subject.digest)}.sig`,
    );
    const { evidence, survey } = await look();
    expect(survey.unread.map(({ what }) => what).sort()).toEqual([
      'artifact of type application/vnd.example.thing',
      'cosign signature',
      'sigstore bundle',
    ]);
    const places = survey.searched.map(({ place, tag, found }) => [
      place,
      tag?.replace(/^.*\./, '.') ?? null,
      found,
    ]);
    expect(places).toEqual([
      [
        'api',
        null,
        before.survey.searched[0]?.found === undefined ? -1 : before.survey.searched[0].found + 2,
      ],
      ['tag', '.sig', 1],
      ['tag', '.att', 0],
      ['tag', '.sbom', 0],
    ]);
    expect(survey.searched.every(({ missing }) => missing === null)).toBe(true);
    const digests = (of: typeof evidence) =>
      [...of.signatures.items, ...of.documents.items].map((one) => one.manifest);
    expect(digests(evidence)).toEqual(digests(before.evidence));
  });
});

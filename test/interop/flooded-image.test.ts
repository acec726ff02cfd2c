import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildArtifact,
  type Content,
  EMPTY_CONTENT,
  parseManifest,
} from '../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { formatImageReference, formatRepository } from '../../src/core/image-reference.ts';
import { ok, orThrow } from '../../src/core/result.ts';
import { createDesk, openJudge } from '../../src/entrypoints/compose/open-judge.ts';
import { stageSignature } from '../../src/phases/build/stage.ts';
import { StagingArea } from '../../src/phases/build/staging.ts';
import { NO_GRAPH } from '../support/evidence-world.ts';
import { nowInstant, Scene } from '../support/scene.ts';

const SIGNATURES = 300;
const REFERRERS = 2_000;
const TYPE = 'application/vnd.cncf.notary.signature';

/** An image in a real registry to which strangers attach as much as they can. */
let scene: Scene;
let image: Descriptor;
let repository: string;
beforeAll(async () => {
  scene = await Scene.open();
  repository = formatRepository(scene.reference('trips'));
  image = await scene.push('trips', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
  orThrow(await scene.client.pushBlob(repository, EMPTY_CONTENT));
}, 60_000);
afterAll(() => scene.close());

async function push(contents: readonly Content[]): Promise<void> {
  for (let at = 0; at < contents.length; at += 8)
    await Promise.all(
      contents
        .slice(at, at + 8)
        .map(async (one) => orThrow(await scene.client.pushManifest(repository, one, null))),
    );
}

/** Documents without content: anyone who may push can make any number. */
function junk(from: number, count: number): readonly Content[] {
  return Array.from({ length: count }, (_, at) =>
    buildArtifact({
      artifactType: at % 2 === 0 ? 'application/spdx+json' : 'application/x-junk',
      layers: [EMPTY_CONTENT.descriptor],
      subject: image,
      annotations: { at: String(from + at) },
    }),
  );
}

/** Signatures by a stranger; every second one claims the certificates of the trusted signer. */
async function junkSignatures(from: number, count: number): Promise<readonly Content[]> {
  const make = async (key: Scene['release']) => {
    const staging = new StagingArea(scene.client, repository, image);
    await stageSignature(staging, image, key, nowInstant());
    const [staged] = staging.artifacts;
    if (staged === undefined) throw new Error('nothing was signed');
    for (const blob of staged.blobs) orThrow(await scene.client.pushBlob(repository, blob));
    const { bytes, descriptor } = staged.manifest;
    const manifest = orThrow(parseManifest(bytes, descriptor.mediaType));
    if (manifest.kind !== 'image') throw new Error('a signature is no image');
    return manifest;
  };
  const [stranger, trusted] = [await make(scene.stranger), await make(scene.release)];
  return Array.from({ length: count }, (_, at) =>
    buildArtifact({
      artifactType: TYPE,
      layers: stranger.layers,
      subject: image,
      annotations: {
        ...(at % 2 === 0 ? trusted : stranger).annotations,
        at: String(from + at),
      },
    }),
  );
}

async function decide() {
  const judge = orThrow(await openJudge(scene.config));
  try {
    // Without a deadline: the test is about what is found, and not about this machine.
    const signal = new AbortController().signal;
    const desk = createDesk({
      deadline: () => signal,
      source: scene.client,
      inForce: async () => ok(judge.inForce),
      graph: async () => NO_GRAPH,
    });
    const name = formatImageReference({ ...scene.reference('trips'), digest: image.digest });
    return await desk.decide(name, 'admission', null, signal);
  } finally {
    judge.close();
  }
}

describe('truth B3: what strangers attach leaves no trusted image undetermined', () => {
  it('300 signatures and 2,000 documents, before and after those that count', async () => {
    await push(await junkSignatures(0, SIGNATURES / 2));
    await push(junk(0, REFERRERS / 2));
    await scene.attach('trips', image);
    await push(await junkSignatures(SIGNATURES, SIGNATURES / 2));
    await push(junk(REFERRERS, REFERRERS / 2));
    const { verdict, cause } = await decide();
    expect([
      cause,
      verdict.decision,
      verdict.results.filter((one) => one.outcome !== 'holds'),
    ]).toEqual([null, 'allow', []]);
  }, 120_000);
});

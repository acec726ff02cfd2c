import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import { MemoryRegistry, pushImage, scanDocument } from '../../../test/support/evidence-world.ts';
import { sceneKey } from '../../../test/support/scene.ts';
import {
  type ArtifactTarget,
  type Content,
  formatReferrersTag,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { ok, orThrow } from '../../core/result.ts';
import { attachStaged } from './attach.ts';
import { stageDocument } from './stage.ts';
import { StagingArea } from './staging.ts';

/** A registry whose list of referrers somebody overwrites so many times. */
class ForgetfulTarget extends MemoryRegistry implements ArtifactTarget {
  lost: number;
  pushes = 0;

  constructor(lost: number) {
    super();
    this.lost = lost;
  }

  async pushBlob(_repository: string, content: { readonly descriptor: Descriptor }) {
    return ok(content.descriptor);
  }

  async pushManifest(_repository: string, content: Content) {
    this.pushes += 1;
    const { subject } = JSON.parse(Buffer.from(content.bytes).toString()) as {
      readonly subject: Descriptor;
    };
    if (this.lost > 0) this.lost -= 1;
    else this.list(subject.digest, content.descriptor);
    return ok(content.descriptor);
  }

  async deleteManifest() {
    return ok(false);
  }
}

async function attach(lost: number) {
  const target = new ForgetfulTarget(lost);
  const subject = pushImage(target, 'trips');
  const staging = new StagingArea(target, 'registry.example.com/shop/trips', subject);
  const key = await sceneKey('CN=release,O=Shop,ST=WA,C=US');
  await stageDocument(staging, subject, scanDocument(subject, FIXTURE_NOW), key, FIXTURE_NOW);
  const pauses: number[] = [];
  const pause = async (ms: number): Promise<void> => void pauses.push(ms);
  const attached = await attachStaged(
    target,
    'registry.example.com/shop/trips',
    staging,
    pause,
    {},
  );
  return { code: attached.ok ? 'ok' : attached.failure.code, pushes: target.pushes, pauses };
}

describe('S4, S6: what is staged', () => {
  it('is the image, and nothing under the tags that cosign makes of its digest', async () => {
    const target = new MemoryRegistry();
    const subject = pushImage(target, 'trips');
    const staging = new StagingArea(target, 'registry.example.com/shop/trips', subject);
    const reference = orThrow(parseImageReference('registry.example.com/shop/trips:1'));
    expect(await staging.resolve(reference)).toEqual(ok(subject));
    const tag = `${formatReferrersTag(subject.digest)}.att`;
    for (const source of [staging, staging.about(subject)])
      expect(await source.resolve({ ...reference, tag })).toMatchObject({
        failure: { code: 'NOT_FOUND' },
      });
  });
});

describe('I18: what is attached', () => {
  it('is pushed again when somebody overwrote the list in which it was', async () => {
    expect(await attach(0)).toEqual({ code: 'ok', pushes: 2, pauses: [] });
    expect(await attach(1)).toMatchObject({ code: 'ok', pushes: 4, pauses: [100] });
  });

  it('and is a failure when the registry never lists it', async () => {
    const { code, pauses } = await attach(Number.POSITIVE_INFINITY);
    expect([code, pauses]).toEqual(['REGISTRY_MISBEHAVED', [100, 200, 400]]);
  });
});

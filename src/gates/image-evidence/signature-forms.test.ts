import { beforeAll, describe, expect, it } from 'vitest';
import { DeskWorld, inNamespace, NEVER } from '../../../test/support/desk-world.ts';
import {
  pushImage,
  referenceTo,
  signImage,
  type WorldKeys,
  worldKeys,
} from '../../../test/support/evidence-world.ts';
import { formatReferrersTag } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import { formatImageReference } from '../../core/image-reference.ts';

let keys: WorldKeys;
let world: DeskWorld;
let image: Descriptor;
beforeAll(async () => {
  keys = await worldKeys();
});

function start(): void {
  world = new DeskWorld(keys);
  image = pushImage(world.registry, 'trips');
}

const entry = (artifactType: string): Descriptor => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: sha256(artifactType),
  size: 100,
  artifactType,
});

async function readReason(): Promise<string> {
  const name = formatImageReference(referenceTo(image));
  const { verdict } = await world.desk.decide(name, 'admission', inNamespace('shop'), NEVER);
  const result = verdict.results.find(({ rule }) => rule === 'I17-signed-image');
  expect(result?.outcome).toBe('broken');
  return result?.message ?? '';
}

describe('truth A15: I17 says which signatures an image has that do not count', () => {
  it.each<readonly [string, () => void]>([
    [
      '(cosign-legacy)',
      () =>
        world.registry.list(image.digest, entry('application/vnd.dev.cosign.artifact.sig.v1+json')),
    ],
    [
      '(sigstore-bundle)',
      () =>
        world.registry.list(image.digest, entry('application/vnd.dev.sigstore.bundle.v0.3+json')),
    ],
    [
      '(cosign-legacy)',
      () => world.registry.tags.set(`${formatReferrersTag(image.digest)}.sig`, entry('x')),
    ],
  ])('%s', async (format, sign) => {
    start();
    expect(await readReason()).toContain('carries no signature');
    start();
    sign();
    const reason = await readReason();
    expect(reason).toContain(`an unknown signer ${format}, which does not count: `);
    expect(reason).not.toContain('carries no signature');
  });

  it('and of Notary Project signatures, who made them', async () => {
    start();
    await signImage(world.registry, image, keys.stranger);
    expect(await readReason()).toContain('CN=somebody-else');
  });

  it('a signed image is not searched for others', async () => {
    start();
    await signImage(world.registry, image, keys.release);
    let asked = 0;
    const { resolve } = world.registry;
    world.registry.resolve = (reference) => {
      asked += Number(reference.tag?.endsWith('.sig') === true);
      return resolve.call(world.registry, reference);
    };
    await world.decide(formatImageReference(referenceTo(image)));
    expect(asked).toBe(0);
  });
});

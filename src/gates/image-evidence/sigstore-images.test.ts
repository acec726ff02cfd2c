import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import { DeskWorld, inNamespace, NEVER } from '../../../test/support/desk-world.ts';
import {
  MemoryRegistry,
  pushImage,
  referenceTo,
  signImage,
  type WorldKeys,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import {
  attachBundle,
  attachBytes,
  type BundleChange,
  instance,
  REPOSITORY,
  tagSignatures,
  trustAll,
  USER_KEY,
} from '../../../test/support/sigstore-attached.ts';
import { BUNDLE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, orThrow } from '../../core/result.ts';
import { gatherImage } from './gather.ts';
import { judgeStanding } from './standing.ts';

const NEWER = 'application/vnd.dev.sigstore.bundle.v0.9+json';
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

const trustFor = (statements?: readonly string[]) => trustAll(keys, statements);

async function gather(registry: MemoryRegistry, image: Descriptor, trust = trustFor()) {
  const ports = { source: registry, trust, showsAll: true };
  return orThrow(await gatherImage(referenceTo(image), FIXTURE_NOW, ports));
}

async function judge(registry: MemoryRegistry, image: Descriptor, trust = trustFor()) {
  const { signatures } = await gather(registry, image, trust);
  const about = { repository: REPOSITORY, trust, now: FIXTURE_NOW };
  return judgeStanding(about, 'image', signatures.items, signatures.missing);
}

type Signing = (registry: MemoryRegistry, image: Descriptor) => void | Promise<void>;

async function judged(sign: Signing, trust = trustFor()) {
  const registry = new MemoryRegistry();
  const image = pushImage(registry, 'trips');
  await sign(registry, image);
  return judge(registry, image, trust);
}

/** What the rule about signatures says when the image is admitted. */
async function admit(sign: Signing): Promise<string | undefined> {
  const world = new DeskWorld(keys);
  world.trust = trustFor();
  const image = pushImage(world.registry, 'trips');
  await sign(world.registry, image);
  const name = formatImageReference(referenceTo(image));
  const { verdict } = await world.desk.decide(name, 'admission', inNamespace('shop'), NEVER);
  return verdict.results.find(({ rule }) => rule === 'I17-signed-image')?.outcome;
}

describe('X3: an image counts by a trusted signer, whatever the form of the signature', () => {
  it.each<readonly [string, Signing]>([
    [
      'notary-jws',
      async (registry, image) => void (await signImage(registry, image, keys.release)),
    ],
    ['sigstore-bundle', (registry, image) => attachBundle(registry, image)],
    [
      'sigstore-bundle',
      (registry, image) =>
        attachBundle(registry, image, { options: { key: USER_KEY, log: 'none' } }),
    ],
    [
      'sigstore-bundle',
      (registry, image) => {
        const bytes = registry.contents.get(image.digest)?.bytes ?? new Uint8Array();
        const bundle = instance.sign(bytes);
        attachBytes(registry, image, Buffer.from(JSON.stringify(bundle)));
      },
    ],
    ['cosign-legacy', (registry, image) => tagSignatures(registry, image)],
  ])('%s', async (format, sign) => {
    expect(await judged(sign)).toMatchObject({ kind: 'counts', signer: { format } });
    expect(await judged(sign, trustFor(['sbom']))).toMatchObject({ kind: 'does-not-count' });
    expect(await admit(() => {})).toBe('broken');
    expect(await admit(sign)).toBe('holds');
  });

  it('both forms are shown where all are asked for, and one is enough where not', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    await signImage(registry, image, keys.release);
    attachBundle(registry, image);
    const formats = (items: readonly { readonly format: string }[]) =>
      items.map(({ format }) => format);
    expect(formats((await gather(registry, image)).signatures.items)).toEqual([
      'notary',
      'sigstore-bundle',
    ]);
    const ports = { source: registry, trust: trustFor() };
    const quick = orThrow(await gatherImage(referenceTo(image), FIXTURE_NOW, ports));
    expect(formats(quick.signatures.items)).toEqual(['notary']);
  });
});

describe('a signature of sigstore at a gate', () => {
  it.each<readonly [string, BundleChange]>([
    ['A63: a statement about another image', { about: sha256('another') }],
    ['A62: a payload of another type', { payloadType: 'application/json' }],
    ['A8: a bundle whose manifest is about another image', { subject: otherDescriptor() }],
    ['a signer whom no rule names', { options: { identity: 'https://git.example.com/evil' } }],
    ['a bundle that is none', { change: (bundle) => Object.assign(bundle, { mediaType: 'x' }) }],
  ])('%s does not count', async (_, attached) => {
    const result = await judged((registry, image) => attachBundle(registry, image, attached));
    expect(result.kind).toBe('does-not-count');
    expect((await judged((registry, image) => attachBundle(registry, image))).kind).toBe('counts');
  });

  it('A46, G17: an attestation of another type is no signature of the image', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    attachBundle(registry, image, { predicateType: 'https://spdx.dev/Document' });
    expect(await judge(registry, image)).toMatchObject({ kind: 'does-not-count' });
    expect((await gather(registry, image)).signatures.items).toEqual([]);
  });

  it('G18: cosign of another image under the tag of this one does not count', async () => {
    const wrong: Signing = (registry, image) =>
      tagSignatures(registry, image, [sha256('another image')]);
    expect((await judged(wrong)).kind).toBe('does-not-count');
    const both: Signing = (registry, image) =>
      tagSignatures(registry, image, [sha256('another image'), image.digest]);
    expect((await judged(both)).kind).toBe('counts');
  });

  it('S15: is never "no signature" where it cannot be verified: it is undetermined', async () => {
    const nobody = worldTrust(keys);
    expect(await judged((r, image) => attachBundle(r, image), nobody)).toMatchObject({
      kind: 'undetermined',
      cause: { message: expect.stringContaining('cannot be verified') },
    });
    expect((await judged((r, image) => tagSignatures(r, image), nobody)).kind).toBe('undetermined');
    for (const artifactType of [
      'application/vnd.example.signature.v1+json',
      'application/pgp-signature',
      'application/cose',
    ]) {
      const unknown: Signing = (registry, image) =>
        registry.list(image.digest, { ...image, digest: sha256(artifactType), artifactType });
      expect((await judged(unknown)).kind).toBe('undetermined');
    }
    const newer: Signing = (registry, image) =>
      attachBundle(registry, image, {
        artifactType: NEWER,
        change: (bundle) => Object.assign(bundle, { mediaType: NEWER }),
      });
    expect((await judged(newer)).kind).toBe('undetermined');
    expect((await judged(() => {})).kind).toBe('does-not-count');
  });

  it('is undetermined while the tag of cosign cannot be looked for', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    expect((await judge(registry, image)).kind).toBe('does-not-count');
    const { resolve } = registry;
    registry.resolve = async (reference) =>
      reference.tag?.endsWith('.sig') === true
        ? failed(new Failure('REGISTRY_UNREACHABLE', 'it is gone', 'Try again.'))
        : resolve.call(registry, reference);
    expect((await judge(registry, image)).kind).toBe('undetermined');
  });

  it('A4, G24: is found among as many bundles as are searched, and is open beyond', async () => {
    const flooded = async (count: number) => {
      const registry = new MemoryRegistry();
      const image = pushImage(registry, 'trips');
      for (let at = 0; at < count; at++)
        registry.list(image.digest, {
          ...image,
          digest: sha256(`${at}`),
          artifactType: BUNDLE_TYPE,
        });
      attachBundle(registry, image);
      return (await judge(registry, image)).kind;
    };
    const most = LIMITS.signaturesMax + LIMITS.signaturesSearchedMax;
    expect(await flooded(most - 1)).toBe('counts');
    expect(await flooded(most)).toBe('undetermined');
  });

  it('A6: large bundles are read only up to the size of one envelope together', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    const { blobBytes } = registry;
    let read = 0;
    registry.blobBytes = async (repository, descriptor, bytesMax) => {
      read += 1;
      return blobBytes.call(registry, repository, descriptor, bytesMax);
    };
    const bytes = Buffer.alloc(12 * 1024 * 1024, 0x20);
    for (let at = 0; at < 4; at++) {
      bytes[0] = at;
      attachBytes(registry, image, Buffer.from(bytes));
    }
    expect((await judge(registry, image)).kind).toBe('does-not-count');
    // The two that were not read as signatures are read as documents: they may state something.
    expect(read).toBe(4);
  });
});

function otherDescriptor(): Descriptor {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return { mediaType, digest: sha256('another'), size: 7 };
}

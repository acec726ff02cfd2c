import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  attach,
  debianComponent,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  referenceTo,
  sbomDocument,
  scanDocument,
  signImage,
  type WorldKeys,
  worldIndex,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { shopPolicy } from '../../../test/support/policy-facts.ts';
import { evaluate } from '../../capabilities/policy/index.ts';
import {
  buildArtifact,
  type Content,
  EMPTY_CONTENT,
  parseManifest,
  toContent,
  toReferrer,
} from '../../capabilities/registry/index.ts';
import { BUNDLE_TYPE, NOTARY_SIGNATURE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { fail, orThrow } from '../../core/result.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { gatherImage } from './gather.ts';

const policy = shopPolicy({ unknownLicense: 'accept' });
const SBOM = sbomDocument([debianComponent('tzdata')]);
const TYPES = ['application/spdx+json', 'application/sarif+json', 'application/vnd.in-toto+json'];
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

interface World {
  readonly registry: MemoryRegistry;
  readonly subject: Descriptor;
}

async function makeWorld(): Promise<World> {
  const registry = new MemoryRegistry();
  const subject = pushImage(registry, 'trips');
  await signImage(registry, subject, keys.release);
  await attach(registry, subject, SBOM, keys.release);
  await attach(registry, subject, scanDocument(subject, FIXTURE_NOW), keys.release);
  return { registry, subject };
}

/** Pushes an artifact about the subject, with these layers, and lists it. */
function push(
  { registry }: World,
  subject: Descriptor,
  artifactType: string,
  layers: readonly Content[],
): Descriptor {
  const manifest = buildArtifact({
    artifactType,
    layers: layers.map(({ descriptor }) => descriptor),
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
  });
  for (const content of [EMPTY_CONTENT, ...layers, manifest]) registry.add(content);
  const parsed = orThrow(parseManifest(manifest.bytes, manifest.descriptor.mediaType));
  registry.list(subject.digest, toReferrer(manifest.descriptor, parsed));
  return manifest.descriptor;
}

async function judge({ registry, subject }: World) {
  const trust = worldTrust(keys);
  const sources = { source: registry, trust };
  const evidence = orThrow(await gatherImage(referenceTo(subject), FIXTURE_NOW, sources));
  const known = { trust, advisories: worldIndex(), ...NO_GRAPH };
  const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, known));
  const { verdict } = evaluate(policy, { gate: 'admission', facts, now: FIXTURE_NOW });
  return { decision: verdict.decision, said: JSON.stringify([verdict.results, facts.artifacts]) };
}

const [one, two] = ['1', '2'].map((text) => toContent('x', Buffer.from(text))) as [
  Content,
  Content,
];

describe('An unreadable document of a stranger leaves no trusted image undetermined', () => {
  it.each(TYPES)('truth B3: %s with two layers, and nobody signed it', async (type) => {
    const world = await makeWorld();
    const { digest } = push(world, world.subject, type, [one, two]);
    const { decision, said } = await judge(world);
    expect(decision).toBe('allow');
    expect(said).toContain(digest);
    expect(said).toContain('nobody signed');
  });

  it.each(TYPES)('truth B3: %s with two layers, and a trusted signer signed it', async (type) => {
    const world = await makeWorld();
    const artifact = push(world, world.subject, type, [one, two]);
    await signImage(world.registry, artifact, keys.release);
    const { decision, said } = await judge(world);
    expect(decision).toBe('undetermined');
    expect(said).toContain(artifact.digest);
    expect(said).toMatch(/signed by [^ ]*(?:CN|x509)/);
  });

  it('truth B3: a signature of a stranger on it changes nothing', async () => {
    const world = await makeWorld();
    const artifact = push(world, world.subject, 'application/spdx+json', [one, two]);
    await signImage(world.registry, artifact, keys.stranger);
    expect((await judge(world)).decision).toBe('allow');
  });

  const SIGNATURES: readonly [string, (world: World, of: Descriptor) => unknown][] = [
    ['has no layer', (world, of) => push(world, of, NOTARY_SIGNATURE_TYPE, [])],
    ['is no envelope', (world, of) => push(world, of, NOTARY_SIGNATURE_TYPE, [one])],
    [
      'has lost its envelope',
      (world, of) => {
        push(world, of, NOTARY_SIGNATURE_TYPE, [two]);
        world.registry.contents.delete(two.descriptor.digest);
      },
    ],
    [
      'is too large',
      (world, of) => {
        const descriptor = { ...one.descriptor, size: 1 << 30 };
        return push(world, of, NOTARY_SIGNATURE_TYPE, [{ ...one, descriptor }]);
      },
    ],
  ];
  it.each(SIGNATURES)('truth B3: it has a signature that %s', async (_, sign) => {
    const world = await makeWorld();
    sign(world, push(world, world.subject, 'application/spdx+json', [one, two]));
    expect((await judge(world)).decision).toBe('allow');
  });

  it('truth B3: its manifest or its content is lost', async () => {
    for (const lost of ['manifest', 'content'] as const) {
      const world = await makeWorld();
      const { digest } = push(world, world.subject, 'application/spdx+json', [one]);
      world.registry.contents.delete(lost === 'manifest' ? digest : one.descriptor.digest);
      expect((await judge(world)).decision).toBe('allow');
    }
  });

  it('truth B3: an entry of the fallback tag calls a bundle another type than it is', async () => {
    const world = await makeWorld();
    const artifact = push(world, world.subject, `${BUNDLE_TYPE}`, [one]);
    const { manifest } = world.registry;
    world.registry.manifest = async (repository, wanted) => {
      const digest = typeof wanted === 'string' ? wanted : wanted.digest;
      if (digest !== artifact.digest) return manifest.call(world.registry, repository, wanted);
      return fail('REGISTRY_MISBEHAVED', 'its descriptor says text/plain', 'Push it again.');
    };
    expect((await judge(world)).decision).toBe('allow');
  });

  it('truth B3: a signature that the registry does not give today could count', async () => {
    const world = await makeWorld();
    const artifact = push(world, world.subject, 'application/spdx+json', [one, two]);
    push(world, artifact, NOTARY_SIGNATURE_TYPE, [two]);
    world.registry.unreachable.add(two.descriptor.digest);
    expect((await judge(world)).decision).toBe('undetermined');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  attach,
  debianComponent,
  MemoryRegistry,
  pushImage,
  pushIndex,
  REPOSITORY,
  referenceTo,
  sbomDocument,
  signImage,
  type WorldKeys,
  worldKeys,
} from '../../../test/support/evidence-world.ts';
import {
  attachBundle,
  tagAttestations,
  tagSignatures,
  trustAll,
} from '../../../test/support/sigstore-attached.ts';
import { type ArtifactSource, toContent } from '../../capabilities/registry/index.ts';
import { BUNDLE_TYPE, NOTARY_SIGNATURE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import { formatImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import { askAhead } from './ask-ahead.ts';
import { gatherImage } from './gather.ts';
import { surveyStorage } from './survey.ts';

let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

const SBOM = sbomDocument([debianComponent('tzdata')]);
const STATED = {
  predicateType: 'https://spdx.dev/Document/v2.3',
  predicate: JSON.parse(Buffer.from(SBOM.bytes).toString()),
};

/** An image with signatures and documents in every form. */
async function pushMixed(registry: MemoryRegistry, name: string): Promise<Descriptor> {
  const image = pushImage(registry, name);
  await signImage(registry, image, keys.release);
  await attach(registry, image, SBOM, keys.release);
  attachBundle(registry, image);
  attachBundle(registry, image, STATED);
  tagSignatures(registry, image);
  tagAttestations(registry, image, [STATED]);
  return image;
}

/** The same source, with what it is asked, word by word. */
function record(source: ArtifactSource) {
  const asked: string[] = [];
  const recorded: ArtifactSource = {
    resolve: (reference, options) => {
      asked.push(formatImageReference(reference));
      return source.resolve(reference, options);
    },
    manifest: (repository, wanted, options) => {
      asked.push(`manifest ${typeof wanted === 'string' ? wanted : wanted.digest}`);
      return source.manifest(repository, wanted, options);
    },
    referrers: (repository, digest, type, options) => {
      asked.push(`referrers ${digest} ${options?.only?.pageBytesMax}`);
      return source.referrers(repository, digest, type, options);
    },
    blobBytes: (repository, descriptor, bytesMax, options) => {
      asked.push(`blob ${descriptor.digest}`);
      return source.blobBytes(repository, descriptor, bytesMax, options);
    },
    blob: source.blob.bind(source),
  };
  return { asked, source: recorded };
}

/** Answers at once all that was asked meanwhile; counts how often that was needed. */
function countRounds(registry: MemoryRegistry): { rounds: number } {
  const counted = { rounds: 0 };
  let waiting: (() => void)[] = [];
  const pump = async (): Promise<void> => {
    for (let [seen, turns] = [0, 0]; turns < 20; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (waiting.length === seen) continue;
      [seen, turns] = [waiting.length, 0];
    }
    counted.rounds += 1;
    const answered = waiting;
    waiting = [];
    for (const answer of answered) answer();
  };
  registry.pause = () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) void pump();
    });
  return counted;
}

/** As `waybill verify` does. */
async function search(source: ArtifactSource, image: Descriptor, isAhead: boolean) {
  const reference = referenceTo(image);
  const recorded = record(source);
  const asked = isAhead ? askAhead(recorded.source, reference, {}) : recorded.source;
  const ports = { source: asked, trust: trustAll(keys, ['image', 'sbom']), showsAll: true };
  const evidence = orThrow(await gatherImage(reference, FIXTURE_NOW, ports));
  return { evidence, survey: await surveyStorage(evidence, asked), asked: recorded.asked };
}

describe('a search that asks ahead', () => {
  it('S4, S6: finds what it finds otherwise, in four rounds instead of a dozen', async () => {
    const registry = new MemoryRegistry();
    const image = await pushMixed(registry, 'trips');
    const slow = await search(registry, image, false);
    const before = countRounds(registry);
    await search(registry, image, false);
    const counted = countRounds(registry);
    const fast = await search(registry, image, true);
    expect(fast.evidence).toEqual(slow.evidence);
    expect(fast.survey).toEqual(slow.survey);
    expect(fast.evidence.signatures.items.map(({ format }) => format).sort()).toEqual([
      'cosign-legacy',
      'notary',
      'sigstore-bundle',
    ]);
    expect(before.rounds).toBeGreaterThan(10);
    expect(counted.rounds).toBeLessThanOrEqual(4);
    const blobs = fast.asked.filter((one) => one.startsWith('blob'));
    expect(new Set(blobs).size).toBe(blobs.length);
    const lists = fast.asked.filter((one) => one.startsWith('referrers'));
    expect(new Set(lists).size).toBe(lists.length);
  });

  it('asks for each member of an index as well', async () => {
    const registry = new MemoryRegistry();
    const [one, other] = [await pushMixed(registry, 'one'), await pushMixed(registry, 'other')];
    const platform = { os: 'linux', architecture: 'amd64' };
    const members = [
      [one, platform],
      [other, { ...platform, architecture: 'arm64' }],
    ] as const;
    const index = pushIndex(registry, members);
    const slow = await search(registry, index, false);
    const counted = countRounds(registry);
    const fast = await search(registry, index, true);
    expect(fast.evidence).toEqual(slow.evidence);
    expect(fast.survey).toEqual(slow.survey);
    expect(counted.rounds).toBeLessThanOrEqual(8);
  });

  it('N8: of a list of strangers only the first entries are read ahead', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    for (let at = 0; at < 1_000; at++) {
      const entry = { ...image, digest: sha256(`signature ${at}`) };
      const artifactType = at % 2 === 0 ? BUNDLE_TYPE : NOTARY_SIGNATURE_TYPE;
      registry.list(image.digest, { ...entry, artifactType });
    }
    const { asked, source } = record(registry);
    askAhead(source, referenceTo(image), {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.filter((one) => one.startsWith('manifest'))).toHaveLength(64);
    // What is read later, and is larger than what may be read, is not given from what was ahead.
    const large = { ...image, digest: sha256('large'), size: 300_000 };
    registry.list(large.digest, { ...large, artifactType: BUNDLE_TYPE });
    asked.length = 0;
    askAhead(source, { ...referenceTo(image), digest: large.digest }, {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.filter((one) => one.startsWith('manifest'))).toEqual([]);
  });

  it('A6: a blob that was read ahead is still refused to who may not read so much', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    const [artifact] = await attach(registry, image, SBOM, keys.release);
    const [blob] = artifact?.blobs.filter(({ bytes }) => bytes.length > 100) ?? [];
    const { descriptor } = blob ?? toContent('x', new Uint8Array());
    const ahead = askAhead(registry, referenceTo(image), {});
    await new Promise((resolve) => setImmediate(resolve));
    const tooLong = await ahead.blobBytes(REPOSITORY, descriptor, descriptor.size - 1);
    expect(tooLong).toMatchObject({ ok: false, failure: { code: 'LIMIT_EXCEEDED' } });
    const whole = orThrow(await ahead.blobBytes(REPOSITORY, descriptor, descriptor.size));
    expect(Buffer.from(whole)).toEqual(Buffer.from(SBOM.bytes));
  });
});

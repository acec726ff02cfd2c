import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  debianComponent,
  later,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  referenceTo,
  sbomDocument,
  scanDocument,
  type WorldKeys,
  worldIndex,
  worldKeys,
} from '../../../test/support/evidence-world.ts';
import { HOUR_MS } from '../../../test/support/policy-facts.ts';
import { TAG_VALUE } from '../../../test/support/sbom-forms.ts';
import {
  attachBundle,
  attachBytes,
  type BundleChange,
  tagAttestations,
  trustAll,
  USER_KEY,
} from '../../../test/support/sigstore-attached.ts';
import {
  buildSlsaProvenance,
  parseStatement,
  SLSA_PROVENANCE_TYPE,
} from '../../capabilities/attestation/index.ts';
import { buildArtifact, buildIndex, toContent } from '../../capabilities/registry/index.ts';
import { BUNDLE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, orThrow } from '../../core/result.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { gatherImage } from './gather.ts';
import { listCosignTags } from './survey.ts';

let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

const SPDX = 'https://spdx.dev/Document/v2.3';
const SBOM: BundleChange = {
  predicateType: SPDX,
  predicate: JSON.parse(Buffer.from(sbomDocument([debianComponent('tzdata')]).bytes).toString()),
};
const PROVENANCE: BundleChange = {
  predicateType: SLSA_PROVENANCE_TYPE,
  predicate: buildSlsaProvenance({
    buildType: 'https://ci.example.com/build',
    externalParameters: {},
    internalParameters: {},
    materials: [],
    builder: 'https://ci.example.com/runner',
    builderVersion: {},
    invocation: null,
    startedAt: null,
    finishedAt: null,
  }),
};
const VEX: BundleChange = {
  predicateType: 'https://openvex.dev/ns/v0.2.0',
  predicate: {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://shop.example.com/vex/1',
    author: 'shop',
    timestamp: '2026-01-01T00:00:00Z',
    version: 1,
    statements: [
      {
        vulnerability: { name: 'CVE-2026-1' },
        products: [{ '@id': 'pkg:deb/debian/tzdata' }],
        status: 'fixed',
      },
    ],
  },
};

function makeScan(image: Descriptor): BundleChange {
  const { bytes } = scanDocument(image, later(-HOUR_MS));
  const { predicateType, predicate } = orThrow(parseStatement(bytes));
  return { predicateType, predicate };
}

type Attach = (registry: MemoryRegistry, image: Descriptor) => void;

async function gather(attach: Attach, statements: readonly string[] = ALL) {
  const registry = new MemoryRegistry();
  const image = pushImage(registry, 'trips');
  attach(registry, image);
  const trust = trustAll(keys, statements);
  const ports = { source: registry, trust };
  return orThrow(await gatherImage(referenceTo(image), FIXTURE_NOW, ports));
}

async function listStandings(attach: Attach, statements?: readonly string[]) {
  const { documents } = await gather(attach, statements);
  return documents.items.map(({ kind, standing }) => `${kind} ${standing.kind}`);
}

const ALL = ['image', 'sbom', 'scan', 'provenance', 'vex'];
const KEYED = { key: USER_KEY, log: 'none' } as const;
const inBundle = (change: BundleChange): Attach => {
  return (registry, image) => attachBundle(registry, image, change);
};
const underTag = (...changes: readonly BundleChange[]): Attach => {
  return (registry, image) => tagAttestations(registry, image, changes);
};

describe('X3, S2, S6: what sigstore signed about an image counts like any signed statement', () => {
  it.each([
    ['sbom', SBOM],
    ['provenance', PROVENANCE],
    ['vex', VEX],
  ])('a %s counts by a signer who is trusted for it, in each form', async (kind, change) => {
    for (const attach of [
      inBundle(change),
      inBundle({ ...change, options: KEYED }),
      underTag(change),
    ]) {
      expect(await listStandings(attach, [kind])).toEqual([`${kind} counts`]);
      const others = ALL.filter((one) => one !== kind);
      expect(await listStandings(attach, others)).toEqual([`${kind} does-not-count`]);
    }
  });

  it('truth B3: large bundles of strangers come last, and unread ones are missing', async () => {
    const padded: BundleChange = {
      ...SBOM,
      predicate: { ...(SBOM.predicate as object), comment: 'x'.repeat(400_000) },
    };
    const attach = (count: number): Attach => {
      return (registry, image) => {
        for (let at = 0; at < count; at++) {
          const { descriptor } = { descriptor: registry.add(toContent('x', Buffer.from(`${at}`))) };
          const layers = [{ ...descriptor, size: LIMITS.envelopeBytesMax }];
          const made = buildArtifact({ artifactType: BUNDLE_TYPE, layers, subject: image });
          const annotations = { 'dev.sigstore.bundle.predicateType': SPDX };
          registry.list(image.digest, {
            ...registry.add(made),
            artifactType: BUNDLE_TYPE,
            annotations,
          });
        }
        attachBundle(registry, image, padded);
      };
    };
    const { documents } = await gather(attach(4), ['sbom']);
    expect(documents.items.map(({ standing }) => standing.kind)).toEqual(['counts']);
    expect(documents.missing?.message).toContain('too large to read all of them');
    expect((await gather(attach(3), ['sbom'])).documents.missing).toBeNull();
  });

  it('a scan counts, and its findings are facts of the gate', async () => {
    const attach: Attach = (registry, image) => attachBundle(registry, image, makeScan(image));
    expect(await listStandings(attach)).toEqual(['scan counts']);
  });

  it('an SBOM and its packages are facts of the gate', async () => {
    const evidence = await gather(inBundle(SBOM));
    const sources = { trust: trustAll(keys, ALL), advisories: worldIndex(), ...NO_GRAPH };
    const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
    expect(facts.sbom).toMatchObject({ complete: true, count: 1 });
  });

  it('of an index, provenance and VEX are about all platforms, an SBOM about none', async () => {
    const registry = new MemoryRegistry();
    const [one, other] = [pushImage(registry, 'one'), pushImage(registry, 'other')];
    const platform = { os: 'linux', architecture: 'amd64' };
    const listed = [
      { ...one, platform },
      { ...other, platform: { ...platform, architecture: 'arm64' } },
    ];
    const index = registry.add(buildIndex({ manifests: listed }));
    for (const change of [PROVENANCE, VEX, SBOM]) attachBundle(registry, index, change);
    const trust = trustAll(keys, ALL);
    const ports = { source: registry, trust };
    const evidence = orThrow(await gatherImage(referenceTo(index), FIXTURE_NOW, ports));
    expect(evidence.documents.items.map(({ kind }) => kind)).toEqual(['provenance', 'vex']);
    const sources = { trust, advisories: worldIndex(), ...NO_GRAPH };
    const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
    expect(facts.provenance).toMatchObject({ builder: 'https://ci.example.com/runner' });
  });

  it('several statements under one tag are several documents', async () => {
    expect(await listStandings(underTag(SBOM, PROVENANCE))).toEqual([
      'sbom counts',
      'provenance counts',
    ]);
  });
});

describe('a statement in a form of sigstore', () => {
  const EVIL = { options: { identity: 'https://git.example.com/evil' } };

  it.each<readonly [string, BundleChange]>([
    ['A63: about another image', { about: sha256('another') }],
    ['A60: by another identity', EVIL],
    ['A44: by a signature over another statement', { change: swapPayload }],
  ])('%s does not count', async (_, change) => {
    const [standing] = await listStandings(inBundle({ ...SBOM, ...change }));
    expect(standing).toMatch(/does-not-count$/);
    expect(await listStandings(inBundle(SBOM))).toEqual(['sbom counts']);
  });

  it('A63: replayed under the tag of another image, does not count', async () => {
    const replayed = underTag({ ...SBOM, about: sha256('another') });
    expect(await listStandings(replayed)).toEqual(['other does-not-count']);
  });

  it('A46, G17: whose type is another one, is judged as that type and as no other', async () => {
    const lie = await gather(inBundle({ ...PROVENANCE, predicateType: SPDX }));
    expect(lie.documents.items).toMatchObject([{ kind: 'other', content: { kind: 'unreadable' } }]);
  });

  it('A62: of another payload type, does not count', async () => {
    const other = { ...SBOM, payloadType: 'application/json' };
    expect(await listStandings(inBundle(other))).toEqual(['sbom does-not-count']);
  });

  it('A56: with two signatures, is not read', async () => {
    const change = (bundle: object) => {
      const { dsseEnvelope } = bundle as { dsseEnvelope: { signatures: object[] } };
      dsseEnvelope.signatures.push(...dsseEnvelope.signatures);
    };
    expect(await listStandings(inBundle({ ...SBOM, change }))).toEqual([]);
  });

  it('S3: is read where it is alone in its manifest, beside others that are not', async () => {
    const attach: Attach = (registry, image) => {
      attachBundle(registry, image, { ...SBOM, layers: 2 });
      attachBundle(registry, image, SBOM);
    };
    expect(await listStandings(attach)).toEqual(['sbom counts']);
  });

  it('S14: is read where it is SPDX as a text, as cosign attests the tag-value form', async () => {
    const stated = { predicateType: 'https://spdx.dev/Document', predicate: TAG_VALUE };
    expect(await listStandings(inBundle(stated))).toEqual(['sbom counts']);
    const broken = await gather(inBundle({ ...stated, predicate: 'no SBOM' }));
    expect(broken.documents.items[0]?.content.kind).toBe('unreadable');
  });

  it('of a stranger that nobody can read, leaves nothing undetermined', async () => {
    const broken = { predicateType: SPDX, predicate: { spdxVersion: 7 } };
    const mine = await gather(inBundle(broken));
    expect(mine.documents.items[0]?.content.kind).toBe('unreadable');
    const theirs = await gather(inBundle({ ...broken, ...EVIL }));
    expect(theirs.documents.items[0]?.content.kind).toBe('unread');
  });

  it('of strangers, only some are looked at, and one that counts is found after them', async () => {
    const attach: Attach = (registry, image) => {
      for (let at = 0; at < LIMITS.untrustedDocumentsMax + 5; at++) {
        const options = { identity: `https://git.example.com/evil/${at}` };
        attachBundle(registry, image, { ...SBOM, options });
      }
      attachBundle(registry, image, SBOM);
    };
    const standings = await listStandings(attach);
    expect(standings).toHaveLength(LIMITS.untrustedDocumentsMax + 1);
    expect(standings.at(-1)).toBe('sbom counts');
  });

  it('A46: is no document where it states that the image is signed', async () => {
    expect(await listStandings(inBundle({}))).toEqual([]);
  });

  it('S13, truth B3: is open where its tag cannot be looked for, or there is no time', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    const { resolve } = registry;
    registry.resolve = async (reference) =>
      reference.tag?.endsWith('.att') === true
        ? failed(new Failure('REGISTRY_UNREACHABLE', 'it is gone', 'Try again.'))
        : resolve.call(registry, reference);
    const tags = listCosignTags(registry, referenceTo(image), image.digest, {});
    await expect(tags).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    const ports = { source: registry, trust: trustAll(keys, ALL) };
    const lost = orThrow(await gatherImage(referenceTo(image), FIXTURE_NOW, ports));
    expect(lost.documents.missing?.code).toBe('REGISTRY_UNREACHABLE');
    tagAttestations(registry, image, [VEX]);
    registry.resolve = resolve;
    const late = { ...ports, patience: AbortSignal.abort() };
    const over = orThrow(await gatherImage(referenceTo(image), FIXTURE_NOW, late));
    expect(over.documents.missing?.code).toBe('LIMIT_EXCEEDED');
  });

  it('truth B3: over 100 attestations that strangers push under a tag hide none', async () => {
    const options = { identity: 'https://git.example.com/evil' };
    const others = Array.from({ length: LIMITS.signaturesMax + 10 }, () => ({ ...VEX, options }));
    const { documents } = await gather(underTag(...others, SBOM));
    expect(documents.missing).toBeNull();
    expect(documents.items.at(-1)).toMatchObject({ kind: 'sbom', standing: { kind: 'counts' } });
  });

  it('is fetched once, although it is looked at as a signature and as a document', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    attachBundle(registry, image, SBOM);
    attachBytes(registry, image, Buffer.from('{}'), { artifactType: BUNDLE_TYPE });
    const asked: string[] = [];
    const { manifest, blobBytes } = registry;
    registry.blobBytes = async (repository, wanted, bytesMax) => {
      asked.push(wanted.digest);
      return blobBytes.call(registry, repository, wanted, bytesMax);
    };
    registry.manifest = async (repository, wanted) => {
      asked.push(typeof wanted === 'string' ? wanted : wanted.digest);
      return manifest.call(registry, repository, wanted);
    };
    const ports = { source: registry, trust: trustAll(keys, ALL) };
    const { documents } = orThrow(await gatherImage(referenceTo(image), FIXTURE_NOW, ports));
    expect(documents.items).toHaveLength(1);
    const [found] = documents.items;
    for (const one of [found?.manifest, found?.document])
      expect(asked.filter((digest) => digest === one?.digest)).toHaveLength(1);
  });
});

/** The signature stays, and what it is over is another statement. */
function swapPayload(bundle: object): void {
  const { dsseEnvelope } = bundle as { dsseEnvelope: { payload: string } };
  const text = Buffer.from(dsseEnvelope.payload, 'base64').toString().replace('tzdata', 'libssl');
  dsseEnvelope.payload = Buffer.from(text).toString('base64');
}

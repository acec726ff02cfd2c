// docs/adr/0002-whose-evidence-counts.md, through everything that the admission gate reads
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AdvisoryIndex } from '../../src/capabilities/advisories/index.ts';
import { evaluate, type Facts } from '../../src/capabilities/policy/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import type { Purl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { takeItems } from '../../src/gates/facts/fact-lists.ts';
import { buildImageFacts } from '../../src/gates/facts/facts.ts';
import { gatherImage } from '../../src/gates/image-evidence/index.ts';
import type { ReleaseDocument } from '../../src/phases/build/documents.ts';
import { FIXTURE_NOW, type TestKey } from '../support/certificates.ts';
import {
  attach,
  debianComponent,
  later,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  pushIndex,
  referenceTo,
  sbomDocument,
  scanDocument,
  signImage,
  type WorldKeys,
  worldIndex,
  worldKeys,
  worldTrust,
} from '../support/evidence-world.ts';
import { HOUR_MS, shopPolicy } from '../support/policy-facts.ts';

const policy = shopPolicy({ unknownLicense: 'accept' });
const HOUR_AGO = later(-HOUR_MS);
const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64' };
const tzdata = debianComponent('tzdata');
const zlib = debianComponent('zlib');

let keys: WorldKeys;
let index: AdvisoryIndex;
beforeAll(async () => {
  keys = await worldKeys();
  index = worldIndex();
});

async function gatherFacts(registry: MemoryRegistry, subject: Descriptor): Promise<Facts> {
  const trust = worldTrust(keys);
  const evidence = orThrow(
    await gatherImage(referenceTo(subject), FIXTURE_NOW, { source: registry, trust }),
  );
  const sources = { trust, advisories: index, ...NO_GRAPH };
  return orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
}

async function judgeImage(registry: MemoryRegistry, subject: Descriptor): Promise<Verdict> {
  const facts = await gatherFacts(registry, subject);
  return evaluate(policy, { gate: 'admission', facts, now: FIXTURE_NOW }).verdict;
}

const decideImage = async (registry: MemoryRegistry, subject: Descriptor) =>
  (await judgeImage(registry, subject)).decision;

/** Everything is correct: signed, with an SBOM and a scan of an hour ago. */
async function inOrder(registry = new MemoryRegistry(), name = 'trips'): Promise<Descriptor> {
  const subject = pushImage(registry, name);
  await signImage(registry, subject, keys.release);
  await describeImage(registry, subject);
  return subject;
}

async function describeImage(
  registry: MemoryRegistry,
  subject: Descriptor,
  scannedAt = HOUR_AGO,
  key: TestKey | null = keys.release,
): Promise<void> {
  await attach(registry, subject, sbomDocument([tzdata]), key);
  await attach(registry, subject, scanDocument(subject, scannedAt), key, scannedAt);
}

interface Piece {
  readonly make: (subject: Descriptor) => ReleaseDocument;
  readonly signer: 'release' | 'stranger' | 'nobody';
}

const made = {
  whole: () => sbomDocument([tzdata]),
  vulnerable: () => sbomDocument([tzdata, zlib]),
  empty: () => sbomDocument([]),
  partial: () => sbomDocument([tzdata], { outcome: 'partial' }),
  broken: () => ({ ...sbomDocument([tzdata]), bytes: Buffer.from('{') }),
  'other os': () =>
    sbomDocument([tzdata], { os: { id: 'debian', versionId: '99', prettyName: null } }),
  fresh: (subject: Descriptor) => scanDocument(subject, HOUR_AGO),
  old: (subject: Descriptor) => scanDocument(subject, later(-72 * HOUR_MS)),
  future: (subject: Descriptor) => scanDocument(subject, later(72 * HOUR_MS)),
  critical: (subject: Descriptor) =>
    scanDocument(subject, HOUR_AGO, [['CVE-2026-7777', 'critical', 'tzdata']]),
  'no scan': (subject: Descriptor) => ({
    ...scanDocument(subject, HOUR_AGO),
    bytes: Buffer.from('{}'),
  }),
} as const;
const piece: fc.Arbitrary<Piece> = fc.record({
  make: fc.constantFrom(...Object.values(made)),
  signer: fc.constantFrom('release', 'release', 'stranger', 'nobody'),
});

const selectKey = (signer: Piece['signer']): TestKey | null =>
  signer === 'nobody' ? null : keys[signer];

/**
 * Anyone may report a problem, and so the report may be withheld: the owner of the registry can
 * always hide a report of somebody else (S15). Nobody can hide what the trusted SBOM shows.
 */
const STATING = new Set<unknown>([
  made.critical,
  made.vulnerable,
  made.broken,
  made['no scan'],
  made.future,
  made['other os'],
]);

/**
 * An image with these pieces and their attached documents. `stating` contains the pieces that only
 * report a problem.
 */
async function imageWith(pieces: readonly Piece[], isSigned: boolean) {
  const registry = new MemoryRegistry();
  const subject = pushImage(registry, 'trips');
  const artifacts = isSigned ? [...(await signImage(registry, subject, keys.release))] : [];
  const stating = new Set<unknown>();
  for (const { make, signer } of pieces) {
    const added = await attach(registry, subject, make(subject), selectKey(signer));
    artifacts.push(...added);
    if (STATING.has(make)) for (const one of added) stating.add(one);
  }
  return { registry, subject, artifacts, stating };
}

describe('foundation 2: evidence as the gate reads it', () => {
  it('the paired accept: an image with complete evidence is allowed', async () => {
    const registry = new MemoryRegistry();
    expect(
      (await judgeImage(registry, await inOrder(registry))).results.filter(
        (one) => one.outcome !== 'holds',
      ),
    ).toEqual([]);
  });

  const few = fc
    .array(piece, { maxLength: 4 })
    .map((pieces) => [
      { make: made.whole, signer: 'release' as const },
      { make: made.fresh, signer: 'release' as const },
      ...pieces,
    ]);

  it('a removed or unreachable piece never turns a refusal into an admission', async () => {
    await fc.assert(
      fc.asyncProperty(
        few,
        fc.boolean(),
        fc.nat(),
        fc.boolean(),
        async (pieces, isSigned, which, hide) => {
          const { registry, subject, artifacts, stating } = await imageWith(pieces, isSigned);
          const before = await decideImage(registry, subject);
          const artifact = artifacts[which % artifacts.length];
          if (before === 'allow' || artifact === undefined || stating.has(artifact)) return;
          const contents = [artifact.manifest, ...artifact.blobs].map(
            ({ descriptor }) => descriptor.digest,
          );
          if (hide) registry.hidden.add(artifact.manifest.descriptor.digest);
          else registry.unreachable.add(contents[which % contents.length] ?? '');
          expect(await decideImage(registry, subject)).not.toBe('allow');
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('untrusted additions never turn a refusal into an admission', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 4 }),
        piece,
        fc.boolean(),
        async (pieces, added, isSigned) => {
          const { registry, subject } = await imageWith(pieces, isSigned);
          const before = await decideImage(registry, subject);
          const key = added.signer === 'release' ? keys.stranger : selectKey(added.signer);
          await attach(registry, subject, added.make(subject), key);
          if (before !== 'allow') expect(await decideImage(registry, subject)).not.toBe('allow');
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('a list that may be incomplete never leads to an admission', async () => {
    await fc.assert(
      fc.asyncProperty(few, fc.boolean(), async (pieces, isSigned) => {
        const { registry, subject } = await imageWith(pieces, isSigned);
        registry.listsAreTruncated = true;
        expect(await decideImage(registry, subject)).not.toBe('allow');
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});

describe('foundation 2: one SBOM never changes how another one is read', () => {
  async function admittedWith(...strangers: readonly ReleaseDocument[]) {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await signImage(registry, subject, keys.release);
    for (const document of strangers) await attach(registry, subject, document, keys.stranger);
    await attach(registry, subject, sbomDocument([zlib]), keys.release);
    await attach(registry, subject, scanDocument(subject, HOUR_AGO), keys.release);
    return (await gatherFacts(registry, subject)).findings;
  }

  it("a stranger's other distribution or source package hides no vulnerability", async () => {
    const critical = expect.arrayContaining([
      expect.objectContaining({ id: 'CVE-2026-0001', severity: 'critical' }),
    ]);
    expect(await admittedWith()).toEqual(critical);
    const elsewhere = { ...zlib, source: { name: 'harmless', version: '9' } };
    expect(await admittedWith(sbomDocument([elsewhere]))).toEqual(critical);
    expect(
      await admittedWith(
        sbomDocument([], { os: { id: 'debian', versionId: '99', prettyName: null } }),
      ),
    ).toEqual(critical);
  });

  it("a stranger's harmless licence does not replace the one in the trusted SBOM", async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await attach(
      registry,
      subject,
      sbomDocument([{ ...tzdata, licenses: ['GPL-3.0-only'] }]),
      keys.release,
    );
    await attach(
      registry,
      subject,
      sbomDocument([{ ...tzdata, licenses: ['MIT'] }]),
      keys.stranger,
    );
    const { components } = await gatherFacts(registry, subject);
    expect(components).toContainEqual(expect.objectContaining({ licenses: ['GPL-3.0-only'] }));
  });

  it('B24: a licence that one trusted SBOM lacks is known from another trusted one', async () => {
    const known = async (key: typeof keys.release) => {
      const registry = new MemoryRegistry();
      const subject = pushImage(registry, 'trips');
      const bare = { ...tzdata, purl: 'pkg:golang/example.com/x@v1.0.0' as Purl, licenses: [] };
      await attach(registry, subject, sbomDocument([bare]), keys.release);
      await attach(registry, subject, sbomDocument([{ ...bare, licenses: ['MIT'] }]), key);
      const { components } = await gatherFacts(registry, subject);
      return takeItems(components ?? []).map(({ licenses }) => 'failure' in licenses);
    };
    expect(await known(keys.release)).toEqual([false]);
    expect(await known(keys.stranger)).toEqual([true, false]);
  });

  it('an attached scan can raise the severity of a vulnerability, never lower it', async () => {
    const rated = async (severity: string) => {
      const registry = new MemoryRegistry();
      const subject = pushImage(registry, 'trips');
      await attach(registry, subject, sbomDocument([debianComponent('unrated')]), keys.release);
      const scan = scanDocument(subject, HOUR_AGO, [['CVE-2026-0002', severity, 'unrated']]);
      await attach(registry, subject, scan, keys.stranger);
      const { findings } = await gatherFacts(registry, subject);
      return (findings as readonly { severity: string }[]).map((one) => one.severity);
    };
    expect(await rated('critical')).toEqual(['unknown', 'critical']);
    expect(await rated('unknown')).toEqual(['unknown']);
  });
});

describe('A16, G22: every platform of an index', () => {
  async function arrangeIndex(
    arrange: (registry: MemoryRegistry, one: Descriptor, other: Descriptor) => Promise<void>,
  ) {
    const registry = new MemoryRegistry();
    const [one, other] = [pushImage(registry, 'amd64'), pushImage(registry, 'arm64')];
    const subject = pushIndex(registry, [
      [one, AMD64],
      [other, ARM64],
    ]);
    await signImage(registry, subject, keys.release);
    await arrange(registry, one, other);
    return { registry, subject, one, other };
  }
  const broken = async ({ registry, subject }: { registry: MemoryRegistry; subject: Descriptor }) =>
    (await judgeImage(registry, subject)).results
      .filter((one) => one.outcome !== 'holds')
      .map((one) => one.rule);

  it('the paired accept: documents on both members of a signed index', async () => {
    const made = await arrangeIndex(async (registry, one, other) => {
      await describeImage(registry, one);
      await describeImage(registry, other);
    });
    expect(await broken(made)).toEqual([]);
  });

  it('a fresh scan of one platform does not make the old scan of another fresh (I18)', async () => {
    const made = await arrangeIndex(async (registry, one, other) => {
      await describeImage(registry, one);
      await describeImage(registry, other, later(-72 * HOUR_MS));
    });
    expect(await broken(made)).toEqual(['I18-scan-fresh']);
  });

  it('documents on only one platform cover no other platform', async () => {
    const made = await arrangeIndex((registry, one) => describeImage(registry, one));
    expect(await broken(made)).toEqual([
      'B23-no-critical-finding',
      'I18-scan-fresh',
      'sbom-complete',
    ]);
  });

  it('documents by a stranger on the other platform do not cover it', async () => {
    const made = await arrangeIndex(async (registry, one, other) => {
      await describeImage(registry, one);
      await describeImage(registry, other, HOUR_AGO, keys.stranger);
    });
    expect(await broken(made)).toContain('sbom-complete');
  });

  it('a signed index does not sign its member, and a signed member not its index', async () => {
    const both = async (registry: MemoryRegistry, one: Descriptor, other: Descriptor) => {
      await describeImage(registry, one);
      await describeImage(registry, other);
    };
    const made = await arrangeIndex(both);
    expect(await broken({ registry: made.registry, subject: made.one })).toEqual([
      'I17-signed-image',
    ]);
    await signImage(made.registry, made.one, keys.release);
    expect(await broken({ registry: made.registry, subject: made.one })).toEqual([]);
    const unsigned = pushIndex(made.registry, [[made.one, AMD64]]);
    expect(await broken({ registry: made.registry, subject: unsigned })).toEqual([
      'I17-signed-image',
    ]);
  });

  it('attestation manifests (unknown/unknown) are no platform and refused alone', async () => {
    const registry = new MemoryRegistry();
    const one = pushImage(registry, 'amd64');
    const attestation = pushImage(registry, 'attestation');
    const unknown = { os: 'unknown', architecture: 'unknown' };
    const subject = pushIndex(registry, [
      [one, AMD64],
      [attestation, unknown],
    ]);
    await signImage(registry, subject, keys.release);
    await describeImage(registry, one);
    expect(await broken({ registry, subject })).toEqual([]);
    const bare = pushIndex(registry, [[attestation, unknown]]);
    const trust = worldTrust(keys);
    expect(
      await gatherImage(referenceTo(bare), FIXTURE_NOW, { source: registry, trust }),
    ).toMatchObject({ ok: false });
  });

  it('an index inside an index is refused, because its content was never checked', async () => {
    const registry = new MemoryRegistry();
    const one = await inOrder(registry, 'amd64');
    const inner = pushIndex(registry, [[pushImage(registry, 'hidden'), ARM64]]);
    const nested = pushIndex(registry, [
      [one, AMD64],
      [inner, undefined],
    ]);
    const trust = worldTrust(keys);
    const ask = (subject: Descriptor) =>
      gatherImage(referenceTo(subject), FIXTURE_NOW, { source: registry, trust });
    expect(await ask(nested)).toMatchObject({ ok: false, failure: { code: 'UNSUPPORTED' } });
    expect(await ask(pushIndex(registry, [[one, AMD64]]))).toMatchObject({ ok: true });
  });

  it('a member that is listed twice is one image, and is checked once', async () => {
    const registry = new MemoryRegistry();
    const one = await inOrder(registry);
    const twice = pushIndex(registry, [
      [one, AMD64],
      [one, ARM64],
    ]);
    await signImage(registry, twice, keys.release);
    const facts = await gatherFacts(registry, twice);
    expect(facts).toMatchObject({ sbom: { count: 1 }, image: { platform: null } });
    expect(await broken({ registry, subject: twice })).toEqual([]);
  });
});

describe('A46: the signed manifest says what a document is, not the list', () => {
  it('an SBOM listed as a signature, or a text listed as an SBOM, does not count', async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await signImage(registry, subject, keys.release);
    await attach(registry, subject, scanDocument(subject, HOUR_AGO), keys.release);
    const text = { ...sbomDocument([]), mediaType: 'text/plain' };
    const [artifact] = await attach(registry, subject, text, keys.release);
    if (artifact === undefined) throw new Error('nothing was attached');
    const { descriptor } = artifact.manifest;
    registry.hidden.add(descriptor.digest);
    expect(await decideImage(registry, subject)).toBe('deny');
    registry.hidden.clear();
    const bare = {
      mediaType: descriptor.mediaType,
      digest: descriptor.digest,
      size: descriptor.size,
    };
    registry.list(subject.digest, { ...bare, artifactType: 'application/spdx+json' });
    expect(await decideImage(registry, subject)).toBe('deny');
  });

  it('S17: a trusted SBOM that is listed without its type is still found', async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await signImage(registry, subject, keys.release);
    await attach(registry, subject, scanDocument(subject, HOUR_AGO), keys.release);
    const [artifact] = await attach(registry, subject, sbomDocument([tzdata]), keys.release);
    if (artifact === undefined) throw new Error('nothing was attached');
    const { mediaType, digest, size } = artifact.manifest.descriptor;
    registry.list(subject.digest, {
      mediaType,
      digest,
      size,
      artifactType: 'application/vnd.oci.empty.v1+json',
    });
    expect(await decideImage(registry, subject)).toBe('allow');
  });
});

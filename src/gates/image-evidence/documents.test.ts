import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  attach,
  debianComponent,
  later,
  MemoryRegistry,
  NO_GRAPH,
  pinned,
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
import { HOUR_MS, shopPolicy } from '../../../test/support/policy-facts.ts';
import { evaluate } from '../../capabilities/policy/index.ts';
import {
  buildArtifact,
  parseManifest,
  toContent,
  toReferrer,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow } from '../../core/result.ts';
import type { ReleaseDocument } from '../../phases/build/documents.ts';
import type { StagedArtifact } from '../../phases/build/staging.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { gatherImage } from './gather.ts';

const policy = shopPolicy({ unknownLicense: 'accept' });
const HOUR_AGO = later(-HOUR_MS);
const SBOM = sbomDocument([debianComponent('tzdata')]);
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

async function judged(registry: MemoryRegistry, subject: Descriptor, trust = worldTrust(keys)) {
  const evidence = orThrow(
    await gatherImage(referenceTo(subject), FIXTURE_NOW, { source: registry, trust }),
  );
  const sources = { trust, advisories: worldIndex(), ...NO_GRAPH };
  const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
  const { decision, results } = evaluate(policy, {
    gate: 'admission',
    facts,
    now: FIXTURE_NOW,
  }).verdict;
  return {
    decision,
    open: results.filter((one) => one.outcome !== 'holds').map((one) => one.rule),
    evidence,
    facts,
  };
}

interface World {
  readonly registry: MemoryRegistry;
  readonly subject: Descriptor;
  readonly sbom: readonly StagedArtifact[];
  readonly scan: readonly StagedArtifact[];
  readonly signature: readonly StagedArtifact[];
}

/** Everything in order, except for the documents that a test changes. */
async function world(
  sbom: ReleaseDocument = SBOM,
  scanOf: (subject: Descriptor, other: Descriptor) => ReleaseDocument = (subject) =>
    scanDocument(subject, HOUR_AGO),
): Promise<World & { readonly other: Descriptor }> {
  const registry = new MemoryRegistry();
  const [subject, other] = [pushImage(registry, 'trips'), pushImage(registry, 'other')];
  return {
    registry,
    subject,
    other,
    signature: await signImage(registry, subject, keys.release),
    sbom: await attach(registry, subject, sbom, keys.release),
    scan: await attach(registry, subject, scanOf(subject, other), keys.release, HOUR_AGO),
  };
}

/** Lists artifacts of one image under another, as a registry may. */
function relist(
  registry: MemoryRegistry,
  under: Descriptor,
  { manifest }: Pick<StagedArtifact, 'manifest'>,
): void {
  registry.list(
    under.digest,
    toReferrer(manifest.descriptor, orThrow(parseManifest(manifest.bytes, null))),
  );
}

describe('A document counts only for what it is about', () => {
  it('the accepted case: everything is in order', async () => {
    const { registry, subject } = await world();
    expect(await judged(registry, subject)).toMatchObject({ decision: 'allow', open: [] });
  });

  it('A8, N4: listed documents and signatures of another image do not count', async () => {
    for (const lacking of ['sbom', 'scan', 'signature'] as const) {
      const own = await world();
      const [first] = own[lacking];
      if (first === undefined) throw new Error('nothing was attached');
      own.registry.hidden.add(first.manifest.descriptor.digest);
      const foreign =
        lacking === 'signature'
          ? await signImage(own.registry, own.other, keys.release)
          : await attach(
              own.registry,
              own.other,
              lacking === 'sbom' ? SBOM : scanDocument(own.subject, HOUR_AGO),
              keys.release,
            );
      if (foreign[0] !== undefined) relist(own.registry, own.subject, foreign[0]);
      const { decision, evidence } = await judged(own.registry, own.subject);
      expect(decision).not.toBe('allow');
      const found =
        lacking === 'signature'
          ? evidence.signatures.items.map((one) => one.result)
          : evidence.documents.items;
      expect(JSON.stringify(found)).toMatch(/REGISTRY_MISBEHAVED|subject-mismatch/);
      // It is signed: that nobody looked at its signatures does not make it unsigned.
      const contents = evidence.documents.items.map(({ content }) =>
        content.kind === 'unreadable' ? content.cause.message : '',
      );
      expect(contents.join(), 'truth B3').not.toContain('nobody signed');
    }
  });

  it('A63: a signed scan of another image does not count; one subject suffices', async () => {
    const other = await world(SBOM, (_subject, elsewhere) => scanDocument(elsewhere, HOUR_AGO));
    expect((await judged(other.registry, other.subject)).open).toContain('I18-scan-fresh');
    const both = await world(SBOM, (subject, elsewhere) => {
      const [one, two] = [scanDocument(subject, HOUR_AGO), scanDocument(elsewhere, HOUR_AGO)].map(
        ({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as { subject: object[] },
      );
      const joint = { ...one, subject: [...(two?.subject ?? []), ...(one?.subject ?? [])] };
      return { ...scanDocument(subject, HOUR_AGO), bytes: Buffer.from(JSON.stringify(joint)) };
    });
    expect((await judged(both.registry, both.subject)).decision).toBe('allow');
  });

  it('A63: an SBOM must name this image; one of another image does not count', async () => {
    const named = (image: Descriptor) =>
      sbomDocument([debianComponent('tzdata')], {
        subject: { name: pinned(image), digest: image.digest },
      });
    const { other, subject } = await world();
    const foreign = await world(named(other));
    expect((await judged(foreign.registry, foreign.subject)).open).toContain('sbom-complete');
    const own = await world(named(subject));
    expect((await judged(own.registry, own.subject)).decision).toBe('allow');
  });

  it('A46: a signer for the SBOM alone cannot state the scan or sign the image', async () => {
    const { registry, subject } = await world();
    const trust = (...statements: string[]) => worldTrust(keys, undefined, statements);
    expect((await judged(registry, subject, trust('image', 'sbom', 'scan'))).decision).toBe(
      'allow',
    );
    expect((await judged(registry, subject, trust('sbom'))).open).toEqual([
      'I17-signed-image',
      'I18-scan-fresh',
    ]);
    expect((await judged(registry, subject, trust('image', 'scan'))).open).toContain(
      'I18-signed-sbom',
    );
  });
});

describe('Missing documents are not taken for granted', () => {
  it('an unreadable list of referrers is no empty list: nothing is called missing', async () => {
    const { registry, subject, sbom } = await world();
    registry.unreachable.add(`referrers ${subject.digest}`);
    expect((await judged(registry, subject)).decision).toBe('undetermined');
    registry.unreachable.clear();
    registry.unreachable.add(`referrers ${sbom[0]?.manifest.descriptor.digest}`);
    expect((await judged(registry, subject)).decision).toBe('undetermined');
    registry.unreachable.clear();
    expect((await judged(registry, subject)).decision).toBe('allow');
  });

  it('I18: a scan without its content is not fresh, although its manifest is signed', async () => {
    const { registry, subject, scan } = await world();
    registry.unreachable.add(scan[0]?.blobs.at(-1)?.descriptor.digest ?? '');
    expect(await judged(registry, subject)).toMatchObject({
      decision: 'undetermined',
      open: ['B23-no-critical-finding', 'I18-scan-fresh'],
    });
  });

  it('foundation 2: a second SBOM that cannot be fetched might name more components', async () => {
    const { registry, subject } = await world();
    const second = await attach(
      registry,
      subject,
      sbomDocument([debianComponent('adduser')]),
      keys.release,
    );
    expect((await judged(registry, subject)).decision).toBe('allow');
    registry.unreachable.add(second[0]?.blobs.at(-1)?.descriptor.digest ?? '');
    expect((await judged(registry, subject)).decision).toBe('undetermined');
    const other = await world();
    const lost = await attach(
      other.registry,
      other.subject,
      sbomDocument([debianComponent('adduser')]),
      keys.release,
    );
    other.registry.unreachable.add(lost[0]?.manifest.descriptor.digest ?? '');
    expect((await judged(other.registry, other.subject)).decision).toBe('undetermined');
  });

  it('foundation 2: a second scan that cannot be fetched might report more findings', async () => {
    const { registry, subject } = await world();
    const second = await attach(
      registry,
      subject,
      scanDocument(subject, later(-2 * HOUR_MS)),
      keys.release,
      HOUR_AGO,
    );
    expect((await judged(registry, subject)).decision).toBe('allow');
    registry.unreachable.add(second[0]?.blobs.at(-1)?.descriptor.digest ?? '');
    expect((await judged(registry, subject)).decision).toBe('undetermined');
  });

  it('I18: the same for a SARIF scan whose type is only in the list', async () => {
    const sarif = {
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'x', rules: [] } },
          results: [],
          invocations: [
            { executionSuccessful: true, endTimeUtc: new Date(HOUR_AGO).toISOString() },
          ],
        },
      ],
    };
    const made = {
      kind: 'scan',
      mediaType: 'application/sarif+json',
      bytes: Buffer.from(JSON.stringify(sarif)),
      createdAt: HOUR_AGO,
      outcome: 'complete',
    } as const;
    const { registry, subject, scan } = await world(SBOM, () => made);
    expect((await judged(registry, subject)).decision).toBe('allow');
    registry.unreachable.add(scan[0]?.blobs.at(-1)?.descriptor.digest ?? '');
    const withheld = await judged(registry, subject);
    expect(withheld.decision).toBe('undetermined');
    expect(withheld.open).toContain('I18-scan-fresh');
    expect(withheld.facts.scan).toHaveProperty('failure');
  });

  it('sbom-complete separates an unreadable SBOM from a known partial one', async () => {
    const { registry, subject, sbom } = await world();
    registry.unreachable.add(sbom[0]?.blobs.at(-1)?.descriptor.digest ?? '');
    expect(await judged(registry, subject)).toMatchObject({ decision: 'undetermined' });
    const partial = await world(sbomDocument([debianComponent('tzdata')], { outcome: 'partial' }));
    expect(await judged(partial.registry, partial.subject)).toMatchObject({ decision: 'deny' });
  });

  it('a component without version or advisories leaves the verdict undetermined', async () => {
    for (const component of [
      debianComponent('tzdata', { version: '', purl: 'pkg:deb/debian/tzdata' as never }),
      debianComponent('x', { purl: 'pkg:cargo/x@1.0' as never, source: null }),
    ]) {
      const { registry, subject } = await world(
        sbomDocument([component, debianComponent('tzdata')]),
      );
      expect((await judged(registry, subject)).decision).not.toBe('allow');
    }
  });

  it('advisories that cannot be read give no facts, never facts without findings', async () => {
    const { registry, subject } = await world();
    const { evidence } = await judged(registry, subject);
    const unreadable = fail('STORE_CORRUPT', 'it is damaged', 'Import it again.');
    const advisories = { ...worldIndex(), find: async () => unreadable };
    const sources = { trust: worldTrust(keys), advisories, ...NO_GRAPH };
    expect(await buildImageFacts(evidence, FIXTURE_NOW, sources)).toBe(unreadable);
  });

  it('reads documents of strangers up to their number and size, and ignores the rest', async () => {
    const { registry, subject } = await world();
    for (let at = 0; at < LIMITS.untrustedDocumentsMax; at++)
      await attach(registry, subject, scanDocument(subject, later(-at)), null);
    const loud = scanDocument(subject, HOUR_AGO, [['CVE-2026-7777', 'critical', 'tzdata']]);
    await attach(registry, subject, loud, null);
    expect((await judged(registry, subject)).decision).toBe('allow');
    const few = await world();
    await attach(few.registry, few.subject, loud, null);
    expect((await judged(few.registry, few.subject)).decision).toBe('deny');
  });

  it('A4: a stranger alone is refused, whatever the number of signatures', async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await attach(registry, subject, SBOM, keys.release);
    await attach(registry, subject, scanDocument(subject, HOUR_AGO), keys.release, HOUR_AGO);
    for (let at = 1; at < 20; at++)
      await signImage(registry, subject, keys.stranger, later(-at * 1_000));
    expect((await judged(registry, subject)).decision).toBe('deny');
    await signImage(registry, subject, keys.release);
    expect((await judged(registry, subject)).decision).toBe('allow');
  });
});

describe('Documents of strangers cost a bounded amount of reading', () => {
  it('A6: documents over the bytes of one image are not read, even small ones', async () => {
    const { registry, subject } = await world();
    const sizes: number[] = [];
    const blobBytes = registry.blobBytes.bind(registry);
    registry.blobBytes = async (repository, descriptor, bytesMax) => {
      if (descriptor.size > 1024 * 1024) sizes.push(descriptor.size);
      return descriptor.size > 1024 * 1024
        ? ok(Buffer.from('{}'))
        : blobBytes(repository, descriptor, bytesMax);
    };
    const each = LIMITS.untrustedDocumentBytesMax;
    for (let at = 0; at < 6; at++)
      await attach(registry, subject, { ...SBOM, bytes: Buffer.alloc(each, at) }, keys.stranger);
    await judged(registry, subject);
    expect(sizes).toEqual(
      Array.from({ length: LIMITS.untrustedDocumentsBytesMax / each }, () => each),
    );
  });

  it('A6: large envelopes share the size of one, and a small good one still counts', async () => {
    const { registry, subject, signature } = await world();
    const [good] = signature;
    if (good === undefined) throw new Error('nothing was signed');
    const manifest = orThrow(parseManifest(good.manifest.bytes, null));
    let fetched = 0;
    const blobBytes = registry.blobBytes.bind(registry);
    registry.blobBytes = async (repository, descriptor, bytesMax) => {
      if (descriptor.size < 1024 * 1024) return blobBytes(repository, descriptor, bytesMax);
      fetched += 1;
      return ok(Buffer.from('{}'));
    };
    if (manifest.kind !== 'image') throw new Error('a signature is an image manifest');
    for (let at = 0; at < 4; at++) {
      const junk = toContent(
        'application/jose+json',
        Buffer.alloc(LIMITS.envelopeBytesMax / 2 - at),
      );
      const { mediaType, digest, size } = subject;
      const about = { mediaType, digest, size };
      const artifactType = 'application/vnd.cncf.notary.signature';
      const made = buildArtifact({ artifactType, layers: [junk.descriptor], subject: about });
      for (const content of [junk, made]) registry.add(content);
      relist(registry, subject, { manifest: made });
    }
    expect((await judged(registry, subject)).decision).toBe('allow');
    expect(fetched).toBe(2);
  });
});

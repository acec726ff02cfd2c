import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  attach,
  debianComponent,
  later,
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
import { HOUR_MS, shopPolicy } from '../../../test/support/policy-facts.ts';
import { encodeStatement } from '../../capabilities/attestation/index.ts';
import { evaluate } from '../../capabilities/policy/index.ts';
import type { ReferrersList } from '../../capabilities/registry/index.ts';
import { NOTARY_SIGNATURE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256, takeHex } from '../../core/digest.ts';
import { formatInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, orThrow } from '../../core/result.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { gatherImage } from './gather.ts';
import type { GatherPorts } from './gather-context.ts';
import { KnownStrangers } from './known-strangers.ts';

const THUMBPRINTS = 'io.cncf.notary.x509chain.thumbprint#S256';
const policy = shopPolicy({ unknownLicense: 'accept' });
const HOUR_AGO = later(-HOUR_MS);
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

async function judged(
  registry: MemoryRegistry,
  subject: Descriptor,
  { patience, strangers, limits }: Pick<GatherPorts, 'patience' | 'strangers' | 'limits'> = {},
) {
  const trust = worldTrust(keys);
  const ports = {
    ...{ source: registry, trust },
    ...(patience === undefined ? {} : { patience }),
    ...(strangers === undefined ? {} : { strangers }),
    ...(limits === undefined ? {} : { limits }),
  };
  const evidence = orThrow(await gatherImage(referenceTo(subject), FIXTURE_NOW, ports));
  const sources = { trust, advisories: worldIndex(), ...NO_GRAPH };
  const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
  const question = { gate: 'admission', facts, now: FIXTURE_NOW } as const;
  const { decision, results } = evaluate(policy, question).verdict;
  return { decision, said: results.map(({ message }) => message ?? '').join('\n') };
}

/** A trusted image in a registry that lists junk before what refers to it. */
async function flood(make: (listed: readonly Descriptor[]) => readonly Descriptor[]) {
  const registry = new MemoryRegistry();
  const subject = pushImage(registry, 'trips');
  const sbom = sbomDocument([debianComponent('tzdata')]);
  await attach(registry, subject, sbom, keys.release);
  await attach(registry, subject, scanDocument(subject, HOUR_AGO), keys.release, HOUR_AGO);
  await signImage(registry, subject, keys.release);
  const referrers = registry.referrers.bind(registry);
  registry.referrers = async (...asked) => {
    const list: ReferrersList = orThrow(await referrers(...asked));
    const { descriptors } = list;
    const junk = asked[1] === subject.digest ? make(descriptors) : [];
    return ok({ ...list, descriptors: [...junk, ...descriptors] });
  };
  return { registry, subject };
}

/** Entries like the first one of this kind, of which the registry has nothing. */
function copies(
  listed: readonly Descriptor[],
  type: string,
  count: number,
  changes: Partial<Descriptor> = {},
): readonly Descriptor[] {
  const like = listed.find(({ artifactType }) => artifactType === type);
  if (like === undefined) throw new Error(`nothing of the type ${type} is listed`);
  return Array.from({ length: count }, (_, at) => ({
    ...like,
    ...changes,
    digest: sha256(`junk ${at}`),
  }));
}

describe('An image to which strangers attach as much as they can', () => {
  it('truth B3: signatures before the good one do not hide it', async () => {
    const signed = async (junk: number, changes: Partial<Descriptor> = {}) => {
      const { registry, subject } = await flood((listed) =>
        copies(listed, NOTARY_SIGNATURE_TYPE, junk, changes),
      );
      return judged(registry, subject);
    };
    expect((await signed(LIMITS.signaturesMax + 200)).decision).toBe('allow');
    const most = LIMITS.signaturesMax + LIMITS.signaturesSearchedMax;
    expect((await signed(most - 1)).decision).toBe('allow');
    const over = await signed(most);
    expect(over.decision).toBe('undetermined');
    expect(over.said).toMatch(
      /2101 signatures of sha256:[0-9a-f]{64} may count, and 2100 were examined/,
    );
    const others = { annotations: { [THUMBPRINTS]: `["${'0'.repeat(64)}"]` } };
    expect((await signed(most + 500, others)).decision).toBe('allow');
    expect((await signed(most + 500, { annotations: {} })).decision).toBe('allow');
  });

  it('truth B3: documents that nobody signed cost one request, and time is bounded', async () => {
    let many = 2_000;
    const { registry, subject } = await flood((listed) =>
      copies(listed, 'application/spdx+json', many),
    );
    const before = registry.requests;
    expect((await judged(registry, subject)).decision).toBe('allow');
    expect(registry.requests - before).toBeLessThan(many + 100);
    const late = await judged(registry, subject, { patience: AbortSignal.abort() });
    expect([late.decision, late.said]).toEqual([
      'undetermined',
      expect.stringMatching(/2002 documents are attached to sha256:\w+, and for 2002 of them/),
    ]);
    many = LIMITS.documentsSearchedMax - 2;
    expect((await judged(registry, subject)).decision).toBe('allow');
    many = LIMITS.documentsSearchedMax;
    expect((await judged(registry, subject)).decision).toBe('undetermined');
  });

  it('truth B3: a search of over 5,000 documents goes on at the next request', async () => {
    const strangers = new KnownStrangers();
    const { registry, subject } = await flood((listed) =>
      copies(listed, 'application/spdx+json', 2 * LIMITS.documentsSearchedMax + 1_000),
    );
    expect((await judged(registry, subject, { strangers })).decision).toBe('undetermined');
    expect((await judged(registry, subject, { strangers })).decision).toBe('undetermined');
    expect((await judged(registry, subject, { strangers })).decision).toBe('allow');
    const before = registry.requests;
    expect((await judged(registry, subject, { strangers })).decision).toBe('allow');
    expect(registry.requests - before).toBeLessThan(200);
  });

  it('truth B3: over 2,100 signatures that may count are searched on too', async () => {
    const strangers = new KnownStrangers();
    const most = LIMITS.signaturesMax + LIMITS.signaturesSearchedMax;
    const { registry, subject } = await flood((listed) =>
      copies(listed, NOTARY_SIGNATURE_TYPE, most + 500),
    );
    const first = await judged(registry, subject, { strangers });
    expect([first.decision, first.said]).toEqual([
      'undetermined',
      expect.stringMatching(/2601 signatures of sha256:\w+ may count, and 2100 were examined/),
    ]);
    expect((await judged(registry, subject, { strangers })).decision).toBe('allow');
  });

  it('truth B3: a statement by who may only state VEX is read behind 40 of strangers', async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    for (let at = 0; at < 2 * LIMITS.untrustedDocumentsMax; at++)
      await attach(registry, subject, scanDocument(subject, later(-at)), null);
    const statement = { '@context': 'https://openvex.dev/ns/v0.2.0', '@id': 'https://x/1' };
    const vex = encodeStatement({
      subjects: [{ name: 'trips', digest: { sha256: takeHex(subject.digest) } }],
      predicateType: 'https://openvex.dev/ns/v0.2.0',
      predicate: {
        ...statement,
        author: 'x',
        timestamp: formatInstant(FIXTURE_NOW),
        statements: [],
      },
    });
    const mediaType = 'application/vnd.in-toto+json';
    const scan = scanDocument(subject, HOUR_AGO);
    const document = { ...scan, kind: 'vex', mediaType, bytes: vex };
    await attach(registry, subject, document as typeof scan, keys.release);
    const trust = worldTrust(keys, undefined, ['vex']);
    const ports = { source: registry, trust };
    const { documents } = orThrow(await gatherImage(referenceTo(subject), FIXTURE_NOW, ports));
    expect(
      documents.items.flatMap(({ kind, standing }) => (kind === 'vex' ? standing : [])),
    ).toEqual([expect.objectContaining({ kind: 'counts' })]);
  });

  it('truth B3: a list that is too large to answer at once is for another thread', async () => {
    const { registry, subject } = await flood(() => []);
    const { referrers } = registry;
    registry.referrers = async (...asked) => {
      const list = orThrow(await referrers.call(registry, ...asked));
      const isSmall = (asked[3]?.only?.pageBytesMax ?? 0) < LIMITS.referrerPageBytesMax;
      return ok(isSmall ? { ...list, complete: false, oversized: true } : list);
    };
    expect((await judged(registry, subject)).decision).toBe('allow');
    const limits = { bytesMax: 1_000_000, strangersBytesMax: 1_000 };
    await expect(judged(registry, subject, { limits })).rejects.toThrow(/too large to read here/);
    const thread = { ...limits, bytesMax: Number.POSITIVE_INFINITY };
    expect((await judged(registry, subject, { limits: thread })).decision).toBe('allow');
  });
});

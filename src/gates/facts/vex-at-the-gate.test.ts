import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
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
} from '../../../test/support/evidence-world.ts';
import { shopPolicy } from '../../../test/support/policy-facts.ts';
import { evaluate } from '../../capabilities/policy/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { formatInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import type { ReleaseDocument } from '../../phases/build/documents.ts';
import { buildVerificationEvidence } from '../desk/index.ts';
import { gatherImage } from '../image-evidence/gather.ts';
import { takeItems } from './fact-lists.ts';
import { buildImageFacts } from './facts.ts';

const CVE = 'CVE-2026-7777';
const HOUR_AGO = later(-3_600_000);
const ALL = ['image', 'sbom', 'scan', 'provenance', 'vex'];
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

const pad = (digest: string) => ({
  '@id': `pkg:oci/trips@${digest.replace(':', '%3A')}`,
  subcomponents: [{ '@id': 'pkg:deb/debian/tzdata@1.0' }],
});
const openVex = (products: readonly unknown[] | null, more: object = {}) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://shop.example.com/vex/1',
  author: 'shop',
  timestamp: '2026-01-01T00:00:00Z',
  version: 1,
  statements: [
    {
      vulnerability: { name: CVE },
      ...(products === null ? {} : { products }),
      status: 'not_affected',
      justification: 'vulnerable_code_not_in_execute_path',
      ...more,
    },
  ],
});
const inToto = (digest: string, predicate: object) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ digest: { sha256: digest.slice(7) } }],
  predicateType: 'https://openvex.dev/ns/v0.2.0',
  predicate,
});
const dsse = (statement: object) => ({
  payloadType: 'application/vnd.in-toto+json',
  payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
  signatures: [{ keyid: '', sig: 'AA==' }],
});
const vexDocument = (mediaType: string, value: object): ReleaseDocument => ({
  kind: 'scan',
  mediaType,
  bytes: Buffer.from(JSON.stringify(value)),
  createdAt: HOUR_AGO,
  outcome: 'complete',
});
const BARE = 'application/vnd.openvex+json';
const STATEMENT = 'application/vnd.in-toto+json';
const DSSE = 'application/vnd.dsse.envelope.v1+json';

/** A signed image with a critical finding. */
async function world(registry = new MemoryRegistry(), name = 'trips') {
  const subject = pushImage(registry, name);
  await signImage(registry, subject, keys.release);
  await attach(registry, subject, sbomDocument([debianComponent('tzdata')]), keys.release);
  const scan = scanDocument(subject, HOUR_AGO, [[CVE, 'critical', 'tzdata']]);
  await attach(registry, subject, scan, keys.release, HOUR_AGO);
  return { registry, subject };
}

async function judged(registry: MemoryRegistry, subject: Descriptor, statements = ALL) {
  const trust = worldTrust(keys, undefined, statements);
  const source = { source: registry, trust };
  const evidence = orThrow(await gatherImage(referenceTo(subject), FIXTURE_NOW, source));
  const sources = { trust, advisories: worldIndex(), ...NO_GRAPH };
  const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
  const policy = shopPolicy({ unknownLicense: 'accept' });
  const question = { gate: 'admission', facts, now: FIXTURE_NOW } as const;
  const { decision, results } = evaluate(policy, question).verdict;
  return {
    decision,
    open: results.filter(({ outcome }) => outcome !== 'holds').map(({ rule }) => rule),
    statuses: takeItems(facts.findings ?? []).map(({ status }) => status),
    dated: evidence.documents.items.flatMap(({ kind, createdAt }) =>
      kind === 'vex' && createdAt !== null ? [formatInstant(createdAt)] : [],
    ),
    recorded: buildVerificationEvidence(evidence, trust, FIXTURE_NOW),
  };
}

describe('truth A12: at a gate, a VEX statement by a signer who is trusted for it counts', () => {
  it.each<readonly [string, string, (digest: string) => object]>([
    ['OpenVEX', BARE, (digest) => openVex([pad(digest)])],
    ['an in-toto statement', STATEMENT, (digest) => inToto(digest, openVex([pad(digest)]))],
    ['a statement without products', STATEMENT, (digest) => inToto(digest, openVex(null))],
    ['DSSE', DSSE, (digest) => dsse(inToto(digest, openVex([pad(digest)])))],
  ])('B23 as %s', async (_, mediaType, make) => {
    const { registry, subject } = await world();
    expect((await judged(registry, subject)).open).toEqual(['B23-no-critical-finding']);
    await attach(registry, subject, vexDocument(mediaType, make(subject.digest)), keys.release);
    expect(await judged(registry, subject)).toMatchObject({
      decision: 'allow',
      open: [],
      statuses: ['not_affected'],
    });
    const plain = ['image', 'sbom', 'scan', 'provenance'];
    expect((await judged(registry, subject, plain)).open).toEqual(['B23-no-critical-finding']);
  });

  it('has the time of its newest statement', async () => {
    const { registry, subject } = await world();
    const own = { timestamp: '2026-01-02T00:00:00Z' };
    for (const more of [{}, own])
      await attach(registry, subject, vexDocument(BARE, openVex(null, more)), keys.release);
    const times = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
    expect((await judged(registry, subject)).dated.toSorted()).toEqual(times);
  });

  it('A46 one that is unsigned, or by a stranger, does not', async () => {
    for (const key of [null, keys.stranger]) {
      const { registry, subject } = await world();
      const document = vexDocument(BARE, openVex([pad(subject.digest)]));
      await attach(registry, subject, document, key);
      expect((await judged(registry, subject)).open).toEqual(['B23-no-critical-finding']);
    }
  });

  it('A63 one about another image, another part or another vulnerability does not', async () => {
    for (const make of [
      () => openVex([pad(`sha256:${'a'.repeat(64)}`)]),
      (digest: string) => openVex([{ ...pad(digest), subcomponents: ['pkg:deb/debian/x@1.0'] }]),
      (digest: string) => openVex([pad(digest)], { vulnerability: { name: 'CVE-2026-7778' } }),
    ]) {
      const { registry, subject } = await world();
      await attach(registry, subject, vexDocument(BARE, make(subject.digest)), keys.release);
      expect((await judged(registry, subject)).decision).toBe('deny');
    }
  });

  it('none counts while a document of such a signer, or the list, cannot be read', async () => {
    const { registry, subject } = await world();
    const good = vexDocument(BARE, openVex([pad(subject.digest)]));
    await attach(registry, subject, good, keys.release);
    const [lost] = await attach(
      ...([registry, subject, vexDocument(BARE, openVex([])), keys.release, HOUR_AGO] as const),
    );
    expect((await judged(registry, subject)).decision).toBe('allow');
    const blob = lost?.blobs.at(-1)?.descriptor.digest ?? '';
    registry.unreachable.add(blob);
    expect((await judged(registry, subject)).statuses).toEqual(['affected']);
    registry.unreachable.delete(blob);
    registry.unreachable.add(`referrers ${subject.digest}`);
    expect((await judged(registry, subject)).decision).not.toBe('allow');
  });

  it('of one platform leaves the others as they are; of the index it is about each', async () => {
    const { registry, subject: amd } = await world();
    const { subject: arm } = await world(registry, 'arm');
    const index = pushIndex(registry, [
      [amd, { os: 'linux', architecture: 'amd64' }],
      [arm, { os: 'linux', architecture: 'arm64' }],
    ]);
    await signImage(registry, index, keys.release);
    await attach(registry, index, vexDocument(BARE, openVex([pad(amd.digest)])), keys.release);
    expect((await judged(registry, index)).statuses).toEqual(['not_affected', 'affected']);
    await attach(registry, index, vexDocument(BARE, openVex([pad(index.digest)])), keys.release);
    expect((await judged(registry, index)).statuses).toEqual(['not_affected', 'not_affected']);
  });

  it('X6 is recorded with what its signer may state, so that questions know it', async () => {
    const { registry, subject } = await world();
    const document = vexDocument(BARE, openVex([pad(subject.digest)]));
    await attach(registry, subject, document, keys.release);
    const { recorded } = await judged(registry, subject, ['image', 'vex']);
    expect(recorded.filter(({ kind }) => kind === 'statement')).toMatchObject([
      { subject: subject.digest, mediaType: BARE, body: document.bytes },
    ]);
    const verified = recorded.find(({ kind }) => kind === 'verification');
    expect(Buffer.from(verified?.body ?? []).toString()).toContain('"statements":["image","vex"]');
    const plain = await judged(registry, subject, ['image']);
    expect(plain.recorded.some(({ kind }) => kind === 'statement')).toBe(false);
  });
});

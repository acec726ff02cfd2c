import fc from 'fast-check';
import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
  type RecordFields,
  type RecordKind,
} from '../../src/capabilities/evidence/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { advisoryBatch, encodeJson, type TestAdvisory } from './graph-ports.ts';

/**
 * Documents of a random history over a small world, so that they refer to each other: four images,
 * five parts, four advisories.
 */

export const makeDay = (count: number): Instant =>
  toInstant(Date.UTC(2026, 0, 1) + count * 86_400_000);
export const IMAGES: readonly Digest[] = [0, 1, 2, 3].map((at) => sha256(`image ${at}`));
export const NAMES = [
  'ADV-0',
  'ADV-1',
  'ADV-2',
  'ADV-3',
  'CVE-2026-0001',
  'CVE-2026-0002',
] as const;
const PURLS = [
  'pkg:npm/a@1',
  'pkg:npm/a@2',
  'pkg:npm/a-core@1',
  'pkg:maven/org/b@1',
  'pkg:maven/org/b@2',
] as const;

export function recordInput<K extends RecordKind>(
  kind: K,
  fields: RecordFields<K>,
  subject: Digest | null = null,
): EvidenceInput {
  return { kind, mediaType: RECORD_MEDIA_TYPE, body: encodeRecord(kind, fields), subject };
}

const image = fc.constantFrom(...IMAGES);
const day = fc.integer({ min: 0, max: 20 }).map(makeDay);

const sbom = fc
  .record({
    subject: image,
    complete: fc.boolean(),
    purls: fc.subarray([...PURLS]),
    broken: fc.integer({ max: 9, min: 0 }),
  })
  .map(({ subject, complete, purls, broken }): EvidenceInput => {
    const components = purls.map((purl) => ({ purl, path: 'lib' }));
    const body =
      broken === 0 ? encodeJson({ nothing: purls }) : encodeJson({ complete, components });
    return { kind: 'sbom', mediaType: 'application/json', body, subject };
  });

const scan = fc
  .record({
    subject: image,
    tool: fc.constantFrom('other', 'waybill'),
    at: fc.integer({ min: 1, max: 6 }),
    hasLooked: fc.boolean(),
    part: fc.constantFrom('system', 'language', null),
    purls: fc.subarray([...PURLS]),
    names: fc.subarray([...NAMES], { minLength: 1, maxLength: 2 }),
  })
  .map(({ subject, purls, names, ...said }): EvidenceInput => {
    const findings = purls.map((purl) => ({ names, purl }));
    const body = encodeJson({ ...said, findings });
    return { kind: 'scan', mediaType: 'application/json', body, subject };
  });

const advisory: fc.Arbitrary<TestAdvisory> = fc
  .record({
    id: fc.constantFrom('ADV-0', 'ADV-1', 'ADV-2', 'ADV-3'),
    modified: fc.integer({ min: 1, max: 6 }),
    withdrawn: fc.boolean(),
    aliases: fc.subarray([...NAMES], { maxLength: 2 }),
    upstream: fc.subarray(['CVE-2026-0001', 'CVE-2026-0002'], { maxLength: 1 }),
    a: fc.subarray(['1', '2']),
    core: fc.subarray(['1', '2']),
    b: fc.subarray(['1', '2']),
  })
  .map(({ withdrawn, a, core, b, ...facts }) => ({
    ...facts,
    ...(withdrawn && facts.modified > 3 ? { withdrawn: facts.modified } : {}),
    affected: { 'npm/a': a, 'npm/a-core': core, ...(b.length > 0 ? { 'maven/b': b } : {}) },
  }));

const advisories = fc.array(advisory, { minLength: 1, maxLength: 3 }).map(
  (batch): EvidenceInput => ({
    kind: 'advisories',
    mediaType: 'application/x-ndjson',
    body: advisoryBatch(batch),
    subject: null,
  }),
);

const release = fc
  .record({
    at: day,
    name: fc.constantFrom('shop', 'map'),
    owner: fc.option(fc.constantFrom('x', 'y')),
    of: fc.subarray([...IMAGES]),
  })
  .map(({ at, name, owner, of }) =>
    recordInput('release', {
      name,
      version: '1',
      releasedAt: at,
      owner,
      source: { host: 'https://git.example.com', repository: name, commit: 'c0ffee' },
      build: { id: '1', builder: 'ci' },
      images: of.map((digest) => ({
        reference: `registry.example.com/${name}`,
        digest,
        platforms: [],
      })),
      artifacts: [],
    }),
  );

const index = fc.subarray([...IMAGES], { maxLength: 2 }).map((members): EvidenceInput => {
  const manifests = members.map((digest) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: 1,
  }));
  return {
    kind: 'image',
    mediaType: 'application/vnd.oci.image.index.v1+json',
    body: encodeJson({ schemaVersion: 2, manifests }),
    subject: null,
  };
});

const deployment = fc
  .record({
    cluster: fc.constantFrom('eu', 'us'),
    at: day,
    leaseDays: fc.integer({ min: 1, max: 4 }),
    running: fc.uniqueArray(fc.tuple(fc.constantFrom('web', 'job'), image), {
      maxLength: 4,
      selector: ([name]) => name,
    }),
  })
  .map(({ cluster, at, leaseDays, running }) =>
    recordInput('deployment', {
      cluster,
      region: null,
      observedAt: at,
      leaseMs: leaseDays * 86_400_000,
      workloads: running.map(([name, digest]) => ({
        namespace: 'shop',
        kind: 'Deployment',
        name,
        images: [{ container: 'main', reference: 'registry.example.com/shop', digest }],
      })),
    }),
  );

const verification = fc
  .record({
    document: image,
    outcome: fc.constantFrom('trusted' as const, 'untrusted' as const),
    revision: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ document, outcome, revision }) =>
    recordInput('verification', {
      signature: sha256('signature'),
      subject: document,
      covers: [],
      outcome,
      signer: { format: 'notary-jws', identity: 'CN=release', thumbprint: null },
      reasons: [],
      trust: { revision, digest: sha256(`trust ${revision}`) },
      verifiedAt: makeDay(revision),
    }),
  );

const decision = fc
  .record({ subject: image, decision: fc.constantFrom('allow' as const, 'deny' as const), at: day })
  .map((given) =>
    recordInput('decision', {
      subject: given.subject,
      gate: 'admission',
      decision: given.decision,
      workload: null,
      policy: sha256('policy'),
      facts: null,
      decidedAt: given.at,
      record: { decision: given.decision },
    }),
  );

const ownership = fc
  .record({ release: fc.constantFrom('shop', 'map'), owner: fc.constantFrom('x', 'y'), from: day })
  .map((fields) => recordInput('ownership', fields));

const policy = fc.constantFrom('one', 'two').map(
  (text): EvidenceInput => ({
    kind: 'policy',
    mediaType: 'text/yaml',
    body: encodeJson(text),
    subject: null,
  }),
);

/**
 * Any history: documents of all kinds in any order, including repeated, late, changed and withdrawn
 * ones.
 */
export const histories: fc.Arbitrary<readonly EvidenceInput[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: sbom },
    { weight: 4, arbitrary: advisories },
    { weight: 3, arbitrary: release },
    { weight: 2, arbitrary: scan },
    { weight: 1, arbitrary: index },
    { weight: 5, arbitrary: deployment },
    { weight: 1, arbitrary: verification },
    { weight: 2, arbitrary: decision },
    { weight: 1, arbitrary: ownership },
    { weight: 1, arbitrary: policy },
  ),
  { minLength: 1, maxLength: 24 },
);

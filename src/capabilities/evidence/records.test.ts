import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { hashLeaf } from '../../formats/log/merkle.ts';
import {
  EVIDENCE_KINDS,
  isEvidenceKind,
  isRecordKind,
  RECORD_KINDS,
  type RecordKind,
} from './kind.ts';
import { encodeLeaf, hashLogLeaf } from './leaf.ts';
import { encodeRecord, parseRecord, type RecordFields } from './records.ts';

const digest = sha256('x');
const at = toInstant(1_000);
const source = { host: 'https://git.example.com', repository: 'shop/trips', commit: 'c0ffee' };
const place = { cluster: 'eu', region: null, namespace: 'shop', kind: 'Deployment', name: 'trips' };
const signer = { format: 'notary-jws', identity: 'CN=release', thumbprint: null };

/** One well-formed record of every kind. */
const SAMPLES: { readonly [K in RecordKind]: RecordFields<K> } = {
  release: {
    name: 'trips',
    version: '1.0',
    releasedAt: at,
    owner: null,
    source,
    build: { id: '1', builder: 'ci' },
    images: [
      {
        reference: 'registry.example.com/trips',
        digest,
        platforms: [{ digest, platform: { os: 'linux', architecture: 'amd64' } }],
      },
    ],
    artifacts: [{ kind: 'sbom', digest }],
  },
  verification: {
    signature: digest,
    subject: digest,
    covers: [digest],
    outcome: 'trusted',
    signer,
    reasons: [],
    trust: { revision: 1, digest },
    verifiedAt: at,
  },
  ownership: { release: 'trips', owner: 'team-a', from: at },
  decision: {
    subject: digest,
    gate: 'admission',
    decision: 'deny',
    workload: place,
    policy: digest,
    facts: null,
    decidedAt: at,
    record: { any: [1, null] },
  },
  deployment: {
    cluster: 'eu',
    region: 'west',
    observedAt: at,
    leaseMs: 1_000,
    workloads: [
      {
        namespace: 'shop',
        kind: 'Deployment',
        name: 'trips',
        images: [{ container: 'main', reference: 'trips', digest: null }],
      },
    ],
  },
  violation: {
    id: '1',
    at,
    workload: place,
    image: digest,
    rule: 'escalation',
    severity: 'high',
    detail: 'setuid',
  },
  tag: { repository: 'registry.example.com/trips', tag: '1', digest, observedAt: at },
  build: { id: '1', builder: 'ci', source, startedAt: at, finishedAt: null, products: [digest] },
  commit: { source, author: 'A', committer: null, committedAt: at, signed: true, signer },
  feeds: {
    importedAt: at,
    files: [{ feed: 'npm.zip', rejected: 1 }],
    coverage: [
      {
        ecosystem: 'npm',
        feed: 'npm.zip',
        records: 2,
        databases: ['GHSA'],
        newest: at,
        exportedAt: null,
      },
    ],
  },
};

const kinds = Object.keys(SAMPLES) as RecordKind[];
const encode = (kind: RecordKind) => encodeRecord(kind, SAMPLES[kind] as never);
const decodeText = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const altered = (kind: RecordKind, change: (record: Record<string, unknown>) => void) => {
  const record = JSON.parse(decodeText(encode(kind))) as Record<string, unknown>;
  change(record);
  return new TextEncoder().encode(JSON.stringify(record));
};
const refusal = { ok: false, failure: { code: 'MALFORMED' } };

describe.each(kinds)('a record of kind %s', (kind) => {
  it('B26, P12: is read as it was written, and equal records have equal bytes', () => {
    const record = orThrow(parseRecord(kind, encode(kind)));
    expect(record).toEqual({
      apiVersion: 'waybill.dev/v1',
      kind: RECORD_KINDS[kind],
      ...SAMPLES[kind],
    });
    const { apiVersion: _, kind: __, ...fields } = record;
    expect(decodeText(encodeRecord(kind, fields as never))).toBe(decodeText(encode(kind)));
  });

  it('is refused with an unknown key, another version, another kind or a missing member', () => {
    expect(
      parseRecord(
        kind,
        altered(kind, (record) => Object.assign(record, { extra: 1 })),
      ),
    ).toMatchObject(refusal);
    expect(
      parseRecord(
        kind,
        altered(kind, (record) => Object.assign(record, { apiVersion: 'waybill.dev/v2' })),
      ),
    ).toMatchObject(refusal);
    expect(
      parseRecord(
        kind,
        altered(kind, (record) => Object.assign(record, { kind: 'Other' })),
      ),
    ).toMatchObject(refusal);
    for (const key of Object.keys(SAMPLES[kind])) {
      expect(
        parseRecord(
          kind,
          altered(kind, (record) => delete record[key]),
        ),
        key,
      ).toMatchObject(refusal);
    }
  });

  it('A24: is refused when a key occurs twice, even if the last value is well-formed', () => {
    const text = decodeText(encode(kind)).replace(
      '"apiVersion":',
      '"apiVersion":"waybill.dev/v0","apiVersion":',
    );
    expect(parseRecord(kind, new TextEncoder().encode(text))).toMatchObject({
      ok: false,
      failure: { code: 'DUPLICATE_KEY' },
    });
  });

  it('throws only a Failure, for any bytes', () => {
    const sample = encode(kind);
    const mutated = fc.tuple(fc.nat(sample.length - 1), fc.nat(255)).map(([index, byte]) => {
      const copy = Uint8Array.from(sample);
      copy[index] = byte;
      return copy;
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          mutated,
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (bytes) => {
          const read = parseRecord(kind, bytes);
          expect(read.ok || read.failure instanceof Failure).toBe(true);
        },
      ),
    );
  });
});

describe('limits of records', () => {
  const lease = (leaseMs: number) =>
    parseRecord(
      'deployment',
      altered('deployment', (record) => Object.assign(record, { leaseMs })),
    );
  it('a lease is from one second to one week long', () => {
    expect([999, 1_000, 604_800_000, 604_800_001].map((leaseMs) => lease(leaseMs).ok)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('a name has 1 to 1,024 characters', () => {
    const named = (length: number) =>
      parseRecord(
        'ownership',
        altered('ownership', (record) => Object.assign(record, { owner: 'x'.repeat(length) })),
      ).ok;
    expect([0, 1, 1_024, 1_025].map(named)).toEqual([false, true, true, false]);
  });

  it('a digest and a moment are read by their own rules: no bare date, no upper-case hex', () => {
    const tag = (fields: object) =>
      parseRecord(
        'tag',
        altered('tag', (record) => Object.assign(record, fields)),
      ).ok;
    expect([
      tag({}),
      tag({ observedAt: '2026-01-01' }),
      tag({ digest: digest.toUpperCase() }),
    ]).toEqual([true, false, false]);
  });
});

describe('kinds', () => {
  it('are known by name, and a member of the prototype is not a kind', () => {
    expect([isEvidenceKind('sbom'), isEvidenceKind('toString'), isEvidenceKind('')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(
      Object.keys(EVIDENCE_KINDS)
        .filter((kind) => isEvidenceKind(kind) && isRecordKind(kind))
        .sort(),
    ).toEqual([...kinds].sort());
  });
});

describe('a leaf', () => {
  const leaf = {
    kind: 'sbom',
    mediaType: 'application/json',
    digest,
    size: 1,
    subject: null,
    recordedAt: at,
  } as const;
  it('G5: is canonical JSON that anyone can hash again, and every member changes the hash', () => {
    expect(encodeLeaf(leaf)).toBe(
      `{"apiVersion":"waybill.dev/log/v1","digest":"${digest}","kind":"sbom",` +
        `"mediaType":"application/json","recordedAt":"1970-01-01T00:00:01Z","size":1,` +
        `"subject":null}`,
    );
    expect(hashLogLeaf(leaf)).toEqual(hashLeaf(encodeLeaf(leaf)));
    const others = [
      { kind: 'scan' },
      { mediaType: 'x' },
      { digest: sha256('y') },
      { size: 2 },
      { subject: digest },
      { recordedAt: toInstant(2_000) },
    ];
    const hashes = new Set(
      [leaf, ...others.map((other) => ({ ...leaf, ...other }) as typeof leaf)].map((one) =>
        hashLogLeaf(one).toString(),
      ),
    );
    expect(hashes.size).toBe(7);
  });
});

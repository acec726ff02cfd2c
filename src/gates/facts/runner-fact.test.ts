import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import { SUBSCRIPTION, testCloud } from '../../../test/support/machine-documents.ts';
import { testStamper } from '../../../test/support/timestamps.ts';
import { encodeRunnerParts } from '../../capabilities/attestation/index.ts';
import { UnknownFact } from '../../capabilities/policy/index.ts';
import { parseCertificates, parseTrust } from '../../capabilities/signing/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import type { TrustMaterial } from '../image-evidence/gather-context.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { buildRunnerFact } from './runner-fact.ts';

const [INDEX, AMD64, ARM64] = ['index', 'amd64', 'arm64'].map((name) => sha256(name)) as [
  Digest,
  Digest,
  Digest,
];
const cloud = testCloud();
const stamper = testStamper('fact time');
const JOB = {
  platform: 'azure-pipelines' as const,
  issuer: 'https://vstoken.dev.azure.com/0ca3ddd9',
  builder: 'https://dev.azure.com/shop/trips/_build?definitionId=1',
  repository: 'https://github.com/shop/trips',
  commit: 'a'.repeat(40),
  ref: null,
  invocation: 'https://dev.azure.com/shop/trips/_build/results?buildId=5',
  runner: null,
  issuedAt: FIXTURE_NOW,
  expiresAt: toInstant(FIXTURE_NOW + 600_000),
};

function state(about: Digest, { counts = true, subscription = SUBSCRIPTION, of = about } = {}) {
  const document = cloud.document(of, { subscription });
  const parts = { job: JOB, cloud: 'azure' as const, document };
  const timestamp = stamper.stamp(encodeRunnerParts(about, parts), FIXTURE_NOW);
  return {
    ...{ about, kind: 'other', standing: { kind: counts ? 'counts' : 'does-not-count' } },
    content: { kind: 'runner', runner: { ...parts, timestamp }, subject: about },
  };
}

function trust(repository = 'registry.example.com/shop/*'): TrustMaterial {
  const stores = { cloud: 'azure', authority: 'ca:azure', timestamps: 'tsa:time' };
  const entry = { id: 'vms', repositories: [repository], ...stores, subscriptions: [SUBSCRIPTION] };
  const metadata = { name: 'facts', revision: 1 };
  const head = { apiVersion: 'waybill.dev/v1', kind: 'Trust', metadata, rules: [] };
  const document = orThrow(parseTrust(JSON.stringify({ ...head, machines: [entry] })));
  const read = (pem: string) => parseCertificates(Buffer.from(pem));
  const known = new Map([
    ['ca:azure', read(cloud.authoritiesPem)],
    ['tsa:time', read(stamper.rootPem)],
  ]);
  return { document, notary: { policy: { statements: [] }, stores: known } } as never;
}

function judge(
  items: readonly object[],
  { members = [INDEX], missing = null as Failure | null, in: place = trust() } = {},
) {
  const reference = orThrow(parseImageReference('registry.example.com/shop/trips:1'));
  const evidence = {
    ...{ reference, subject: { digest: INDEX }, documents: { items, missing } },
    members: members.map((digest) => ({ descriptor: { digest } })),
  };
  const fact = buildRunnerFact(evidence as unknown as ImageEvidence, place);
  if (fact instanceof UnknownFact) return fact.failure.message;
  const { job, machine, time } = fact;
  const show = (one: object): string => (one instanceof UnknownFact ? 'unknown' : 'known');
  const allowed = machine instanceof UnknownFact ? '' : ` ${machine.allowed}`;
  return `${show(job)} ${show(machine)}${allowed} ${show(time)}`;
}

describe('B7 X5: what is known of the runner', () => {
  it('each part, by a statement that counts', () => {
    expect(judge([state(INDEX)])).toBe('known known true known');
    expect(judge([state(INDEX, { counts: false })])).toContain('no trusted statement');
    expect(judge([])).toContain('no trusted statement');
  });

  it('a machine of another subscription is known not to be allowed', () => {
    const subscription = SUBSCRIPTION.replace('8d', '9d');
    expect(judge([state(INDEX, { subscription })])).toBe('known known false known');
  });

  it('S15: another statement takes nothing away', () => {
    const bad = [state(INDEX, { subscription: SUBSCRIPTION.replace('8d', '9d') })];
    const broken = state(INDEX, { of: AMD64 });
    for (const order of [
      [...bad, broken, state(INDEX)],
      [state(INDEX), broken, ...bad],
    ])
      expect(judge(order)).toBe('known known true known');
    expect(judge([broken])).toBe('known unknown known');
  });

  it('of an index with two images, only what is about the index', () => {
    const members = [AMD64, ARM64];
    expect(judge([state(AMD64)], { members })).toContain('no trusted statement');
    expect(judge([state(INDEX)], { members })).toBe('known known true known');
    expect(judge([state(AMD64)], { members: [AMD64] })).toBe('known known true known');
  });

  it('nothing, where the trust document has no entry, or evidence is missing', () => {
    const elsewhere = trust('registry.example.com/other/*');
    expect(judge([state(INDEX)], { in: elsewhere })).toBe('unknown unknown unknown');
    const missing = new Failure('REGISTRY_UNREACHABLE', 'it is gone', 'Wait.');
    expect(judge([], { missing })).toBe('it is gone');
  });
});

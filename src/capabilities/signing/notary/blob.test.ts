import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FIXTURE_NOW,
  fixedKey,
  type TestKey,
  testKey,
} from '../../../../test/support/certificates.ts';
import { forgeEnvelope, trustIn } from '../../../../test/support/notary.ts';
import { testData } from '../../../../test/support/test-data.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { writePem } from '../../../formats/der/pem.ts';
import type { SignatureResult } from '../signature-result.ts';
import { parseBlobTrustPolicy } from '../trust/trust-policy.ts';
import { parseCertificates } from '../x509/certificate.ts';
import {
  type BlobHash,
  type BlobVerification,
  type NamedBlob,
  readEnvelopeClaim,
  selectBlobHash,
  signBlob,
  verifyNotaryBlob,
} from './blob.ts';
import type { NotaryTrust } from './plan.ts';

const BYTES = Buffer.from('a chart, packed');
const TYPE = 'application/gzip';
const SUBJECT = 'CN=release,O=Shop,ST=WA,C=US';

function named(
  hash: BlobHash,
  bytes: Uint8Array = BYTES,
  mediaType: string | null = null,
): NamedBlob {
  return { hash, hex: createHash(hash).update(bytes).digest('hex'), size: bytes.length, mediaType };
}

async function signed(key: TestKey): Promise<Uint8Array> {
  const blob = { ...named(selectBlobHash(key.algorithm)), mediaType: TYPE };
  return orThrow(await signBlob(blob, { key, signedAt: FIXTURE_NOW, metadata: { build: '7' } }));
}

/**
 * A blob policy with a statement `charts`, and one that skips; none is global unless `change` makes
 * one global.
 */
function blobTrust(rootPem: string, change: object = {}): NotaryTrust {
  const statement = {
    name: 'charts',
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: [`x509.subject:${SUBJECT}`],
    ...change,
  };
  const other = { name: 'rest', signatureVerification: { level: 'skip' } };
  const policy = orThrow(
    parseBlobTrustPolicy(JSON.stringify({ version: '1.0', trustPolicies: [statement, other] })),
  );
  return { policy, stores: trustIn(rootPem).stores };
}

function verdict(
  key: TestKey,
  envelope: Uint8Array,
  change: Partial<BlobVerification> = {},
): string {
  const hash = selectBlobHash(key.algorithm);
  return toCode(
    verifyNotaryBlob({
      blob: named(hash),
      envelope,
      policyName: 'charts',
      trust: blobTrust(key.rootPem),
      now: FIXTURE_NOW,
      ...change,
    }),
  );
}

function toCode(result: SignatureResult): string {
  if (result.kind === 'untrusted') return result.reasons[0].code;
  return result.kind === 'trusted' ? 'trusted' : result.cause.code;
}

describe('signatures of files', () => {
  it.each([
    ['P-256', 'sha256'],
    ['P-384', 'sha384'],
    ['P-521', 'sha512'],
  ] as const)(
    'N13: a key on %s names the blob by %s, and by no other hash',
    async (curve, hash) => {
      const key = await testKey({ subject: SUBJECT, key: fixedKey(`blob ${curve}`, curve) });
      const envelope = await signed(key);
      const claim = readEnvelopeClaim(envelope);
      expect(claim).toMatchObject({
        ok: true,
        value: { hash, identity: 'CN=release,ST=WA,O=Shop,C=US', target: { mediaType: TYPE } },
      });
      expect(verdict(key, envelope)).toBe('trusted');
      const weaker = hash === 'sha256' ? 'sha512' : 'sha256';
      const digest = `${weaker}:${named(weaker).hex}`;
      const payload = JSON.stringify({
        targetArtifact: { mediaType: TYPE, digest, size: BYTES.length },
      });
      const forged = await forgeEnvelope(key, { payload });
      expect(verdict(key, forged)).toBe('target-mismatch');
      expect(verdict(key, forged, { blob: named(weaker) })).toBe('target-mismatch');
    },
  );

  it('N11: another byte, size or media type than the signed one does not count', async () => {
    const key = await testKey({ subject: SUBJECT });
    const envelope = await signed(key);
    const blob = named('sha256');
    expect(verdict(key, envelope, { blob: { ...blob, mediaType: TYPE } })).toBe('trusted');
    expect(verdict(key, envelope, { blob: { ...blob, mediaType: 'text/plain' } })).toBe(
      'target-mismatch',
    );
    expect(verdict(key, envelope, { blob: { ...blob, size: blob.size + 1 } })).toBe(
      'target-mismatch',
    );
    expect(verdict(key, envelope, { blob: named('sha256', Buffer.from('a chart, pAcked')) })).toBe(
      'target-mismatch',
    );
  });

  it('N12: required metadata must be in the payload; reserved keys are not signed', async () => {
    const key = await testKey({ subject: SUBJECT });
    const envelope = await signed(key);
    expect(verdict(key, envelope, { metadata: { build: '7' } })).toBe('trusted');
    expect(verdict(key, envelope, { metadata: { build: '8' } })).toBe('metadata-mismatch');
    const metadata = { 'io.cncf.notary.x': '1' };
    const blob = { ...named('sha256'), mediaType: TYPE };
    expect(await signBlob(blob, { key, signedAt: FIXTURE_NOW, metadata })).toMatchObject({
      ok: false,
    });
  });

  it('N44: the statement is chosen by name, else the global one; others have none', async () => {
    const key = await testKey({ subject: SUBJECT });
    const envelope = await signed(key);
    expect(verdict(key, envelope, { policyName: 'charts' })).toBe('trusted');
    expect(verdict(key, envelope, { policyName: 'chart' })).toBe('no-policy');
    expect(verdict(key, envelope, { policyName: 'rest' })).toBe('policy-skips');
    expect(verdict(key, envelope, { policyName: null })).toBe('no-policy');
    const wide = blobTrust(key.rootPem, { globalPolicy: true });
    expect(verdict(key, envelope, { policyName: null, trust: wide })).toBe('trusted');
  });

  it('N36, N42: an unknown root does not count, nor an unknown identity under a root', async () => {
    const key = await testKey({ subject: SUBJECT });
    const stranger = await testKey({ subject: SUBJECT, root: 'CN=Other Root,O=Other,ST=WA,C=US' });
    const other = await testKey({ subject: 'CN=intern,O=Shop,ST=WA,C=US' });
    const trust = blobTrust(key.rootPem);
    expect(verdict(stranger, await signed(stranger), { trust })).toBe('not-in-trust-store');
    expect(verdict(other, await signed(other), { trust })).toBe('identity-not-trusted');
  });

  it('N27: an expired signature does not count, but it counts in the moment before', async () => {
    const key = await testKey({ subject: SUBJECT });
    const expiresAt = toInstant(FIXTURE_NOW + 60_000);
    const blob = { ...named('sha256'), mediaType: TYPE };
    const envelope = orThrow(await signBlob(blob, { key, signedAt: FIXTURE_NOW, expiresAt }));
    expect(verdict(key, envelope, { now: toInstant(expiresAt - 1) })).toBe('trusted');
    expect(verdict(key, envelope, { now: expiresAt })).toBe('signature-expired');
  });

  it('A24: a changed byte in an envelope never throws and is never trusted', async () => {
    const key = await testKey({ subject: SUBJECT });
    const envelope = await signed(key);
    fc.assert(
      fc.property(fc.nat(envelope.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(envelope);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const claim = readEnvelopeClaim(changed);
        const result = verdict(key, changed);
        if (result === 'trusted')
          expect(claim).toMatchObject({ value: { target: { size: BYTES.length } } });
        expect(claim.ok || result !== 'trusted').toBe(true);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !readEnvelopeClaim(bytes).ok),
    );
  });
});

const e2e = testData('vectors/notation-e2e');

describe.skipIf(e2e === null)("notation's own signed file", () => {
  const read = (path: string): Buffer => readFileSync(join(e2e ?? '', path));
  /**
   * It signed the text of the Apache licence, which is in this repository too, after an empty line.
   */
  const licence = readFileSync(new URL('../../../../LICENSE', import.meta.url)).subarray(1);

  /** Its certificate was valid for a day. */
  const then = toInstant(Date.UTC(2024, 11, 31, 12));

  function ask(
    bytes: Uint8Array,
    change: Partial<BlobVerification> = {},
    trusted?: Uint8Array,
  ): string {
    const envelope = read('signatures/blob.jws.sig');
    const { header } = JSON.parse(envelope.toString()) as { header: { x5c: [string] } };
    const own = writePem('CERTIFICATE', Buffer.from(header.x5c[0], 'base64'));
    const policy = orThrow(parseBlobTrustPolicy(read('blob/trustpolicies/trustpolicy.blob.json')));
    const trust = {
      policy,
      stores: new Map([['ca:e2e', parseCertificates(trusted ?? Buffer.from(own))]]),
    };
    const blob = named('sha256', bytes);
    return toCode(
      verifyNotaryBlob({ blob, envelope, policyName: null, trust, now: then, ...change }),
    );
  }

  it('N9–N11, N44: counts under a named and the global statement within its validity', () => {
    expect(ask(licence)).toBe('trusted');
    expect(ask(licence, { policyName: 'test-blob-statement' })).toBe('trusted');
    // Its store of timestamp authorities is not there.
    expect(ask(licence, { policyName: 'test-blob-with-timestamping' })).toBe('TRUST_INVALID');
    expect(ask(licence, { now: FIXTURE_NOW })).toBe('certificate-expired');
  });

  it('N11, N14, N36: another text, a malformed signature and another store do not count', () => {
    expect(ask(Buffer.concat([licence, Buffer.from('\n')]))).toBe('target-mismatch');
    expect(ask(licence, { envelope: read('signatures/malformed.jws.sig') })).toBe(
      'envelope-malformed',
    );
    expect(ask(licence, {}, read('config/localkeys/e2e.crt'))).toBe('not-in-trust-store');
  });
});

import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../../test/support/certificates.ts';
import {
  ARTIFACT,
  addRoot,
  type BundleCase,
  code,
  entry,
  instance,
  judge,
  MINUTE_MS,
  makeStamp,
  other,
  STATEMENT,
  USER_KEY,
} from '../../../../test/support/sigstore-bundles.ts';
import {
  type SignOptions,
  TEST_IDENTITY,
  TEST_ISSUER,
} from '../../../../test/support/sigstore-instance.ts';
import { der, testStamper } from '../../../../test/support/timestamps.ts';
import { toInstant } from '../../../core/instant.ts';

const SECOND_STAMPER = testStamper('forgeries tsa', { validUntil: toInstant(FIXTURE_NOW + 9e9) });
const FULCIO = '1.3.6.1.4.1.57264.1';

describe('S7–S10, S16: a bundle of a private instance', () => {
  it.each<readonly [string, SignOptions]>([
    ['a message, in a log that promises', {}],
    ['an envelope', { payloadType: STATEMENT }],
    ['S9: a log without times, and a timestamp', { log: 'v2' }],
    ['S9: an envelope in such a log', { log: 'v2', payloadType: STATEMENT }],
    ['a log and a timestamp', { stamped: true }],
  ])('%s is trusted, and says by whom, by which root and when', (_, options) => {
    const result = judge({ options });
    expect(result).toMatchObject({
      kind: 'trusted',
      signer: {
        identity: TEST_IDENTITY,
        issuer: TEST_ISSUER,
        trustedRoots: ['own'],
        logs: 1,
        signedAt: FIXTURE_NOW,
      },
    });
  });

  it.each<readonly [string, string, BundleCase]>([
    ['S6: another artifact', 'target-mismatch', { artifact: Buffer.from('another') }],
    [
      'a stated digest of another artifact',
      'target-mismatch',
      {
        bundle: (b) => {
          b.messageSignature.messageDigest.digest = 'AAAA';
        },
      },
    ],
    [
      'A48: a signature by another key than that of the certificate',
      'signature-mismatch',
      {
        bundle: (b) => {
          b.messageSignature.signature = sign('sha256', ARTIFACT, USER_KEY).toString('base64');
        },
      },
    ],
    [
      'S7, A71: an instance, and a log with keys of its own, that is not trusted',
      'log-entry',
      { from: other },
    ],
    [
      'an authority that is not trusted',
      'not-in-trust-store',
      {
        root: (r) => {
          r.certificateAuthorities = other.root.certificateAuthorities;
        },
      },
    ],
    [
      'an authority whose root is another one',
      'not-in-trust-store',
      {
        root: (r) =>
          r.certificateAuthorities[0].certChain.certificates.push(
            other.root.certificateAuthorities[0].certChain.certificates[1],
          ),
      },
    ],
    ['no log entry', 'log-entry', { options: { log: 'none', stamped: true } }],
    ['S9, A45: no time', 'signing-time-unproven', { options: { log: 'v2', stamped: false } }],
    ['S9: no proof of inclusion', 'log-entry', { bundle: (b) => delete entry(b).inclusionProof }],
    [
      'A45: an entry that nothing proves',
      'log-entry',
      {
        bundle: (b) => {
          b.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
          delete entry(b).inclusionProof;
          delete entry(b).inclusionPromise;
        },
      },
    ],
    [
      'A52: a time that the log did not sign',
      'log-entry',
      {
        bundle: (b) => {
          entry(b).integratedTime = String(FIXTURE_NOW / 1_000 + 1);
        },
      },
    ],
    ['a promise without a time', 'log-entry', { bundle: (b) => delete entry(b).integratedTime }],
    ['A55: a time in the future', 'log-entry', { now: FIXTURE_NOW - 20 * MINUTE_MS }],
    [
      'A51: a log whose time was over',
      'log-entry',
      {
        root: (r) => {
          r.tlogs[0].publicKey.validFor.end = '2026-11-22T11:59:59Z';
        },
      },
    ],
    [
      'an authority whose time was over',
      'certificate-expired',
      {
        root: (r) => {
          r.certificateAuthorities[0].validFor.end = '2026-11-22T11:59:59Z';
        },
      },
    ],
    [
      'a proof for another checkpoint',
      'log-entry',
      {
        bundle: (b) => {
          entry(b).inclusionProof.rootHash = Buffer.alloc(32).toString('base64');
        },
      },
    ],
    [
      'S10, A44, G20: an entry about another content',
      'log-entry',
      {
        options: {
          body: (b) => {
            b.spec.data.hash.value = '00';
          },
        },
      },
    ],
    [
      'S10, A44: an entry about another signature',
      'log-entry',
      {
        options: {
          body: (b) => {
            b.spec.signature.content = 'AAAA';
          },
        },
      },
    ],
    [
      'S10, A44: an entry about another certificate',
      'log-entry',
      {
        options: {
          body: (b) => {
            b.spec.signature.publicKey.content = 'AAAA';
          },
        },
      },
    ],
    [
      'A44: an entry about another payload',
      'log-entry',
      {
        options: {
          payloadType: STATEMENT,
          body: (b) => {
            b.spec.payloadHash.value = '00';
          },
        },
      },
    ],
    [
      'A44: an entry about another envelope',
      'log-entry',
      {
        options: {
          payloadType: STATEMENT,
          body: (b) => {
            b.spec.signatures[0].signature = 'AAAA';
          },
        },
      },
    ],
    [
      'A44: an entry about two envelopes',
      'log-entry',
      {
        options: {
          payloadType: STATEMENT,
          body: (b) => b.spec.signatures.push(b.spec.signatures[0]),
        },
      },
    ],
    [
      'A44: a new entry about another content',
      'log-entry',
      {
        options: {
          log: 'v2',
          body: (b) => {
            b.spec.hashedRekordV002.data.digest = 'AAAA';
          },
        },
      },
    ],
    [
      'A44: a new entry about another signature',
      'log-entry',
      {
        options: {
          log: 'v2',
          body: (b) => {
            b.spec.hashedRekordV002.signature.content = 'AAAA';
          },
        },
      },
    ],
    [
      'A44: a new entry about another certificate',
      'log-entry',
      {
        options: {
          log: 'v2',
          body: (b) => {
            b.spec.hashedRekordV002.signature.verifier.x509Certificate.rawBytes = 'AAAA';
          },
        },
      },
    ],
    [
      'an entry whose body says another version',
      'log-entry',
      {
        options: {
          body: (b) => {
            b.apiVersion = '9.9.9';
          },
          entry: (e) => {
            e.kindVersion.version = '0.0.1';
          },
        },
      },
    ],
    ['S8: a chain with a root', 'root-certificate', { bundle: addRoot }],
    [
      'an entry of another kind than it says',
      'log-entry',
      {
        bundle: (b) => {
          entry(b).kindVersion.version = '0.0.2';
        },
      },
    ],
    [
      'an entry of a kind that is not known',
      'log-entry',
      {
        options: {
          entry: (e) => {
            e.kindVersion.kind = 'rpm';
          },
          body: (b) => {
            b.kind = 'rpm';
          },
        },
      },
    ],
    ['no promise of a log of certificates', 'certificate-log', { options: { withoutSct: true } }],
    [
      'a promise of a log of certificates that is not trusted',
      'certificate-log',
      {
        root: (r) => {
          r.ctlogs = other.root.ctlogs;
        },
      },
    ],
    [
      'a promise of a log of certificates before its time',
      'certificate-log',
      { options: { sctAt: toInstant(FIXTURE_NOW - 999 * MINUTE_MS) } },
    ],
    [
      'a promise about another certificate',
      'certificate-log',
      {
        root: (r) => {
          r.ctlogs[0].publicKey.rawBytes = other.root.ctlogs[0].publicKey.rawBytes;
        },
      },
    ],
    [
      'a certificate for another purpose',
      'extended-key-usage',
      { options: { purposes: ['1.3.6.1.4.1.1'] } },
    ],
    [
      'a certificate of two names',
      'certificate-malformed',
      {
        options: {
          names: ['https://a.example.com', 'https://b.example.com'].map((one) =>
            der(0x86, Buffer.from(one)),
          ),
        },
      },
    ],
    [
      'a certificate of two issuers',
      'certificate-malformed',
      { options: { claims: [[`${FULCIO}.1`, 'https://elsewhere.example.com']] } },
    ],
    [
      'A53: one rogue timestamp beside a right one',
      'timestamp-unverified',
      {
        options: { stamped: true },
        bundle: (b) =>
          b.verificationMaterial.timestampVerificationData.rfc3161Timestamps.push({
            signedTimestamp: makeStamp(
              testStamper('rogue').stamp(
                Buffer.from(b.messageSignature.signature, 'base64'),
                FIXTURE_NOW,
              ),
            ),
          }),
      },
    ],
    [
      'A35: a timestamp over another signature',
      'timestamp-unverified',
      {
        options: { log: 'v2' },
        bundle: (b) =>
          (b.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp =
            makeStamp(instance.stamper.stamp(Buffer.from('another'), FIXTURE_NOW))),
      },
    ],
    [
      'A58: a timestamp outside the time of its authority',
      'timestamp-unverified',
      {
        options: { log: 'v2' },
        root: (r) => {
          r.timestampAuthorities[0].validFor.end = '2026-11-22T11:59:59Z';
        },
      },
    ],
    [
      'S16: a timestamp after the certificate beside a log entry within it',
      'certificate-expired',
      {
        options: { stamped: true },
        now: FIXTURE_NOW + 60 * MINUTE_MS,
        bundle: (b) =>
          (b.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp =
            makeStamp(
              instance.stamper.stamp(
                Buffer.from(b.messageSignature.signature, 'base64'),
                toInstant(FIXTURE_NOW + 11 * MINUTE_MS),
              ),
            )),
      },
    ],
    [
      'a timestamp in the future',
      'timestamp-unverified',
      { options: { log: 'v2' }, now: FIXTURE_NOW - 20 * MINUTE_MS },
    ],
    [
      'a timestamp by another signer than the one of the root',
      'timestamp-unverified',
      {
        options: { log: 'v2' },
        root: (r) =>
          r.timestampAuthorities[0].certChain.certificates.unshift({
            rawBytes: Buffer.from(SECOND_STAMPER.leaf).toString('base64'),
          }),
      },
    ],
  ])('%s does not count (%s)', (_, expected, change) => {
    expect(code(judge(change))).toBe(expected);
    expect(judge({ options: { stamped: true } }).kind).toBe('trusted');
  });
});

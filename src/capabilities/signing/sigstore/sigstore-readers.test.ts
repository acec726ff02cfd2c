import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../../test/support/certificates.ts';
import {
  ARTIFACT,
  code,
  entry,
  instance,
  MINUTE_MS,
  STATEMENT,
  USER_KEY,
} from '../../../../test/support/sigstore-bundles.ts';
import type { Json, SignOptions } from '../../../../test/support/sigstore-instance.ts';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { parseBundle } from './bundle.ts';
import { COSIGN_ANNOTATIONS, parseCosignLayer, SIMPLE_SIGNING_TYPE } from './cosign-layer.ts';
import { isKeyOfSigner, isSignedByKey } from './log-key.ts';
import { checkSimpleSigning, encodeSimpleSigning } from './simple-signing.ts';
import { parseTrustedRoot } from './trusted-root.ts';
import { verifyBundle } from './verify-bundle.ts';

describe('parseBundle', () => {
  const parsed = (change: (bundle: Json) => void, options: SignOptions = {}) => {
    const made = instance.sign(ARTIFACT, options);
    change(made);
    return parseBundle(Buffer.from(JSON.stringify(made)));
  };

  const faults: readonly (readonly [string, (bundle: Json) => void, SignOptions?])[] = [
    [
      'of an unknown version',
      (b) => {
        b.mediaType = 'application/vnd.dev.sigstore.bundle.v0.4+json';
      },
    ],
    ['without a signer', (b) => delete b.verificationMaterial.certificate],
    [
      'of two signers',
      (b) => {
        b.verificationMaterial.publicKey = { hint: 'x' };
      },
    ],
    [
      'S8: with a chain, of version 0.3',
      (b) => {
        const { certificate } = b.verificationMaterial;
        delete b.verificationMaterial.certificate;
        b.verificationMaterial.x509CertificateChain = { certificates: [certificate] };
      },
    ],
    [
      'S7: of two contents',
      (b) => {
        b.dsseEnvelope = {};
      },
    ],
    ['S7: without a content', (b) => delete b.messageSignature],
    [
      'A56: of two signatures',
      (b) => b.dsseEnvelope.signatures.push(b.dsseEnvelope.signatures[0]),
      { payloadType: STATEMENT },
    ],
    [
      'with a negative index',
      (b) => {
        entry(b).logIndex = '-1';
      },
    ],
    [
      'with base64 that is none',
      (b) => {
        b.messageSignature.signature = '=';
      },
    ],
    [
      'with too many entries',
      (b) => {
        b.verificationMaterial.tlogEntries = Array(17).fill(entry(b));
      },
    ],
    ['whose proof has no checkpoint', (b) => delete entry(b).inclusionProof.checkpoint],
  ];

  it.each(faults.map(([name, change, options = {}]) => ({ name, change, options })))(
    'a bundle $name is refused, and read without this fault',
    ({ change, options }) => {
      const refused = { ok: false, reason: { code: 'bundle-malformed' } };
      expect(parsed(change, options)).toMatchObject(refused);
      expect(parsed(() => {}, options).ok).toBe(true);
    },
  );

  it('never throws for any bytes, and reads no bundle with a byte cut off', () => {
    const text = JSON.stringify(instance.sign(ARTIFACT));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), fc.nat(), (bytes, cut) => {
        parseBundle(bytes);
        parseTrustedRoot(bytes);
        expect(parseBundle(Buffer.from(text.slice(0, cut % text.length))).ok).toBe(false);
      }),
    );
  });
});

describe('parseTrustedRoot', () => {
  it.each<readonly [string, (root: Json) => void]>([
    ['S16, A54: a log without a start', (r) => delete r.tlogs[0].publicKey.validFor],
    [
      'an authority without a start',
      (r) => {
        r.certificateAuthorities[0].validFor = { end: null };
      },
    ],
    [
      'an end before its start',
      (r) => {
        r.tlogs[0].publicKey.validFor.end = '1999-01-01T00:00:00Z';
      },
    ],
    [
      'an authority without a certificate',
      (r) => {
        r.certificateAuthorities[0].certChain = {};
      },
    ],
    [
      'another media type',
      (r) => {
        r.mediaType = 'application/json';
      },
    ],
  ])('%s is refused, and the same document without this fault is read', (_, change) => {
    const root = structuredClone(instance.root);
    change(root);
    expect(parseTrustedRoot(JSON.stringify(root))).toMatchObject({
      failure: { code: 'TRUST_INVALID' },
    });
    expect(parseTrustedRoot(JSON.stringify(instance.root)).ok).toBe(true);
  });

  it('reads version 0.2, and leaves out a key of a kind that is not known', () => {
    const root = structuredClone(instance.root);
    root.mediaType = 'application/vnd.dev.sigstore.trustedroot.v0.2+json';
    root.tlogs.push(structuredClone(root.tlogs[0]));
    root.tlogs[0].publicKey.rawBytes = 'AAAA';
    expect(orThrow(parseTrustedRoot(JSON.stringify(root))).logs).toHaveLength(1);
  });
});

describe('keys', () => {
  it('N16: a short RSA key signs nothing, and a long one does', () => {
    for (const [modulusLength, isSound] of [
      [1_024, false],
      [2_048, true],
    ] as const) {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
      const signature = sign('sha256', ARTIFACT, privateKey);
      expect(isSignedByKey(publicKey, ARTIFACT, signature)).toBe(isSound);
      expect(isKeyOfSigner(publicKey)).toBe(isSound);
    }
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    expect(isSignedByKey(publicKey, ARTIFACT, sign(null, ARTIFACT, privateKey))).toBe(true);
    expect(isSignedByKey(publicKey, ARTIFACT, sign(null, USER_SIGNED, privateKey))).toBe(false);
  });
});

const USER_SIGNED = Buffer.from('something else');

describe("cosign's older layers", () => {
  const digest = sha256('image');
  const image = encodeSimpleSigning(digest, 'registry.example.com/shop/trips');
  const judged = (annotations: Record<string, string>, expected: Digest = digest, text = image) => {
    const read = parseCosignLayer({ mediaType: SIMPLE_SIGNING_TYPE, bytes: text, annotations });
    if (!read.ok) return read.reason.code;
    const result = verifyBundle({
      bundle: read.value,
      format: 'cosign-legacy',
      artifact: text,
      checkContent: (content) =>
        content.kind === 'message' ? checkSimpleSigning(content.bytes, expected) : [],
      trust: {
        roots: new Map([['own', parseTrustedRoot(JSON.stringify(instance.root))]]),
        keys: [createPublicKey(USER_KEY)],
      },
      now: toInstant(FIXTURE_NOW + MINUTE_MS),
    });
    return code(result);
  };
  const signed = (text: Uint8Array = image) => ({
    [COSIGN_ANNOTATIONS.signature]: sign('sha256', text, USER_KEY).toString('base64'),
  });

  it('S4: a key signs one text, by the annotation of the layer', () => {
    expect(judged(signed())).toBe('trusted');
    expect(judged({})).toBe('bundle-malformed');
    expect(judged(signed(USER_SIGNED))).toBe('key-not-trusted');
  });

  it('S5: the text must name the image, and be of the type of cosign', () => {
    expect(judged(signed(), sha256('another image'))).toBe('target-mismatch');
    const odd = Buffer.from(
      Buffer.from(image).toString().replace('cosign container', 'other container'),
    );
    expect(judged(signed(odd), digest, odd)).toBe('content-type');
    const none = Buffer.from('{}');
    expect(judged(signed(none), digest, none)).toBe('payload-malformed');
  });

  it('S4, S9: a certificate, its log entry and a timestamp are in annotations of sigstore', () => {
    const made = instance.sign(image, { stamped: true });
    const { certificate, timestampVerificationData: stamps } = made.verificationMaterial;
    const logged = entry(made);
    const annotations = {
      [COSIGN_ANNOTATIONS.signature]: made.messageSignature.signature,
      [COSIGN_ANNOTATIONS.certificate]: pem(certificate.rawBytes),
      [COSIGN_ANNOTATIONS.chain]: instance.root.certificateAuthorities[0].certChain.certificates
        .map(({ rawBytes }: Json) => pem(rawBytes))
        .join('\n'),
      [COSIGN_ANNOTATIONS.bundle]: JSON.stringify({
        SignedEntryTimestamp: logged.inclusionPromise.signedEntryTimestamp,
        Payload: {
          body: logged.canonicalizedBody,
          integratedTime: Number(logged.integratedTime),
          logIndex: Number(logged.logIndex),
          logID: Buffer.from(logged.logId.keyId, 'base64').toString('hex'),
        },
      }),
      [COSIGN_ANNOTATIONS.timestamp]: JSON.stringify({
        SignedRFC3161Timestamp: stamps.rfc3161Timestamps[0].signedTimestamp,
      }),
    };
    expect(judged(annotations)).toBe('trusted');
    expect(judged({ ...annotations, [COSIGN_ANNOTATIONS.bundle]: '' })).toBe('log-entry');
    expect(judged({ ...annotations, [COSIGN_ANNOTATIONS.bundle]: '{}' })).toBe('bundle-malformed');
    const wrong = { ...annotations, [COSIGN_ANNOTATIONS.certificate]: 'none' };
    expect(judged(wrong)).toBe('bundle-malformed');
  });

  it('S6: an attestation is one envelope with one signature', () => {
    const { dsseEnvelope } = instance.sign(ARTIFACT, { key: USER_KEY, payloadType: STATEMENT });
    const mediaType = 'application/vnd.dsse.envelope.v1+json';
    const read = (envelope: Json) =>
      parseCosignLayer({
        mediaType,
        bytes: Buffer.from(JSON.stringify(envelope)),
        annotations: { [COSIGN_ANNOTATIONS.signature]: '' },
      }).ok;
    expect(read(dsseEnvelope)).toBe(true);
    const [one] = dsseEnvelope.signatures;
    expect(read({ ...dsseEnvelope, signatures: [one, one] })).toBe(false);
  });
});

function pem(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

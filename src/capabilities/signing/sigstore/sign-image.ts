import { createHash } from 'node:crypto';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import { encodePreAuth } from '../envelopes/dsse.ts';
import type { SigningKey } from '../keys/port.ts';
import { toDerForm } from '../x509/algorithm.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { COSIGN_ANNOTATIONS } from './cosign-layer.ts';
import { encodeSimpleSigning } from './simple-signing.ts';

/** The artifact type and the layer type of a bundle (S2). */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/**
 * A bundle with one envelope, signed by a key: the reader knows the key, and the hint helps to find
 * it. It has no log entry and no certificate.
 */
export async function signBundle(
  payloadType: string,
  payload: Uint8Array,
  key: SigningKey,
): Promise<Result<Uint8Array>> {
  if (payload.length > LIMITS.documentBytesMax)
    return fail('LIMIT_EXCEEDED', `a payload of ${payload.length} bytes`, 'Split the statement.');
  const hint = readHint(key);
  if (!hint.ok) return hint;
  const sig = await signText(encodePreAuth(payloadType, payload), key);
  const bundle = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: hint.value } },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString('base64'),
      payloadType,
      signatures: [{ sig }],
    },
  };
  return ok(Buffer.from(canonicalizeJson(bundle)));
}

/** A bundle with the signature of a file, whose bytes are not in it. */
export async function signFileBundle(
  bytes: Uint8Array,
  key: SigningKey,
): Promise<Result<Uint8Array>> {
  const hint = readHint(key);
  if (!hint.ok) return hint;
  const digest = createHash('sha256').update(bytes).digest('base64');
  const bundle = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: hint.value } },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest },
      signature: await signText(bytes, key),
    },
  };
  return ok(Buffer.from(canonicalizeJson(bundle)));
}

/** The signed text and the annotations of a layer of cosign's older form (S4). */
export async function signSimpleText(
  digest: Digest,
  reference: string,
  key: SigningKey,
): Promise<
  Result<{ readonly text: Uint8Array; readonly annotations: Readonly<Record<string, string>> }>
> {
  const hint = readHint(key);
  if (!hint.ok) return hint;
  const text = encodeSimpleSigning(digest, reference);
  const signature = await signText(text, key);
  return ok({ text, annotations: { [COSIGN_ANNOTATIONS.signature]: signature } });
}

async function signText(text: Uint8Array, key: SigningKey): Promise<string> {
  return Buffer.from(toDerForm(key.algorithm, await key.sign(text))).toString('base64');
}

/**
 * As cosign writes it. Other tools of sigstore verify RSA as PKCS #1 v1.5, and our keys sign with
 * PSS; they hash with SHA-256, whatever the curve is.
 */
function readHint({ algorithm, chain, bareKey, makeEnvelope }: SigningKey): Result<string> {
  const remedy = 'Use a key on P-256: waybill key generate.';
  // mutant sigstore-form-by-another-key by sign-image: condition -> false
  if (algorithm !== 'ES256' || makeEnvelope !== undefined)
    return fail('KEY_UNUSABLE', 'the forms of sigstore are signed by a key on P-256', remedy);
  const [leaf] = chain;
  const certificate = leaf === undefined ? null : parseCertificate(leaf);
  if (certificate?.ok === false) return certificate;
  const key = bareKey ?? certificate?.value.publicKey;
  if (key === undefined) return fail('KEY_UNUSABLE', 'the key has no certificate', remedy);
  const spki = key.export({ format: 'der', type: 'spki' });
  return ok(createHash('sha256').update(spki).digest('base64'));
}

import { formatCount } from '../../../core/count.ts';
import { readTextRecord } from '../../../core/descriptor.ts';
import type { Instant } from '../../../core/instant.ts';
import { isJsonObject } from '../../../core/json.ts';
import type { Result } from '../../../core/result.ts';
import { accept, type CheckResult, makeReason, type Reason, reject } from '../reason.ts';
import type { SignatureResult } from '../signature-result.ts';
import type { NotarySigner } from '../signer.ts';
import { selectBlobStatement } from '../trust/trust-policy.ts';
import { type SignatureAlgorithm, selectHash } from '../x509/algorithm.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { decideVerification } from './decide.ts';
import { detectEnvelopeForm, readEnvelope, readTarget, type SigningScheme } from './envelope.ts';
import { checkMetadata } from './metadata.ts';
import {
  type NotaryTrust,
  planEnvelope,
  planRefusal,
  planSkipped,
  type VerificationPlan,
} from './plan.ts';
import { UNCHECKED_FACTS } from './port.ts';
import { type SigningTerms, signTarget } from './sign.ts';

/** The ending of the signature of FILE, by the form of its envelope (N9). */
export const BLOB_SIGNATURE_SUFFIXES = { jws: '.jws.sig', cose: '.cose.sig' } as const;

/** The hashes that name a blob: the one of the signer's algorithm (N13). */
export type BlobHash = 'sha256' | 'sha384' | 'sha512';

/** The part of a blob that a signature names. */
export interface NamedBlob {
  readonly hash: BlobHash;
  /** Lower-case hex. */
  readonly hex: string;
  readonly size: number;
  /** The required media type; null accepts the one in the signature. */
  readonly mediaType: string | null;
}

/** What an envelope says about itself. Nothing is verified: it is only a claim. */
export interface EnvelopeClaim {
  readonly algorithm: SignatureAlgorithm;
  readonly hash: BlobHash;
  readonly scheme: SigningScheme;
  readonly signedAt: Instant;
  readonly expiresAt: Instant | null;
  /** The subject of the leaf, or null when its certificate cannot be read. */
  readonly identity: string | null;
  readonly target: SignedTarget;
}

export interface SignedTarget {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The hash that names a blob when a key of this algorithm signs it (N13). */
export function selectBlobHash(algorithm: SignatureAlgorithm): BlobHash {
  return selectHash(algorithm);
}

/**
 * A Notary Project signature over a file (N9–N13), to be stored beside the file. The blob is hashed
 * with the hash of the key's algorithm.
 *
 * @example await signBlob({ hash, hex, size, mediaType: 'text/plain' }, { key, signedAt: now })
 */
export function signBlob(
  blob: NamedBlob & { readonly mediaType: string },
  terms: SigningTerms,
): Promise<Result<Uint8Array>> {
  const { mediaType, hash, hex, size } = blob;
  return signTarget({ mediaType, digest: `${hash}:${hex}`, size }, terms);
}

/** The claims of an envelope, for people, and the hash that must name the blob. */
export function readEnvelopeClaim(bytes: Uint8Array): CheckResult<EnvelopeClaim> {
  const read = readEnvelope(bytes);
  if (!read.ok) return read;
  const { algorithm, scheme, signedAt, expiresAt, chain, payload } = read.value;
  const target = readSignedTarget(payload);
  if (!target.ok) return target;
  const leaf = chain[0] === undefined ? null : parseCertificate(chain[0]);
  const identity = leaf?.ok === true ? leaf.value.subjectText : null;
  return accept({
    algorithm,
    hash: selectHash(algorithm),
    scheme,
    signedAt,
    expiresAt,
    identity,
    target: target.value,
  });
}

export interface BlobVerification {
  readonly blob: NamedBlob;
  readonly envelope: Uint8Array;
  /** A statement of the blob policy; null means the global statement (N44). */
  readonly policyName: string | null;
  /** Its policy is a policy for blobs. */
  readonly trust: NotaryTrust;
  readonly now: Instant;
  /** All of them must be in the signed annotations (N12). */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The verdict without outside queries: see `planBlobVerification`. */
export function verifyNotaryBlob(verification: BlobVerification): SignatureResult<NotarySigner> {
  return decideVerification(planBlobVerification(verification), UNCHECKED_FACTS);
}

/**
 * Whether the signature of a blob may count. The rules are those of images, except for its place
 * and for the choice of the policy.
 */
export function planBlobVerification(verification: BlobVerification): VerificationPlan {
  const { policyName, trust } = verification;
  const statement = selectBlobStatement(trust.policy, policyName);
  if (statement === null) {
    const which = policyName === null ? 'is global' : `is named ${JSON.stringify(policyName)}`;
    return planRefusal(null, [
      makeReason('no-policy', `no statement of the trust policy for blobs ${which} (N44)`),
    ]);
  }
  if (statement.level === 'skip') return planSkipped(statement);
  return planEnvelope({
    ...verification,
    form: detectEnvelopeForm(verification.envelope),
    statement,
    thumbprints: null,
    checkTarget: ({ algorithm, payload }) =>
      checkBlob(verification, selectHash(algorithm), payload),
  });
}

/** N11–N13: the digest by the leaf's hash, the size, and the media type when one is required. */
function checkBlob(
  { blob, metadata = {} }: BlobVerification,
  hash: BlobHash,
  payload: Uint8Array,
): readonly Reason[] {
  const target = readSignedTarget(payload);
  if (!target.ok) return [target.reason];
  const { mediaType, digest, size, annotations } = target.value;
  const own = `${blob.hash}:${blob.hex}`;
  // mutant signature-of-another-file: condition -> $operand
  // mutant file-hash-fits-key: remove operand
  if (blob.hash !== hash || digest !== own || size !== blob.size) {
    return [
      makeReason(
        'target-mismatch',
        `the signed content is ${digest} with ${formatCount(size, 'byte')}, ` +
          `not ${own} with ${blob.size}`,
      ),
    ];
  }
  if (blob.mediaType !== null && blob.mediaType !== mediaType) {
    return [
      makeReason(
        'target-mismatch',
        `it was signed as ${JSON.stringify(mediaType)}, not as ${blob.mediaType}`,
      ),
    ];
  }
  return checkMetadata(annotations, metadata);
}

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

/** N10, for any target: an image or a blob. */
function readSignedTarget(payload: Uint8Array): CheckResult<SignedTarget> {
  const read = readTarget(payload);
  if (!read.ok) return read;
  if (!isJsonObject(read.value)) return reject('payload-malformed', 'the target is not an object');
  const { mediaType, digest, size } = read.value;
  const annotations = readTextRecord(read.value['annotations']);
  if (typeof mediaType !== 'string' || mediaType === '')
    return reject('payload-malformed', 'it has no media type');
  if (typeof digest !== 'string' || !DIGEST.test(digest))
    return reject('payload-malformed', 'it has no digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    return reject('payload-malformed', 'its size is not a count of bytes');
  }
  if (annotations === null) return reject('payload-malformed', 'its annotations are not texts');
  return accept({ mediaType, digest, size, annotations: annotations ?? {} });
}

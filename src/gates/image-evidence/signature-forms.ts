import { NOTARY_SIGNATURE_TYPE } from '../../capabilities/signing/index.ts';

/** The tag under which cosign keeps the signatures of a digest (S4). */
export const COSIGN_SIGNATURE_SUFFIX = '.sig';
/** The tag under which it keeps attestations of a digest (S6). */
export const COSIGN_ATTESTATION_SUFFIX = '.att';
/** And SBOMs of a digest. */
export const COSIGN_SBOM_SUFFIX = '.sbom';
/** All of them. */
export const COSIGN_SUFFIXES = [
  COSIGN_SIGNATURE_SUFFIX,
  COSIGN_ATTESTATION_SUFFIX,
  COSIGN_SBOM_SUFFIX,
] as const;
/** What cosign gave its older signatures when it attached them as referrers. */
const COSIGN_TYPE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
/** S2: a hint of what a bundle states; what it does state is inside. */
export const BUNDLE_PREDICATE = 'dev.sigstore.bundle.predicateType';
const BUNDLE_TYPES = 'application/vnd.dev.sigstore.bundle';

/**
 * The form of a referrer that is a signature, by its type; null for everything else. `unknown` is
 * one that only its name gives away: it is there, and nothing here can verify it.
 */
export type SignatureForm = 'notary' | 'sigstore-bundle' | 'cosign-legacy' | 'unknown';

export function readSignatureForm(artifactType: string): SignatureForm | null {
  if (artifactType === NOTARY_SIGNATURE_TYPE) return 'notary';
  if (artifactType === COSIGN_TYPE) return 'cosign-legacy';
  if (artifactType.startsWith(BUNDLE_TYPES)) return 'sigstore-bundle';
  // mutant signature-of-an-unknown-type by sigstore-images: condition -> false
  return NAMES.test(artifactType) ? 'unknown' : null;
}

/** Words that types of signatures have: `application/cose`, `application/pgp-signature`. */
const NAMES = /\b(?:signature|signatures|sig|cose|jose|jws|pgp-signature|pkcs7-signature)\b/i;

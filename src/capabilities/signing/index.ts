export { algorithmOfKey, type SignatureAlgorithm, toDerForm, verifyBytes } from './algorithm.ts';
export { type Certificate, parseCertificate, parseCertificates } from './certificate.ts';
export {
  authorityExtensions,
  buildCertificate,
  buildName,
  buildRequest,
  type CertificatePlan,
  extensionOf,
  type Issuer,
  signerExtensions,
} from './certificate-build.ts';
export { type ChainFlaw, type ChainPurpose, type ValidatedChain, validateChain } from './chain.ts';
export { formatName, type NameAttribute, type NameMap, parseNameText } from './distinguished-name.ts';
export {
  type AllowedSigner,
  type AllowedSigners,
  parseAllowedSigners,
  withRevokedKeys,
} from './git/allowed-signers.ts';
export { type CommitSignature, type GitCommit, type GitPerson, type ObjectFormat, parseCommit } from './git/commit.ts';
export type { CommitReason, CommitReasonCode } from './git/commit-reason.ts';
export { type CommitSigner, type CommitStanding, verifyCommit } from './git/verify-commit.ts';
export {
  BLOB_SIGNATURE_SUFFIXES,
  type BlobHash,
  type BlobVerification,
  blobHashOf,
  type EnvelopeClaim,
  type NamedBlob,
  readEnvelopeClaim,
  type SignedTarget,
  signBlob,
  verifyNotaryBlob,
} from './notary-blob.ts';
export { parseSignatureManifest, type SignatureManifest } from './notary-manifest.ts';
export {
  type ArtifactPart,
  NOTARY_JWS_TYPE,
  NOTARY_SIGNATURE_TYPE,
  type NotaryArtifactParts,
  type NotarySigning,
  notarySignatureArtifact,
  signNotary,
} from './notary-sign.ts';
export {
  type NotaryTrust,
  type NotaryVerification,
  type SignatureResult,
  type Signer,
  type UncheckedCheck,
  verifyNotary,
} from './notary-verify.ts';
export type {
  CommitSource,
  CommitsAsked,
  KeyInfo,
  KeyKind,
  KeyRequest,
  KeyStore,
  SigningKey,
  TrialRequest,
} from './port.ts';
export type { Reason, ReasonCode } from './reason.ts';
export { signingKeyFromPem, signingKeyOf } from './signing-key.ts';
export {
  countsFor,
  parseTrust,
  type RepositoryPattern,
  STATEMENT_KINDS,
  type StatementAbout,
  type StatementKind,
  type TrustDocument,
  type TrustedSigner,
  type TrustRule,
} from './trust-document.ts';
export {
  type PolicyAction,
  type PolicyCheck,
  type PolicyLevel,
  type PolicyStatement,
  parseBlobTrustPolicy,
  parseTrustPolicy,
  type TrustedIdentity,
  type TrustPolicy,
} from './trust-policy.ts';

export {
  computeKeyId,
  type DsseEnvelope,
  type DsseSignature,
  type DsseVerification,
  encodePreAuth,
  parseDsse,
  signDsse,
  type VerifiedDsse,
  verifyDsse,
} from './envelopes/dsse.ts';
export {
  type AllowedSigner,
  type AllowedSigners,
  addRevokedKeys,
  parseAllowedSigners,
} from './git/allowed-signers.ts';
export { type GitCommit, parseCommit } from './git/commit.ts';
export type { CommitReason, CommitReasonCode } from './git/commit-reason.ts';
export type {
  CertificateSigner,
  CommitSigner,
  CommitStanding,
  OpenPgpSigner,
  SignedObject,
} from './git/commit-signer.ts';
export type { CommitSignature, GitPerson, ObjectFormat } from './git/object-headers.ts';
export type { CommitQuery, CommitSource, NamedTag } from './git/port.ts';
export { isPublicKeyLine } from './git/ssh-key.ts';
export { type GitTag, parseTag } from './git/tag.ts';
export {
  type CommitSigners,
  NO_KEYRING,
  NO_ROOTS,
  trustSshKeys,
  verifyCommit,
} from './git/verify-commit.ts';
export { type GitsignTrust, NO_IDENTITIES } from './git/verify-gitsign.ts';
export {
  JOB_PLATFORMS,
  type JobIssuer,
  type JobKey,
  type JobPlatform,
  parseJobIssuer,
  readKeySet,
} from './jobs/job-issuer.ts';
export {
  type BuildJob,
  type IdentityIssuer,
  peekIdentityToken,
  verifyIdentityToken,
  verifyJobToken,
} from './jobs/verify-job-token.ts';
export { encryptPrivateKey, readPassphrase } from './keys/encrypted-key.ts';
export type {
  EnvelopeRequest,
  KeyEnrolment,
  KeyInfo,
  KeyKind,
  KeyRequest,
  KeyStore,
  SigningKey,
  SigningKeys,
  TrialRequest,
} from './keys/port.ts';
export { type DigestToSign, openServiceKey, type ServiceKey } from './keys/service-key.ts';
export { createSigningKey, parseSigningKey } from './keys/signing-key.ts';
export { createBareKey, decryptSigstoreKey, isSigstoreKeyFile } from './keys/sigstore-key.ts';
export {
  type AttestedMachine,
  readMachineAnswer,
  toMachineNonce,
  verifyAttestedDocument,
} from './machines/attested-document.ts';
export {
  BLOB_SIGNATURE_SUFFIXES,
  type BlobHash,
  type BlobVerification,
  type EnvelopeClaim,
  type NamedBlob,
  planBlobVerification,
  readEnvelopeClaim,
  type SignedTarget,
  selectBlobHash,
  signBlob,
} from './notary/blob.ts';
export { completeVerification } from './notary/decide.ts';
export { detectEnvelopeForm, type EnvelopeForm, PAYLOAD_TYPE } from './notary/envelope.ts';
export { checkMadeEnvelope, type MadeEnvelope } from './notary/made-envelope.ts';
export {
  parseSignatureManifest,
  readThumbprints,
  type SignatureManifest,
} from './notary/manifest.ts';
export type { NotaryTrust, VerificationPlan } from './notary/plan.ts';
export {
  listAttributes,
  listChecks,
  type PluginFact,
  type PluginQuery,
} from './notary/plugin-query.ts';
export {
  type FactGatherer,
  NO_SOURCES,
  type RevocationFact,
  type UncheckedFacts,
  type VerificationFacts,
  type VerificationQuery,
} from './notary/port.ts';
export {
  type ArtifactPart,
  buildNotarySignatureArtifact,
  NOTARY_COSE_TYPE,
  NOTARY_JWS_TYPE,
  NOTARY_SIGNATURE_TYPE,
  type NotaryArtifactParts,
  type NotarySigning,
  signNotary,
  THUMBPRINT_ANNOTATION,
} from './notary/sign.ts';
export { type NotaryVerification, planVerification, verifyNotary } from './notary/verify.ts';
export { joinKeyrings, type Keyring, parseKeyring } from './openpgp/keyring.ts';
export {
  PLUGIN_COMMANDS,
  PLUGIN_CONTRACT,
  type PluginCapability,
  type PluginCommand,
  type PluginMetadata,
  readGeneratedEnvelope,
  readGeneratedSignature,
  readKeyDescription,
  readPluginMetadata,
  readPluginVerdict,
  refusePlugin,
  selectKeySpec,
} from './plugins/protocol.ts';
export type { ImportedRule, PolicySetting } from './ratify/draft.ts';
export { type RatifyImport, readRatify } from './ratify/import-ratify.ts';
export { quoteText, type Reason, type ReasonCode } from './reason.ts';
export { checkChain } from './revocation/check-chain.ts';
export type {
  AnswerJudge,
  RevocationAnswer,
  RevocationRequest,
  RevocationSource,
} from './revocation/port.ts';
export {
  type CertificateRevocation,
  failRevocation,
} from './revocation/revocation-fact.ts';
export {
  findEnd,
  refuseSignature,
  type SignatureResult,
  type UncheckedCheck,
} from './signature-result.ts';
export {
  describeSigner,
  type NotarySigner,
  readSigningTime,
  type Signer,
  type SignerDescription,
  type SigstoreSigner,
  type SshSigner,
} from './signer.ts';
export { parseBundle, type SigstoreBundle } from './sigstore/bundle.ts';
export {
  type CertificateIdentity,
  readIdentity as readCertificateIdentity,
} from './sigstore/certificate-identity.ts';
export {
  COSIGN_ANNOTATIONS,
  DSSE_LAYER_TYPE,
  parseCosignLayer,
  SIMPLE_SIGNING_TYPE,
} from './sigstore/cosign-layer.ts';
export { type IdentityToken, readIdentityToken } from './sigstore/identity-token.ts';
export { requestCertificate } from './sigstore/request-certificate.ts';
export {
  BUNDLE_TYPE,
  type MadeLayer,
  signBundle,
  signFileBundle,
  signSimpleText,
  signStatementLayer,
} from './sigstore/sign-image.ts';
export { parseSigningConfig, type SigningServices } from './sigstore/signing-config.ts';
export type {
  BundleTerms,
  CertificateAuthority,
  LogVersion,
  TransparencyLog,
  VouchingServices,
} from './sigstore/signing-port.ts';
export { checkSimpleSigning, encodeSimpleSigning } from './sigstore/simple-signing.ts';
export { parseTrustedRoot, type TrustedRoot } from './sigstore/trusted-root.ts';
export {
  type BundleVerification,
  type SignedContent,
  type SigstoreTrust,
  verifyBundle,
} from './sigstore/verify-bundle.ts';
export { requestTimestamp, type TimestampAuthority } from './timestamps/request-timestamp.ts';
export { verifyTimestamp } from './timestamps/verify-token.ts';
export {
  importTrustPolicy,
  type Omission,
  type RuleDraft,
  type RuleImport,
} from './trust/import-policy.ts';
export { findMachineRules, listMachineStores } from './trust/machine-rule.ts';
export {
  explainOwnRevocation,
  findOwnRevocation,
  findRevokedChain,
} from './trust/own-revocation.ts';
export { type PolicyProjection, projectTrustPolicy } from './trust/project-policy.ts';
export { listTrustedKeys, listTrustedRoots } from './trust/sigstore-needs.ts';
export {
  formatSigstoreSigner,
  matchesSigstore,
  ROOT_NAME,
  readSigstoreSigner,
  type TrustedSigstoreSigner,
  toSigstoreDocument,
} from './trust/sigstore-signer.ts';
export {
  explainDistrust,
  findNextChange,
  isStatementTrusted,
  type RepositoryStatement,
  type RuleTest,
  testRule,
} from './trust/test-rule.ts';
export { parseTrust } from './trust/trust-document.ts';
export {
  type PolicyAction,
  type PolicyCheck,
  type PolicyLevel,
  type PolicyStatement,
  parseBlobTrustPolicy,
  parseTrustPolicy,
  selectStatement,
  type TrustedIdentity,
  type TrustPolicy,
} from './trust/trust-policy.ts';
export {
  formatRepositoryPattern,
  isPredicateType,
  MACHINE_CLOUDS,
  type MachineCloud,
  type MachineRule,
  type OwnRevocation,
  type PredicateType,
  type RepositoryPattern,
  STATEMENT_KINDS,
  type StatementKind,
  type TrustDocument,
  type TrustedSigner,
  type TrustRule,
} from './trust/trust-rule.ts';
export { refreshTuf, type TufRepository, type TufState } from './tuf/refresh.ts';
export type { SignatureAlgorithm } from './x509/algorithm.ts';
export { type Certificate, parseCertificate, parseCertificates } from './x509/certificate.ts';
export {
  buildAuthorityExtensions,
  buildCertificate,
  buildExtension,
  buildName,
  buildRequest,
  buildSignerExtensions,
  type CertificatePlan,
  type Issuer,
} from './x509/certificate-build.ts';
export { checkValidity, type ValidatedChain, validateChain } from './x509/chain.ts';
export type { ChainFlaw, ChainPurpose } from './x509/chain-flaw.ts';
export {
  formatName,
  type NameAttribute,
  type NameMap,
  parseNameText,
} from './x509/distinguished-name.ts';

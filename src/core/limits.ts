/**
 * Every bound on input, in one place; the unit is the last word of a name. docs/reference/limits.md is held equal
 * to this table by a test, and each bound is tested on both sides where it is enforced.
 */
export const LIMITS = {
  /** OCI manifest or index (distribution-spec recommends 4 MiB). */
  manifestBytesMax: 4 * 1024 * 1024,
  /** Signature envelope (N8). */
  envelopeBytesMax: 32 * 1024 * 1024,
  /** One document of evidence: SBOM, scan, statement. */
  documentBytesMax: 128 * 1024 * 1024,
  /** A policy, trust or configuration document. */
  configBytesMax: 1024 * 1024,
  /** Nesting of JSON values. */
  jsonDepthMax: 128,
  /** Members of one component set. */
  componentsMax: 1_000_000,
  /** Signatures examined for one subject (N8). */
  signaturesMax: 100,
  /** Referrers listed for one subject; a longer list is truncated and says so. */
  referrersMax: 1_000,
  /** Pages of a referrers list. */
  referrerPagesMax: 100,
  /** Manifests of one image index. */
  indexManifestsMax: 1_000,
  /** Layers of one image. */
  layersMax: 1_000,
  /** Certificates in one chain. */
  chainCertificatesMax: 10,
  /** One certificate, DER. */
  certificateBytesMax: 64 * 1024,
  /** HTTP redirects followed for one request. */
  redirectsMax: 5,
  /** Uncompressed bytes of one image over all layers. */
  imageBytesMax: 64 * 1024 * 1024 * 1024,
  /** Uncompressed bytes over compressed bytes of one layer, once past the first 64 MiB. */
  compressionRatioMax: 1_000,
  /** Entries over all layers of one image. */
  imageEntriesMax: 10_000_000,
  /** One file read whole out of an image or a source tree. */
  fileBytesMax: 64 * 1024 * 1024,
  /** Length of one path in an image. */
  pathBytesMax: 4_096,
  /** Symbolic links followed for one path. */
  linksMax: 40,
  /** Archives nested in archives (jar in war in ear). */
  archiveDepthMax: 5,
  /** Entries in one zip archive. */
  archiveEntriesMax: 200_000,
  /** One archive held in memory. */
  archiveBytesMax: 512 * 1024 * 1024,
  /** One purl. */
  purlBytesMax: 4_096,
  /** One version text. */
  versionBytesMax: 1_024,
  /** One line of an advisory feed. */
  advisoryBytesMax: 16 * 1024 * 1024,
  /** Steps of one policy expression. */
  policyStepsMax: 1_000_000,
  /** Bytes that one policy expression may build. */
  policyBytesMax: 1024 * 1024,
  /** Rules of one policy. */
  policyRulesMax: 1_000,
  /** An AdmissionReview request (the API server sends at most 3 MiB of object). */
  admissionRequestBytesMax: 8 * 1024 * 1024,
  /** Distinct images of one admission request. */
  admissionImagesMax: 200,
  /** One admission request, from receipt to answer. */
  admissionDeadlineMs: 8_000,
  /** One HTTP exchange with a registry. */
  registryRequestMs: 30_000,
  /** How long an undetermined verdict is remembered (foundation 5). */
  undeterminedCacheMs: 5_000,
  /** How long a writer waits for a lock. */
  lockWaitMs: 5_000,
  /** Rows of one page of an answer. */
  pageRowsMax: 1_000,
} as const;

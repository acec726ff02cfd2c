export { type AttestationEntry, listAttestationEntries } from './attestation-entries.ts';
export { type BuilderAttestation, listBuilderAttestations } from './attestations.ts';
export {
  buildArtifact,
  buildImageManifest,
  buildIndex,
  type Content,
  EMPTY_CONTENT,
  type ImageParts,
  type IndexParts,
  toContent,
} from './build.ts';
export {
  type CopyOptions,
  type CopyOutcome,
  type CopyRoute,
  copyManifest,
  copyRelease,
} from './copy-release.ts';
export { type Challenge, parseChallenges, parseNextLink } from './headers.ts';
export { type OpenedImage, openImage, pullManifest } from './image.ts';
export { type KnownContent, withKnownContent } from './known-content.ts';
export {
  type ImageManifest,
  type IndexManifest,
  type Manifest,
  type ManifestOptions,
  parseManifest,
  readArtifactType,
} from './manifest.ts';
export {
  DOCKER_CONFIG,
  DOCKER_LAYER_TAR,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  isManifestType,
  MANIFEST_TYPES,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts';
export { withPatience } from './patience.ts';
export { failNestedIndex, formatPlatform, listPlatformMembers, parsePlatform } from './platform.ts';
export type {
  ArtifactSource,
  ArtifactTarget,
  BlobStream,
  CallOptions,
  PushOptions,
  ReferrersOptions,
} from './port.ts';
export {
  addReferrer,
  boundReferrers,
  buildReferrersIndex,
  chooseReferrers,
  formatReferrersTag,
  hasArtifactType,
  parseReferrers,
  type ReferrerChoice,
  type ReferrersList,
  readLargeReferrers,
  requireSubject,
  toReferrer,
} from './referrers.ts';
export { buildReleaseBundle, checkBundle, readBundledRelease } from './release-bundle.ts';
export {
  formatBundleTag,
  type ReleaseContent,
  type ReleasePart,
  type ReleaseSource,
  surveyRelease,
} from './release-content.ts';
export { parseTagList, type TagList } from './tag-list.ts';
export { openVerified, verifyStream } from './verified-stream.ts';

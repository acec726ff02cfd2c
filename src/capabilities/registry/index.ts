export {
  buildArtifact,
  buildImageManifest,
  buildIndex,
  buildReleaseBundle,
  type Content,
  contentOf,
  EMPTY_CONTENT,
  type ImageParts,
  type IndexParts,
  RELEASE_BUNDLE_TYPE,
} from './build.ts';
export { type Challenge, nextLink, parseChallenges } from './headers.ts';
export { type OpenedImage, openImage, pullManifest } from './image.ts';
export {
  artifactTypeOf,
  type ImageManifest,
  type IndexManifest,
  type Manifest,
  type ManifestOptions,
  parseManifest,
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
export { formatPlatform, parsePlatform, platformMembers, selectPlatform } from './platform.ts';
export type { ArtifactSource, ArtifactTarget, BlobStream, CallOptions, PushOptions } from './port.ts';
export {
  boundReferrers,
  buildReferrersIndex,
  parseReferrers,
  type ReferrersList,
  referrerOf,
  referrersTag,
  requireSubject,
  tellsArtifactType,
  withReferrer,
} from './referrers.ts';
export { verifiedStream } from './verified-stream.ts';

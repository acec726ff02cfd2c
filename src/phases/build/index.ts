export {
  type AttachedOutcome,
  type AttachPorts,
  attachDocument,
  type DocumentToAttach,
} from './attach-document.ts';
export { COSIGN_SIGN_STATEMENT, signBundleArtifact, toStatement } from './bundle-artifact.ts';
export {
  type PreparedRelease,
  prepareRelease,
  type ReleaseOutcome,
  shipRelease,
} from './release.ts';
export { gatherReleaseEvidence } from './release-evidence.ts';
export type { ReleaseFacts, ReleasePorts, ReleaseRequest } from './request.ts';
export {
  type RescannedFinding,
  type RescannedMember,
  type RescanOutcome,
  type RescanPorts,
  rescanImage,
} from './rescan.ts';

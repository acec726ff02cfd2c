export { releaseEvidence } from './evidence.ts';
export {
  type ReleaseFacts,
  type ReleaseOutcome,
  type ReleasePorts,
  type ReleaseRequest,
  shipRelease,
} from './release.ts';

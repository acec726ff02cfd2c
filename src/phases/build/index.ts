export { buildReleaseEvidence } from './evidence.ts';
export { type ReleaseOutcome, shipRelease } from './release.ts';
export type { ReleaseFacts, ReleasePorts, ReleaseRequest } from './request.ts';

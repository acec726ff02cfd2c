export { type AuditedImage, type AuditedPlace, type AuditPorts, auditImage } from './audit.ts';
export type { Change } from './audit-changes.ts';
export { buildAuditEvidence, buildAuditFacts } from './audit-evidence.ts';
export { type Replay, type ReplayOutcome, replayDecision } from './replay.ts';
export { type Cause, findCause } from './violation-cause.ts';
export {
  type PriorDecision,
  runWhatIf,
  type WhatIf,
  type WhatIfQuestion,
  type WhatIfRow,
} from './what-if.ts';

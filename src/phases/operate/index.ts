export {
  type AuditedImage,
  type AuditedPlace,
  type AuditPorts,
  auditImage,
  mapInParallel,
} from './audit.ts';
export type { Basis, Change } from './audit-changes.ts';
export { buildAuditEvidence } from './audit-evidence.ts';
export { findConflict, type ObservationContext } from './cluster-identity.ts';
export { type ClusterList, readClusterList } from './cluster-list.ts';
export { type RuntimeEvent, readFalcoEvent } from './falco-event.ts';
export { type KnownContent, withKnownContent } from './known-content.ts';
export { buildObservation, type ClusterObservation, type WatchOptions } from './observation.ts';
export { withPatience } from './patience.ts';
export {
  type BrokenLine,
  buildViolationEvidence,
  type EventBatch,
  type EventPorts,
  takeEvents,
} from './take-events.ts';
export { type Cause, findCause } from './violation-cause.ts';
export {
  type PriorDecision,
  runWhatIf,
  type WhatIf,
  type WhatIfPorts,
  type WhatIfQuestion,
  type WhatIfRow,
} from './what-if.ts';

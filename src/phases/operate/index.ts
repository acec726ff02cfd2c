export { buildAuditObjects, type ReportForm, writeAuditSarif } from './audit-documents.ts';
export { type AuditContext, type AuditReport, auditEstate } from './audit-estate.ts';
export { findConflict, type ObservationContext } from './cluster-identity.ts';
export { type ClusterList, type ClusterObject, readClusterList } from './cluster-list.ts';
export { buildObservation, type ClusterObservation, type WatchOptions } from './observation.ts';
export { ObservationSeries, type SeriesStep } from './observation-series.ts';
export {
  listReleasedImages,
  type ReleasedImages,
  type RescanResults,
  type RescanTarget,
  rescanEach,
} from './rescan-estate.ts';
export {
  type BrokenLine,
  buildViolationEvidence,
  type EventBatch,
  type EventPorts,
  takeEvents,
} from './take-events.ts';
export {
  shrinkObject,
  WATCHED_KINDS,
  WatchedCluster,
  type WatchedKind,
} from './watched-cluster.ts';

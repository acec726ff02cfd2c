export { conflictOf, type Taking } from './cluster-identity.ts';
export { type ClusterList, readClusterList } from './cluster-list.ts';
export { EventSorter, type Flood, floodOf, type Sorted } from './event-sorter.ts';
export { type RuntimeEvent, readFalcoEvent } from './falco-event.ts';
export { type ClusterSeen, observationOf, type Watched } from './observation.ts';
export { type BrokenLine, type EventsTaken, type TakingPorts, takeEvents, violationEvidence } from './take-events.ts';
export { type Cause, causeOf } from './violation-cause.ts';
export { type ViolationContext, type ViolationPorts, violationOf } from './violations.ts';

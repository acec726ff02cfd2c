export { conflictOf, type Taking } from './cluster-identity.ts';
export { type ClusterList, readClusterList } from './cluster-list.ts';
export { type ClusterSeen, observationOf, type Watched } from './observation.ts';

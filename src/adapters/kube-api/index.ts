export { type AccessRequest, type ClusterAccess, readClusterAccess } from './access.ts';
export { type FollowSurroundings, followKind, type KindSink } from './follow-kind.ts';
export { type KubeClient, openKubeClient, type WatchedResource } from './kube-client.ts';

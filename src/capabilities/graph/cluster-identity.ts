import { formatCount } from '../../core/count.ts';
import { formatInstant } from '../../core/instant.ts';
import type { DeploymentRecord } from '../evidence/index.ts';

type ClusterIdentity = Pick<DeploymentRecord, 'clusterUid' | 'nodes'>;

/** Whether an observation identifies its cluster by more than the name. */
export function isIdentified({ clusterUid, nodes = [] }: ClusterIdentity): boolean {
  return clusterUid !== undefined || nodes.length > 0;
}

/**
 * Why an observation is of another cluster than `own`, which has the same name; null if there is no
 * difference. The namespace kube-system lives as long as its cluster. Without it, one common node
 * makes it the same cluster.
 */
export function describeClusterDifference(
  own: DeploymentRecord,
  seen: ClusterIdentity,
): string | null {
  const [then, now] = [own.clusterUid, seen.clusterUid];
  if (then !== undefined && now !== undefined)
    return then === now
      ? null
      : `its kube-system namespace was ${then} at ${formatInstant(own.observedAt)} and is ${now}`;
  const known = listNodeNames(own.nodes);
  const present = listNodeNames(seen.nodes);
  if (known.size === 0 || present.size === 0 || !known.isDisjointFrom(present)) return null;
  return (
    `none of its nodes (${present.size}) is among the ${formatCount(known.size, 'node')} of ` +
    formatInstant(own.observedAt)
  );
}

/** A node that was created again under its name is another node. */
function listNodeNames(nodes: DeploymentRecord['nodes']): ReadonlySet<string> {
  return new Set((nodes ?? []).map(({ name, uid }) => uid ?? name));
}

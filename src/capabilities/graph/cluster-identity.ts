import { formatInstant } from '../../core/instant.ts';
import type { DeploymentRecord } from '../evidence/index.ts';

type ClusterIdentity = Pick<DeploymentRecord, 'clusterUid' | 'nodes'>;

/** Whether an observation says of which cluster it is by more than its name. */
export function isIdentified({ clusterUid, nodes = [] }: ClusterIdentity): boolean {
  return clusterUid !== undefined || nodes.length > 0;
}

/**
 * By what an observation is of another cluster than `own`, which goes by the same name; null where
 * nothing tells them apart. The namespace kube-system lives as long as its cluster; without it, a
 * node that stayed makes it the same.
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
    `none of its ${present.size} nodes is one of the ${known.size} of ` +
    `${formatInstant(own.observedAt)}`
  );
}

/** A node that was made anew under its name is another node. */
function listNodeNames(nodes: DeploymentRecord['nodes']): ReadonlySet<string> {
  return new Set((nodes ?? []).map(({ name, uid }) => uid ?? name));
}

import type {
  DeploymentAnswer,
  ReleaseAnswer,
  RunningAnswer,
} from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { formatEvidence } from '../evidence-text.ts';
import { formatTable } from '../io.ts';
import { createNode, type TreeNode } from '../tree.ts';

export function formatReleases(releases: readonly ReleaseAnswer[]): string {
  const rows = releases.map(({ name, version, releasedAt, owner, source, evidence }) => [
    name,
    version,
    formatInstant(releasedAt),
    owner ?? '-',
    source?.repository ?? '-',
    source?.commit ?? '-',
    formatEvidence(evidence),
  ]);
  const header = ['RELEASE', 'VERSION', 'RELEASED', 'OWNER', 'REPOSITORY', 'COMMIT', 'EVIDENCE'];
  return rows.length === 0 ? 'no release\n' : formatTable(header, rows);
}

export function formatDeployments(deployments: readonly RunningAnswer[]): string {
  const rows = deployments.map((deployment) => [
    deployment.cluster,
    deployment.region ?? '-',
    deployment.namespace,
    formatWorkload(deployment),
    formatNames(deployment.releases),
    deployment.image,
    formatInstant(deployment.from),
    formatUntil(deployment),
    formatEvidence(deployment.evidence),
  ]);
  const header = [
    'CLUSTER',
    'REGION',
    'NAMESPACE',
    'WORKLOAD',
    'RELEASE',
    'IMAGE',
    'FROM',
    'UNTIL',
    'EVIDENCE',
  ];
  return rows.length === 0 ? 'not deployed\n' : formatTable(header, rows);
}

export function formatNames(
  releases: readonly { readonly name: string; readonly version: string }[],
): string {
  return releases.map(({ name, version }) => `${name}@${version}`).join(', ') || '-';
}

export function formatWorkload({ workload: { kind, name, container } }: DeploymentAnswer): string {
  return `${kind}/${name}/${container}`;
}

function formatUntil({ open, until }: DeploymentAnswer): string {
  return open ? `running, seen to hold until ${formatInstant(until)}` : formatInstant(until);
}

/** Cluster and region, below them namespaces, below them workloads. */
export function buildPlacesTree<T extends DeploymentAnswer>(
  deployments: readonly T[],
  below: (deployment: T) => readonly TreeNode[] = () => [],
): readonly TreeNode[] {
  const clusters = groupBy(
    deployments,
    ({ cluster, region }) => `cluster ${cluster}, region ${region ?? 'unknown'}`,
  );
  return [...clusters].map(([place, inCluster]) =>
    createNode(
      place,
      ...[...groupBy(inCluster, ({ namespace }) => `namespace ${namespace}`)].map(
        ([namespace, there]) =>
          createNode(
            namespace,
            ...there.map((deployment) =>
              createNode(
                `${formatWorkload(deployment)}, ${formatUntil(deployment)}`,
                ...below(deployment),
              ),
            ),
          ),
      ),
    ),
  );
}

export function groupBy<T>(
  items: readonly T[],
  pickKey: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(pickKey(item)) ?? [];
    group.push(item);
    groups.set(pickKey(item), group);
  }
  return groups;
}

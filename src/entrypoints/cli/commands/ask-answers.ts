import type { DeploymentAnswer, ReleaseAnswer, RunningAnswer } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { evidenceText } from '../evidence-text.ts';
import { table } from '../io.ts';
import { node, type TreeNode } from '../tree.ts';

export function releasesText(releases: readonly ReleaseAnswer[]): string {
  const rows = releases.map(({ name, version, releasedAt, owner, source, evidence }) => [
    name,
    version,
    formatInstant(releasedAt),
    owner ?? '-',
    source?.repository ?? '-',
    source?.commit ?? '-',
    evidenceText(evidence),
  ]);
  const header = ['RELEASE', 'VERSION', 'RELEASED', 'OWNER', 'REPOSITORY', 'COMMIT', 'EVIDENCE'];
  return rows.length === 0 ? 'no release\n' : table(header, rows);
}

export function runningText(deployments: readonly RunningAnswer[]): string {
  const rows = deployments.map((deployment) => [
    deployment.cluster,
    deployment.region ?? '-',
    deployment.namespace,
    workloadText(deployment),
    namesText(deployment.releases),
    deployment.image,
    formatInstant(deployment.from),
    untilText(deployment),
    evidenceText(deployment.evidence),
  ]);
  const header = ['CLUSTER', 'REGION', 'NAMESPACE', 'WORKLOAD', 'RELEASE', 'IMAGE', 'FROM', 'UNTIL', 'EVIDENCE'];
  return rows.length === 0 ? 'not deployed\n' : table(header, rows);
}

export function namesText(releases: readonly { readonly name: string; readonly version: string }[]): string {
  return releases.map(({ name, version }) => `${name}@${version}`).join(', ') || '-';
}

export function workloadText({ workload: { kind, name, container } }: DeploymentAnswer): string {
  return `${kind}/${name}/${container}`;
}

function untilText({ open, until }: DeploymentAnswer): string {
  return open ? `running, seen to hold until ${formatInstant(until)}` : formatInstant(until);
}

/** Cluster and region, below them namespaces, below them workloads. */
export function placesTree<T extends DeploymentAnswer>(
  deployments: readonly T[],
  below: (deployment: T) => readonly TreeNode[] = () => [],
): readonly TreeNode[] {
  const clusters = grouped(deployments, ({ cluster, region }) => `cluster ${cluster}, region ${region ?? 'unknown'}`);
  return [...clusters].map(([place, inCluster]) =>
    node(
      place,
      ...[...grouped(inCluster, ({ namespace }) => `namespace ${namespace}`)].map(([namespace, there]) =>
        node(
          namespace,
          ...there.map((deployment) =>
            node(`${workloadText(deployment)}, ${untilText(deployment)}`, ...below(deployment)),
          ),
        ),
      ),
    ),
  );
}

export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
}

/** What runs in a simulated cluster. */
export interface PlayedCluster {
  readonly cluster: string;
  readonly region: string;
  readonly workloads: readonly { readonly name: string; readonly image: string }[];
}

/** What `kubectl get pods,deployments,nodes -A -o json` would print about it. */
export function kubectlList({ cluster, region, workloads }: PlayedCluster): string {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `${cluster}-node-1`,
      uid: `${cluster}-node-uid`,
      labels: {
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': `${region}-1`,
      },
    },
  };
  const items = [
    node,
    ...workloads.flatMap((workload) => [deployment(workload.name), pod(cluster, workload)]),
  ];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    metadata: { resourceVersion: '' },
    items,
  });
}

export function makePodName(workload: string): string {
  return `${workload}-${HASH}-x7k2p`;
}

const HASH = '6d4cf56db6';

function deployment(name: string): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', uid: `${name}-uid` },
  };
}

/** As the restricted Pod Security Standard requires: no more rights than needed. */
function pod(cluster: string, { name, image }: PlayedCluster['workloads'][number]): object {
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: `${name}-${HASH}`,
    controller: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: makePodName(name),
      namespace: 'shop',
      labels: { app: name, 'pod-template-hash': HASH },
      ownerReferences: [owner],
    },
    spec: {
      nodeName: `${cluster}-node-1`,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name,
          image,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
    status: {
      phase: 'Running',
      containerStatuses: [{ name, image, imageID: image, state: { running: {} } }],
    },
  };
}

/**
 * An event of one of Falco's own rules, in the form of its json_output: a process in the container
 * of a workload gives itself rights.
 */
export function escalation(cluster: string, workload: string, image: string, at: Date): string {
  const [reference = ''] = image.split('@');
  const fields = {
    'container.name': workload,
    'container.image.repository': reference.replace(/:[^:/]+$/, ''),
    'container.image.tag': /:([^:/]+)$/.exec(reference)?.[1] ?? '<NA>',
    'k8s.ns.name': 'shop',
    'k8s.pod.name': makePodName(workload),
    'proc.cmdline': 'chmod u+s /tmp/.x',
    'user.name': 'root',
  };
  return `${JSON.stringify({
    uuid: '0d6ad4a8-9f0a-4b0f-9c33-2f9d8c1f7b01',
    hostname: `${cluster}-node-1`,
    time: at.toISOString(),
    rule: 'Set Setuid or Setgid bit',
    priority: 'Critical',
    source: 'syscall',
    tags: ['container', 'mitre_persistence', 'T1548.001'],
    output: 'Setuid or setgid bit is set via chmod (user=root process=chmod u+s /tmp/.x)',
    output_fields: fields,
  })}\n`;
}

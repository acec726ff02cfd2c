import { APP_NAME } from './webhook.ts';

export interface WatcherManifestOptions {
  readonly image: string;
  readonly namespace: string;
  readonly cluster: string;
  /** The `waybill serve` that gets what is seen. */
  readonly server: string;
  /** PEM: the authorities of that server; null: those of Node.js. */
  readonly authorities: string | null;
  /** What the token for the server is made for. */
  readonly audience: string;
}

export const WATCHER_NAME = `${APP_NAME}-watcher`;
const REVIEWER_NAME = `${APP_NAME}-token-reviewer`;
const LABELS = { 'app.kubernetes.io/name': WATCHER_NAME };
const DATA = '/var/lib/waybill';
const SERVER = '/etc/waybill/server';

/**
 * The objects that run `waybill watch --follow` in a cluster. It may list and watch what runs, and
 * nothing else: no secret, no configuration, no change. A second account may ask whose a token is;
 * its own token is what the server shows to this cluster.
 */
export function buildWatcherManifests(options: WatcherManifestOptions): readonly object[] {
  const { namespace, authorities } = options;
  const named = { name: WATCHER_NAME, namespace, labels: LABELS };
  const account = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...named, name },
    automountServiceAccountToken: false,
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: {
          'app.kubernetes.io/name': APP_NAME,
          'pod-security.kubernetes.io/enforce': 'restricted',
        },
      },
    },
    account(WATCHER_NAME),
    ...buildRights(namespace, WATCHER_NAME, WATCHER_RULES),
    account(REVIEWER_NAME),
    ...buildRights(namespace, REVIEWER_NAME, [
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    ]),
    ...(authorities === null
      ? []
      : [
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: named, data: { 'ca.crt': authorities } },
        ]),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named,
      spec: {
        // Two of them would tell the same twice, each with its own changes.
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: buildPodSpec(options) },
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: named,
      // Nobody has a reason to connect to it.
      spec: { podSelector: { matchLabels: LABELS }, policyTypes: ['Ingress'], ingress: [] },
    },
  ];
}

const READING = ['list', 'watch'];
const WATCHER_RULES = [
  { apiGroups: [''], resources: ['pods', 'nodes'], verbs: READING },
  {
    apiGroups: ['apps'],
    resources: ['replicasets', 'deployments', 'statefulsets', 'daemonsets'],
    verbs: READING,
  },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: READING },
  // Its uid says which cluster this is.
  {
    apiGroups: [''],
    resources: ['namespaces'],
    resourceNames: ['kube-system'],
    verbs: ['get'],
  },
];

function buildRights(namespace: string, name: string, rules: readonly object[]) {
  const metadata = { name: `${namespace}-${name}`, labels: LABELS };
  const group = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

function buildPodSpec({ image, cluster, server, authorities, audience }: WatcherManifestOptions) {
  const sources = [
    { serviceAccountToken: { audience, expirationSeconds: 3_600, path: 'token' } },
    ...(authorities === null ? [] : [{ configMap: { name: WATCHER_NAME } }]),
  ];
  return {
    serviceAccountName: WATCHER_NAME,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: WATCHER_NAME,
        image,
        args: [
          ...['watch', '--follow', `--cluster=${cluster}`, `--server=${server}`],
          `--token-file=${SERVER}/token`,
          ...(authorities === null ? [] : [`--server-ca=${SERVER}/ca.crt`]),
        ],
        env: [{ name: 'WAYBILL_HOME', value: DATA }],
        // Not measured yet: 300 MB is what bench/watch.bench.ts allows for 10,000 pods.
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '384Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'server', mountPath: SERVER, readOnly: true },
          { name: 'data', mountPath: DATA },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'server', projected: { sources, defaultMode: 0o440 } },
      // What waits for a server that is away; it is there again when the container restarts.
      { name: 'data', emptyDir: { sizeLimit: '512Mi' } },
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    ],
  };
}

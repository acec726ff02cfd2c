import { isUtf8 } from 'node:buffer';
import { setOwn } from '../../../core/own.ts';
import { APP_NAME } from './webhook.ts';

/** One file of the server's settings: its place below the folder, and its content. */
export interface SettingsFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface ServerManifestOptions {
  readonly image: string;
  readonly namespace: string;
  /** The cluster that the server decides for. */
  readonly cluster: string;
  /**
   * `policy.yaml`, `trust.yaml` and the files of `notation/`; they are public, so they are in a
   * ConfigMap.
   */
  readonly settings: readonly SettingsFile[];
  readonly storage: string;
  /** Address ranges of the API servers, as CIDR; empty: every address may ask. */
  readonly apiServers: readonly string[];
  /** Namespaces whose pods send evidence, events or questions. */
  readonly clients: readonly string[];
  /**
   * How often the server updates its advisories, where from, and how old they may be while it is
   * ready; null: never, OSV, and any age.
   */
  readonly updates?: {
    readonly every: string | null;
    readonly from: string | null;
    readonly ageMax: string | null;
  };
}

const SETTINGS = '/etc/waybill/settings';
const CREDENTIALS = '/etc/waybill/registry';
const DATA = '/var/lib/waybill';
const PORT = 8443;
const LABELS = { 'app.kubernetes.io/name': APP_NAME };

/**
 * The objects that run `waybill serve` in a cluster: everything but the webhook configuration and
 * the two Secrets that it names.
 */
export function buildServerManifests(options: ServerManifestOptions): readonly object[] {
  const { namespace } = options;
  const named = { name: APP_NAME, namespace, labels: LABELS };
  const { content, items } = buildSettings(options.settings);
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: { ...LABELS, 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: named,
      automountServiceAccountToken: false,
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: named, ...content },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: named,
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: options.storage } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: named,
      spec: { selector: LABELS, ports: [{ name: 'https', port: 443, targetPort: 'https' }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named,
      spec: buildDeploymentSpec(options, items),
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: named,
      spec: buildNetworkPolicySpec(options),
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: named,
      spec: DISRUPTION,
    },
  ];
}

/**
 * At most one replica is away because somebody drains nodes. With `minAvailable: 1` the node of a
 * single replica could never be drained. A replica that is not ready helps nobody.
 */
const DISRUPTION = {
  maxUnavailable: 1,
  unhealthyPodEvictionPolicy: 'AlwaysAllow',
  selector: { matchLabels: LABELS },
};

/** Replicas lie in other zones and on other nodes, where there are some; a lone one anywhere. */
const SPREAD = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: LABELS },
}));

const ANY_ADDRESS = ['0.0.0.0/0', '::/0'];

/**
 * Who may connect: the API servers, by address (they are no pods), what tunnels for them in
 * `kube-system`, the own namespace and the clients. `/admit` takes no token.
 */
function buildNetworkPolicySpec({ namespace, apiServers, clients }: ServerManifestOptions): object {
  const values = [...new Set(['kube-system', namespace, ...clients])];
  const matchExpressions = [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }];
  const addresses = apiServers.length === 0 ? ANY_ADDRESS : apiServers;
  return {
    podSelector: { matchLabels: LABELS },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          ...addresses.map((cidr) => ({ ipBlock: { cidr } })),
          { namespaceSelector: { matchExpressions } },
        ],
        ports: [{ protocol: 'TCP', port: 'https' }],
      },
    ],
  };
}

/**
 * Names in a ConfigMap have no folders; its volume puts each file back in its place. Text stays
 * readable.
 */
function buildSettings(settings: readonly SettingsFile[]) {
  const [data, binaryData]: [Record<string, string>, Record<string, string>] = [{}, {}];
  const items = settings.map(({ path, bytes }, index) => {
    const flat = path.replaceAll(/[^A-Za-z0-9._-]/g, '.').slice(-200);
    const key = [data, binaryData].some((held) => Object.hasOwn(held, flat))
      ? `${index}.${flat}`
      : flat;
    if (isUtf8(bytes)) setOwn(data, key, Buffer.from(bytes).toString('utf8'));
    else setOwn(binaryData, key, Buffer.from(bytes).toString('base64'));
    return { key, path };
  });
  return {
    content: { data, ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}) },
    items,
  };
}

/** Said to anyone who asks for more. */
export const WHY_ONE_REPLICA =
  'replicas must be 1: the log of this server is a SQLite file with one writer, and each server ' +
  'judges a change of scale by the reviews that it saw itself';

/**
 * One replica, because the evidence log has one writer. The old one ends before the new one starts.
 */
function buildDeploymentSpec(options: ServerManifestOptions, items: readonly object[]): object {
  return {
    replicas: 1,
    strategy: { type: 'Recreate' },
    selector: { matchLabels: LABELS },
    template: {
      metadata: { labels: LABELS },
      spec: {
        serviceAccountName: APP_NAME,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        topologySpreadConstraints: SPREAD,
        // Decisions that wait are stored before the process ends.
        terminationGracePeriodSeconds: 120,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65_532,
          runAsGroup: 65_532,
          fsGroup: 65_532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [buildContainer(options)],
        volumes: [
          { name: 'settings', configMap: { name: APP_NAME, items } },
          { name: 'tls', secret: { secretName: 'waybill-tls', defaultMode: 0o440 } },
          { name: 'token', secret: { secretName: 'waybill-token', defaultMode: 0o440 } },
          // For registries that require credentials to pull. Its type is
          // kubernetes.io/dockerconfigjson, and it is mounted only if it exists.
          {
            name: 'registry',
            secret: {
              secretName: 'waybill-registry',
              optional: true,
              defaultMode: 0o440,
              items: [{ key: '.dockerconfigjson', path: 'config.json' }],
            },
          },
          { name: 'data', persistentVolumeClaim: { claimName: APP_NAME } },
          { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
        ],
      },
    },
  };
}

/**
 * For malloc of glibc: what is freed goes back to the system. By itself it keeps the space of large
 * documents, once in each of many arenas.
 */
const ALLOCATOR = [
  { name: 'MALLOC_ARENA_MAX', value: '2' },
  { name: 'MALLOC_MMAP_THRESHOLD_', value: '262144' },
  { name: 'MALLOC_TRIM_THRESHOLD_', value: '262144' },
] as const;

function buildContainer({ image, cluster, updates }: ServerManifestOptions): object {
  const probe = (path: string) => ({
    httpGet: { path, port: 'https', scheme: 'HTTPS' },
    timeoutSeconds: 5,
  });
  return {
    name: APP_NAME,
    image,
    args: [...buildArguments(cluster), ...listUpdateArguments(updates)],
    env: [
      { name: 'WAYBILL_HOME', value: DATA },
      { name: 'DOCKER_CONFIG', value: CREDENTIALS },
      ...ALLOCATOR,
    ],
    ports: [{ name: 'https', containerPort: PORT }],
    startupProbe: { ...probe('/healthz'), periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: { ...probe('/healthz'), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
    // The server, its threads for large documents and its database (test/long/soak measures it).
    resources: { requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      // mutant server-read-only-files: value -> false
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'settings', mountPath: SETTINGS, readOnly: true },
      { name: 'tls', mountPath: '/etc/waybill/tls', readOnly: true },
      { name: 'token', mountPath: '/etc/waybill/token', readOnly: true },
      { name: 'registry', mountPath: CREDENTIALS, readOnly: true },
      { name: 'data', mountPath: DATA },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function listUpdateArguments(updates: ServerManifestOptions['updates']): readonly string[] {
  const { every = null, from = null, ageMax = null } = updates ?? {};
  return [
    ...(every === null ? [] : [`--update-interval=${every}`]),
    ...(from === null ? [] : [`--update-from=${from}`]),
    ...(ageMax === null ? [] : [`--advisory-age-max=${ageMax}`]),
  ];
}

function buildArguments(cluster: string): readonly string[] {
  return [
    'serve',
    `--listen=0.0.0.0:${PORT}`,
    '--tls-cert=/etc/waybill/tls/tls.crt',
    '--tls-key=/etc/waybill/tls/tls.key',
    '--token-file=/etc/waybill/token/token',
    `--cluster=${cluster}`,
    `--policy=${SETTINGS}/policy.yaml`,
    `--trust=${SETTINGS}/trust.yaml`,
    `--notation=${SETTINGS}/notation`,
  ];
}

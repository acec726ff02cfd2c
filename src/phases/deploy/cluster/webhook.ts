/** How the API server is configured to ask. */
export interface WebhookOptions {
  /**
   * Waybill's own namespace. The server may run in it, or outside the cluster; it is exempt in both
   * cases.
   */
  readonly namespace: string;
  /** The URL of a server outside the cluster; null for the Service of `buildServerManifests`. */
  readonly url: string | null;
  /** PEM: certificate authorities, one of which issued the server's certificate. */
  readonly authorities: string;
  /** Namespaces that are exempt, besides Waybill's own and those of the system. */
  readonly exempt: readonly string[];
  readonly timeoutSeconds: number;
}

export const WEBHOOK_NAME = 'admission.waybill.dev';
/** The name of the configuration, of the Service and of the Deployment behind it. */
export const APP_NAME = 'waybill';

/** Namespaces of the system: without them no cluster starts. */
export const EXEMPT_ALWAYS = ['kube-system'];

/** The kinds that run containers, as an object names them. */
export const WORKLOAD_KINDS: readonly { readonly group: string; readonly kind: string }[] = [
  ...['Pod', 'PodTemplate', 'ReplicationController'].map((kind) => ({ group: '', kind })),
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => ({
    group: 'apps',
    kind,
  })),
  ...['Job', 'CronJob'].map((kind) => ({ group: 'batch', kind })),
];

/** The resources that run containers, by group: each creation and change of one is asked about. */
const RULES = [
  buildRule('', ['pods', 'podtemplates', 'replicationcontrollers'], ['CREATE', 'UPDATE']),
  // mutant webhook-ephemeral-containers: remove
  buildRule('', ['pods/ephemeralcontainers'], ['UPDATE']),
  buildRule(
    'apps',
    ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
    ['CREATE', 'UPDATE'],
  ),
  // A Scale names no image: the server judges those that it saw of the workload.
  // mutant webhook-scale: remove
  buildRule('', ['replicationcontrollers/scale'], ['UPDATE']),
  // mutant webhook-scale-of-apps: remove
  buildRule('apps', ['deployments/scale', 'statefulsets/scale', 'replicasets/scale'], ['UPDATE']),
  buildRule('batch', ['jobs', 'cronjobs'], ['CREATE', 'UPDATE']),
];

/**
 * AKS adds selectors to every webhook. They exempt a namespace by a label such as `control-plane:
 * "true"`, which a tenant could set on their own namespace (G41). This annotation turns that off.
 */
const AS_IT_IS = { 'admissions.enforcer/disabled': 'true' };

function buildRule(group: string, resources: readonly string[], operations: readonly string[]) {
  return { apiGroups: [group], apiVersions: ['v1'], operations, resources, scope: 'Namespaced' };
}

/**
 * The ValidatingWebhookConfiguration. It fails closed. Namespaces are exempt by the label that the
 * API server itself sets to their name, never by a label that a user who may edit a namespace could
 * add (G41).
 */
export function buildWebhookManifest(options: WebhookOptions): object {
  const { namespace, url, authorities, exempt, timeoutSeconds } = options;
  const service = { namespace, name: APP_NAME, path: '/admit', port: 443 };
  const values = [...new Set([...EXEMPT_ALWAYS, namespace, ...exempt])];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    // mutant exemption-by-aks-label: remove member 4
    metadata: { name: APP_NAME, labels: { 'app.kubernetes.io/name': APP_NAME, ...AS_IT_IS } },
    webhooks: [
      {
        name: WEBHOOK_NAME,
        clientConfig: {
          ...(url === null ? { service } : { url }),
          caBundle: Buffer.from(authorities).toString('base64'),
        },
        rules: RULES,
        // mutant exemption-by-tenant-label: literal -> 'waybill.dev/name'
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }],
        },
        // mutant webhook-fails-closed: value -> 'Ignore'
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        // A decision is recorded in the evidence log; a decision about a dry run is not (G40).
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds,
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

/**
 * The MutatingWebhookConfiguration that turns tags into digests. It may fail: the validating one
 * decides about whatever is left, and it never admits by failing. It is asked again when another
 * webhook changed the object.
 */
export function buildPinningManifest(options: WebhookOptions): object {
  const { namespace, url, authorities, exempt, timeoutSeconds } = options;
  const service = { namespace, name: APP_NAME, path: '/mutate', port: 443 };
  const values = [...new Set([...EXEMPT_ALWAYS, namespace, ...exempt])];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: APP_NAME, labels: { 'app.kubernetes.io/name': APP_NAME, ...AS_IT_IS } },
    webhooks: [
      {
        name: PINNING_NAME,
        clientConfig: {
          ...(url === null ? { service } : { url }),
          caBundle: Buffer.from(authorities).toString('base64'),
        },
        rules: RULES.filter(({ resources }) => resources.every((one) => !one.endsWith('/scale'))),
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }],
        },
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        timeoutSeconds,
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

const PINNING_NAME = 'pinning.waybill.dev';

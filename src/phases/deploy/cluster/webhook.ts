/** How the API server is told to ask. */
export interface WebhookOptions {
  /** Waybill's own namespace, in the same cluster or only exempt. */
  readonly namespace: string;
  /** Where a server outside the cluster answers; null for the Service of `buildServerManifests`. */
  readonly url: string | null;
  /** PEM: the authorities of which one vouches for the server's certificate. */
  readonly authorities: string;
  /** Namespaces beside Waybill's own and the system's that are not decided about. */
  readonly exempt: readonly string[];
  readonly timeoutSeconds: number;
}

export const WEBHOOK_NAME = 'admission.waybill.dev';
/** The name of the configuration, of the Service and of what runs behind it. */
export const APP_NAME = 'waybill';

/** What runs something, by group: each creation and change of it is asked about. */
const RULES = [
  buildRule('', ['pods', 'podtemplates', 'replicationcontrollers'], ['CREATE', 'UPDATE']),
  // mutant webhook-ephemeral-containers: remove
  buildRule('', ['pods/ephemeralcontainers'], ['UPDATE']),
  buildRule(
    'apps',
    ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
    ['CREATE', 'UPDATE'],
  ),
  buildRule('batch', ['jobs', 'cronjobs'], ['CREATE', 'UPDATE']),
];

/**
 * AKS adds selectors to every webhook that exempt a namespace by a label, such as `control-plane:
 * "true"`, which a tenant could set on his own (G41). This asks it to leave ours as it is.
 */
const AS_IT_IS = { 'admissions.enforcer/disabled': 'true' };

function buildRule(
  group: string,
  resources: readonly string[],
  operations: readonly string[],
): object {
  return { apiGroups: [group], apiVersions: ['v1'], operations, resources, scope: 'Namespaced' };
}

/**
 * The ValidatingWebhookConfiguration. It fails closed. Namespaces are exempt by the label that the
 * API server itself sets to their name, never by one that who may edit a namespace could add (G41).
 */
export function buildWebhookManifest(options: WebhookOptions): object {
  const { namespace, url, authorities, exempt, timeoutSeconds } = options;
  const service = { namespace, name: APP_NAME, path: '/admit', port: 443 };
  const values = [...new Set(['kube-system', namespace, ...exempt])];
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
        // A decision is recorded in the evidence log, that about a dry run is not (G40).
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds,
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

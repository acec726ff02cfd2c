import { describe, expect, it } from 'vitest';
import { buildGatekeeperManifests } from './gatekeeper.ts';
import { buildServerManifests } from './server.ts';
import { buildWebhookManifest } from './webhook.ts';

const OPTIONS = {
  namespace: 'waybill',
  url: null,
  authorities: 'PEM',
  exempt: [],
  timeoutSeconds: 10,
};
interface Webhook {
  readonly clientConfig: object;
  readonly failurePolicy: string;
  readonly sideEffects: string;
  readonly rules: readonly {
    readonly resources: readonly string[];
    readonly operations: readonly string[];
  }[];
  readonly namespaceSelector: {
    readonly matchExpressions: readonly {
      readonly key: string;
      readonly values: readonly string[];
    }[];
  };
}
const webhook = (more: object = {}) =>
  (buildWebhookManifest({ ...OPTIONS, ...more }) as { webhooks: [Webhook] }).webhooks[0];

const manifests = (
  settings: Parameters<typeof buildServerManifests>[0]['settings'] = [],
  more: object = {},
) =>
  buildServerManifests({
    image: 'registry.example.com/w@sha256:0',
    namespace: 'guard',
    cluster: 'eu-1',
    settings,
    storage: '1Gi',
    apiServers: [],
    clients: [],
    ...more,
  });

describe('the webhook configuration', () => {
  it('G47: fails closed, and asks about every kind that creates pods', () => {
    const { failurePolicy, rules } = webhook();
    expect(failurePolicy).toBe('Fail');
    const asked = rules.flatMap(({ resources, operations }) =>
      resources.map((one) => `${one} ${operations.join()}`),
    );
    expect(asked.sort()).toEqual([
      'cronjobs CREATE,UPDATE',
      'daemonsets CREATE,UPDATE',
      'deployments CREATE,UPDATE',
      'deployments/scale UPDATE',
      'jobs CREATE,UPDATE',
      'pods CREATE,UPDATE',
      'pods/ephemeralcontainers UPDATE',
      'podtemplates CREATE,UPDATE',
      'replicasets CREATE,UPDATE',
      'replicasets/scale UPDATE',
      'replicationcontrollers CREATE,UPDATE',
      'replicationcontrollers/scale UPDATE',
      'statefulsets CREATE,UPDATE',
      'statefulsets/scale UPDATE',
    ]);
  });

  it('G41: exempts the system and itself, by labels that only the API server sets', () => {
    const { matchExpressions } = webhook({ exempt: ['legacy', 'kube-system'] }).namespaceSelector;
    const values = ['kube-system', 'waybill', 'legacy'];
    expect(matchExpressions).toEqual([
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values },
    ]);
  });

  it('G41: asks AKS not to exempt namespaces by its own labels', () => {
    expect(buildWebhookManifest(OPTIONS)).toMatchObject({
      metadata: { labels: { 'admissions.enforcer/disabled': 'true' } },
    });
  });

  it('attack G40: declares that only a dry run has no side effects', () => {
    expect(webhook().sideEffects).toBe('NoneOnDryRun');
  });

  it('names a Service inside the cluster, or the URL of a server outside', () => {
    expect(webhook().clientConfig).toMatchObject({
      service: { namespace: 'waybill', name: 'waybill', path: '/admit' },
    });
    const url = 'https://waybill.example.com/admit';
    expect(webhook({ url }).clientConfig).toEqual({
      url,
      caBundle: Buffer.from('PEM').toString('base64'),
    });
  });
});

const findKind = (sought: string) =>
  manifests().find((one) => (one as { kind: string }).kind === sought);

describe('the manifests of the server', () => {
  it('give it no root, no capability, no cluster token and no writable file but its volume', () => {
    const { spec } = findKind('Deployment') as {
      spec: { replicas: number; template: { spec: Record<string, unknown> } };
    };
    expect(spec.replicas).toBe(1);
    expect(spec.template.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          image: 'registry.example.com/w@sha256:0',
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          readinessProbe: { httpGet: { path: '/readyz', scheme: 'HTTPS' } },
          livenessProbe: { httpGet: { path: '/healthz', scheme: 'HTTPS' } },
        },
      ],
    });
  });

  it('truth B5: let only API servers, the own namespace and named clients connect', () => {
    const findPolicy = (more: object) =>
      manifests([], more).find((one) => (one as { kind: string }).kind === 'NetworkPolicy');
    const named = findPolicy({ apiServers: ['10.0.0.1/32'], clients: ['falco'] });
    const values = ['kube-system', 'guard', 'falco'];
    const expression = { key: 'kubernetes.io/metadata.name', operator: 'In', values };
    expect(named).toMatchObject({
      metadata: { namespace: 'guard' },
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'waybill' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [
              { ipBlock: { cidr: '10.0.0.1/32' } },
              { namespaceSelector: { matchExpressions: [expression] } },
            ],
            ports: [{ protocol: 'TCP', port: 'https' }],
          },
        ],
      },
    });
    expect(JSON.stringify(findPolicy({}))).toContain('"0.0.0.0/0"');
  });

  it('let nodes be drained, one replica at a time, also where there is one alone', () => {
    const { spec } = findKind('PodDisruptionBudget') as { spec: object };
    const matchLabels = { 'app.kubernetes.io/name': 'waybill' };
    expect(spec).toEqual({
      ...{ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      selector: { matchLabels },
    });
    const spread = {
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels },
    };
    const topologySpreadConstraints = [
      { ...spread, topologyKey: 'topology.kubernetes.io/zone' },
      { ...spread, topologyKey: 'kubernetes.io/hostname' },
    ];
    expect(findKind('Deployment')).toMatchObject({
      spec: { template: { spec: { topologySpreadConstraints } } },
    });
  });

  it('contain no secret', () => {
    expect(manifests().map((one) => (one as { kind: string }).kind)).not.toContain('Secret');
  });

  it('put each file in its place again, also binary files and names that collide', () => {
    const bytes = Uint8Array.of(0xff, 0xfe);
    const text = new TextEncoder().encode('mode: enforce\n');
    const files = [
      { path: 'policy.yaml', bytes: text },
      { path: 'notation/a/b.crt', bytes },
      { path: 'notation/a b.crt', bytes: text },
      { path: 'notation/a.b.crt', bytes },
    ];
    const [, , map, , , deployment] = manifests(files) as [
      unknown,
      unknown,
      { data: object; binaryData: object },
      unknown,
      unknown,
      {
        spec: {
          template: {
            spec: {
              volumes: readonly {
                configMap?: { items: readonly { key: string; path: string }[] };
              }[];
            };
          };
        };
      },
    ];
    const items = deployment.spec.template.spec.volumes[0]?.configMap?.items ?? [];
    expect(items.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
    expect(new Set(items.map(({ key }) => key)).size).toBe(4);
    expect(Object.keys({ ...map.data, ...map.binaryData }).sort()).toEqual(
      items.map(({ key }) => key).sort(),
    );
    expect(map.data).toMatchObject({ 'policy.yaml': 'mode: enforce\n' });
    expect(map.binaryData).toMatchObject({ 'notation.a.b.crt': '//4=' });
  });
});

describe('what Gatekeeper gets', () => {
  const build = (more: object = {}) =>
    buildGatekeeperManifests({ ...OPTIONS, timeoutSeconds: 2, action: 'deny', ...more });

  it('I14 I15: a provider over TLS with a time-out, and a constraint for what runs', () => {
    const [provider, template, constraint] = build();
    expect(provider).toMatchObject({
      spec: {
        url: 'https://waybill.waybill.svc:443/gatekeeper/verify?timeout=2s',
        timeout: 2,
        caBundle: Buffer.from('PEM').toString('base64'),
      },
    });
    expect(template).toMatchObject({ metadata: { name: 'waybilladmission' } });
    expect(constraint).toMatchObject({
      kind: 'WaybillAdmission',
      spec: {
        enforcementAction: 'deny',
        match: {
          kinds: [
            { apiGroups: [''], kinds: ['Pod', 'PodTemplate', 'ReplicationController'] },
            {
              apiGroups: ['apps'],
              kinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
            },
            { apiGroups: ['batch'], kinds: ['Job', 'CronJob'] },
          ],
          excludedNamespaces: ['kube-system', 'gatekeeper-system', 'waybill'],
        },
      },
    });
  });

  it('another address, time and action, and further namespaces that are exempt', () => {
    const url = 'https://waybill.example.com:8443/gatekeeper/verify';
    const [provider, , constraint] = build({ url, exempt: ['legacy'], action: 'dryrun' });
    expect(provider).toMatchObject({ spec: { url: `${url}?timeout=2s` } });
    expect(constraint).toMatchObject({
      spec: {
        enforcementAction: 'dryrun',
        match: { excludedNamespaces: expect.arrayContaining(['legacy']) },
      },
    });
  });
});

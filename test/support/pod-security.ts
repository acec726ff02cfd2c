import fc from 'fast-check';

/** One pod, and whether the restricted Pod Security Standard of Kubernetes 1.36 admits it. */
export interface SecurityCase {
  readonly name: string;
  readonly admitted: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

const OWN = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const POD = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

interface Change {
  readonly own?: object;
  readonly pod?: object;
  readonly container?: object;
  readonly spec?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A pod that the standard admits, with one change. */
function makeSpec({ own = {}, pod = {}, container = {}, spec = {} }: Change) {
  const app = { name: 'app', image: 'registry.example.com/app:1', ...container };
  const containers = [{ ...app, securityContext: { ...OWN, ...own } }];
  return { containers, securityContext: { ...POD, ...pod }, ...spec };
}

const withoutPod = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, undefined]));
const volume = (source: object) => ({ spec: { volumes: [{ name: 'v', ...source }] } });
const probe = (host: string) => ({ httpGet: { path: '/', port: 80, ...(host ? { host } : {}) } });
const sibling = (own: object) => ({
  spec: {
    initContainers: [
      { name: 'init', image: 'registry.example.com/i:1', securityContext: { ...OWN, ...own } },
    ],
  },
});

const ADMITTED: readonly Change[] = [
  {},
  { own: { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } },
  { own: { capabilities: { drop: ['NET_RAW', 'ALL'] } } },
  { pod: withoutPod('runAsNonRoot'), own: { runAsNonRoot: true } },
  { pod: withoutPod('seccompProfile'), own: { seccompProfile: { type: 'RuntimeDefault' } } },
  { pod: { seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } } },
  { own: { runAsUser: 1_000 } },
  { own: { procMount: 'Default' } },
  { own: { privileged: false, readOnlyRootFilesystem: false } },
  // In a user namespace, root is nobody outside.
  { spec: { hostUsers: false }, pod: { runAsNonRoot: false } },
  { spec: { hostUsers: false }, pod: withoutPod('runAsNonRoot') },
  { spec: { hostUsers: false }, own: { runAsUser: 0 }, pod: withoutPod('runAsNonRoot') },
  ...['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'].map((type) => ({
    pod: { seLinuxOptions: { type, level: 's0' } },
  })),
  ...['kernel.shm_rmid_forced', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_keepalive_probes'].map(
    (name) => ({ pod: { sysctls: [{ name, value: '1' }] } }),
  ),
  { pod: { appArmorProfile: { type: 'RuntimeDefault' } } },
  { own: { appArmorProfile: { type: 'Localhost', localhostProfile: 'a' } } },
  { container: { ports: [{ containerPort: 80 }] } },
  { container: { livenessProbe: probe('') } },
  ...[
    { emptyDir: {} },
    { configMap: { name: 'a' } },
    { secret: { secretName: 'a' } },
    { persistentVolumeClaim: { claimName: 'a' } },
    { projected: { sources: [] } },
    { downwardAPI: { items: [] } },
    { csi: { driver: 'a.example.com' } },
    { image: { reference: 'registry.example.com/m:1' } },
  ].map(volume),
  sibling({}),
];

const REFUSED: readonly Change[] = [
  { own: { capabilities: undefined } },
  { own: { capabilities: { drop: ['NET_RAW'] } } },
  { own: { capabilities: { drop: ['all'] } } },
  { own: { capabilities: { drop: ['ALL'], add: ['CHOWN'] } } },
  { own: { capabilities: { drop: ['ALL'], add: ['CAP_NET_BIND_SERVICE'] } } },
  { own: { allowPrivilegeEscalation: undefined } },
  { own: { allowPrivilegeEscalation: true } },
  { own: { privileged: true, allowPrivilegeEscalation: true } },
  { pod: withoutPod('seccompProfile') },
  { pod: { seccompProfile: { type: 'Unconfined' } } },
  { own: { seccompProfile: { type: 'Unconfined' } } },
  {
    pod: { seccompProfile: { type: 'Unconfined' } },
    own: { seccompProfile: { type: 'RuntimeDefault' } },
  },
  { pod: withoutPod('runAsNonRoot') },
  { pod: { runAsNonRoot: undefined, runAsUser: 1_000 } },
  { pod: { runAsNonRoot: false }, own: { runAsNonRoot: true } },
  { own: { runAsNonRoot: false } },
  { own: { runAsUser: 0 } },
  { pod: { runAsUser: 0 }, own: { runAsUser: 1_000 } },
  { own: { procMount: 'Unmasked' }, spec: { hostUsers: false } },
  { spec: { hostUsers: true }, pod: withoutPod('runAsNonRoot') },
  { spec: { hostUsers: false }, own: { capabilities: undefined } },
  { pod: { seLinuxOptions: { type: 'spc_t' } } },
  { own: { seLinuxOptions: { user: 'system_u' } } },
  { own: { seLinuxOptions: { role: 'system_r' } } },
  ...['kernel.msgmax', 'net.core.somaxconn', 'net.ipv4.tcp_fastopen'].map((name) => ({
    pod: { sysctls: [{ name, value: '1' }] },
  })),
  { pod: { appArmorProfile: { type: 'Unconfined' } } },
  { own: { appArmorProfile: { type: 'Unconfined' } } },
  { annotations: { 'container.apparmor.security.beta.kubernetes.io/app': 'unconfined' } },
  { container: { ports: [{ containerPort: 80, hostPort: 80 }] } },
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((name) => ({
    container: { [name]: probe('10.0.0.1') },
  })),
  { container: { lifecycle: { preStop: probe('metadata.example.com') } } },
  ...['hostPID', 'hostIPC', 'hostNetwork'].map((name) => ({ spec: { [name]: true } })),
  ...[
    { hostPath: { path: '/var/run' } },
    { nfs: { server: 'a.example.com', path: '/' } },
    { iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2026-01.example:a', lun: 0 } },
    { rbd: { monitors: ['a'], image: 'a' } },
  ].map(volume),
  sibling({ privileged: true, allowPrivilegeEscalation: true }),
  sibling({ capabilities: {} }),
];

/** Every case once, with a name for a pod. */
export function listSecurityCases(): readonly SecurityCase[] {
  const toCase = (change: Change, admitted: boolean, at: number): SecurityCase => ({
    name: `${admitted ? 'admitted' : 'refused'}-${at}`,
    admitted,
    annotations: change.annotations ?? {},
    // As JSON, which has no undefined members.
    spec: JSON.parse(JSON.stringify(makeSpec(change))),
  });
  return [
    ...ADMITTED.map((change, at) => toCase(change, true, at)),
    ...REFUSED.map((change, at) => toCase(change, false, at)),
  ];
}

/** Pods with several changes each: only the API server says whether it admits them. */
export function listMixedPods(
  runs: number,
): readonly Pick<SecurityCase, 'name' | 'annotations' | 'spec'>[] {
  const changes = fc.array(fc.constantFrom(...ADMITTED, ...REFUSED, ...OTHERS), {
    minLength: 1,
    maxLength: 4,
  });
  return fc.sample(changes, { seed: 9, numRuns: runs }).map((some, at) => {
    const change = some.reduce(mergeChanges, {});
    return {
      name: `mixed-${at}`,
      annotations: change.annotations ?? {},
      spec: JSON.parse(JSON.stringify(makeSpec(change))) as Record<string, unknown>,
    };
  });
}

function mergeChanges(one: Change, other: Change): Change {
  const both = (name: 'own' | 'pod' | 'container' | 'spec') => ({ ...one[name], ...other[name] });
  return {
    ...{ own: both('own'), pod: both('pod'), container: both('container'), spec: both('spec') },
    annotations: { ...one.annotations, ...other.annotations },
  };
}

const APPARMOR = 'container.apparmor.security.beta.kubernetes.io';
const OTHERS: readonly Change[] = [
  { pod: { fsGroup: 0, runAsGroup: 0, supplementalGroups: [0] } },
  { own: { runAsGroup: 0 } },
  { own: { runAsUser: 0 }, pod: { runAsUser: 1_000 } },
  { pod: { runAsNonRoot: null, runAsUser: null } },
  { own: { runAsNonRoot: null } },
  { own: { seccompProfile: null, capabilities: { drop: ['ALL'], add: [] } } },
  { own: { capabilities: { drop: ['ALL', 'ALL'], add: ['NET_BIND_SERVICE', 'SYS_TIME'] } } },
  { own: { capabilities: { drop: [], add: ['ALL'] } } },
  { own: { capabilities: null } },
  { pod: { seLinuxOptions: { type: '', level: 's0:c1' } } },
  { own: { seLinuxOptions: { type: 'container_t', user: '' } } },
  { own: { seLinuxOptions: { type: 'CONTAINER_T' } } },
  { pod: { sysctls: [] } },
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_reserved_ports', 'net/ipv4/tcp_syncookies']
    .concat(['net.ipv4.tcp_wmem', 'kernel.sem', 'net.ipv4.conf.all.forwarding'])
    .map((name) => ({ pod: { sysctls: [{ name, value: '1' }] } })),
  { pod: { appArmorProfile: null } },
  { annotations: { [`${APPARMOR}/app`]: 'runtime/default' } },
  { annotations: { [`${APPARMOR}/app`]: 'localhost/a' } },
  { annotations: { [`${APPARMOR}/nobody`]: 'unconfined' } },
  { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } },
  { container: { ports: [{ containerPort: 80, hostPort: 0 }] } },
  { container: { ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 81 }] } },
  { container: { ports: [{ containerPort: 80, hostIP: '10.0.0.1' }] } },
  { container: { livenessProbe: { tcpSocket: { port: 80, host: 'example.com' } } } },
  { container: { readinessProbe: { grpc: { port: 80 } } } },
  { container: { lifecycle: { postStart: { sleep: { seconds: 1 } } } } },
  { spec: { hostUsers: false, hostNetwork: false, shareProcessNamespace: true } },
  { spec: { hostUsers: null } },
  { spec: { hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }] } },
  { spec: { os: { name: 'linux' } } },
  { spec: { volumes: [{ name: 'v' }, { name: 'w', emptyDir: { medium: 'Memory' } }] } },
  volume({ ephemeral: { volumeClaimTemplate: { spec: makeClaim() } } }),
  volume({ gitRepo: { repository: 'https://example.com/a.git' } }),
  sibling({ runAsNonRoot: false }),
  sibling({ seccompProfile: { type: 'Unconfined' } }),
  sibling({ procMount: 'Unmasked' }),
];

function makeClaim() {
  return { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
}

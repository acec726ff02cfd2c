import type { JsonObject, JsonValue } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import { readObject, readObjects, readText } from './cluster-list.ts';

/** Volumes that the standard allows; every other kind is refused, also one of a later version. */
const VOLUMES = new Set([
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral'],
  ...['image', 'persistentVolumeClaim', 'projected', 'secret'],
]);
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  ...['ip_local_port_range', 'tcp_syncookies', 'ping_group_range', 'ip_unprivileged_port_start']
    .concat(['ip_local_reserved_ports', 'tcp_keepalive_time', 'tcp_fin_timeout'])
    .concat(['tcp_keepalive_intvl', 'tcp_keepalive_probes', 'tcp_rmem', 'tcp_wmem'])
    .map((name) => `net.ipv4.${name}`),
]);
const SELINUX_TYPES = new Set([
  ...['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'],
]);
const PROFILES = new Set(['RuntimeDefault', 'Localhost']);
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const SETTINGS_MAX = 100;

/**
 * The settings of a container, and of its pod, for which the restricted Pod Security Standard of
 * Kubernetes 1.36 refuses the pod, each in the words of the specification. A pod whose containers
 * all have an empty list is admitted under the standard. A missing setting counts as the default of
 * Kubernetes, which is the unsafe one.
 */
export function listSettings(
  spec: JsonObject,
  container: JsonObject,
  annotations: JsonObject = {},
): readonly string[] {
  const pod = readObject(spec['securityContext']);
  const own = readObject(container['securityContext']);
  const settings = [
    ...(own['privileged'] === true ? ['privileged: true'] : []),
    ...['hostPID', 'hostIPC', 'hostNetwork'].flatMap((name) =>
      getOwn(spec, name) === true ? [`${name}: true`] : [],
    ),
    ...listUserSettings(spec, own, pod),
    ...(isWindows(spec) ? [] : listLinuxSettings(own, pod)),
    ...[own, pod].flatMap(listForbiddenOptions),
    ...listSysctls(pod),
    ...listAppArmorAnnotations(annotations),
    ...listHostPorts(container),
    ...listHosts(container),
    ...listVolumes(spec, container),
  ];
  return [...new Set(settings)].slice(0, SETTINGS_MAX);
}

function isWindows(spec: JsonObject): boolean {
  return readObject(spec['os'])['name'] === 'windows';
}

/** In a user namespace (`hostUsers: false`), root in the container is nobody on the node. */
function listUserSettings(spec: JsonObject, own: JsonObject, pod: JsonObject): readonly string[] {
  // mutant settings-user-namespace by pod-settings: remove
  if (spec['hostUsers'] === false) return [];
  const isRoot = own['runAsUser'] === 0 || pod['runAsUser'] === 0;
  const saysRoot = own['runAsNonRoot'] === false || pod['runAsNonRoot'] === false;
  // A user other than root is not enough: runAsNonRoot itself must be set.
  // mutant settings-non-root-unset by pod-settings: value -> false
  const isUnset = (own['runAsNonRoot'] ?? pod['runAsNonRoot'] ?? null) === null;
  return [
    ...(isRoot ? ['runAsUser: 0'] : []),
    ...(saysRoot ? ['runAsNonRoot: false'] : []),
    ...(isUnset ? ['runAsNonRoot: not set'] : []),
  ];
}

/** What Windows does not have. */
function listLinuxSettings(own: JsonObject, pod: JsonObject): readonly string[] {
  const escalation = own['allowPrivilegeEscalation'];
  const { add, drop } = readObject(own['capabilities']);
  const added = readTexts(add).filter((one) => one !== 'NET_BIND_SERVICE');
  const profiles = [own, pod].map((one) => readType(one['seccompProfile']));
  const [ownProfile, podProfile] = profiles;
  const bad = profiles.filter((one) => one !== null && !PROFILES.has(one));
  return [
    ...(escalation === false
      ? []
      : [`allowPrivilegeEscalation: ${escalation === true ? 'true' : 'not set'}`]),
    // mutant settings-drop-all by pod-settings: condition -> true
    ...(readTexts(drop).includes('ALL') ? [] : ['capabilities.drop: not ALL']),
    ...added.map((one) => `capabilities.add: ${show(one)}`),
    ...bad.map((one) => `seccompProfile: ${show(one ?? '')}`),
    // mutant settings-seccomp-unset by pod-settings: condition -> false
    ...(ownProfile === null && podProfile === null ? ['seccompProfile: not set'] : []),
  ];
}

/** Options that a container and its pod have alike. */
function listForbiddenOptions(context: JsonObject): readonly string[] {
  const mount = readText(context['procMount']);
  const appArmor = readType(context['appArmorProfile']);
  const seLinux = readObject(context['seLinuxOptions']);
  const windows = readObject(context['windowsOptions']);
  const type = readText(seLinux['type']) ?? '';
  return [
    ...(mount === null || mount === 'Default' ? [] : [`procMount: ${show(mount)}`]),
    ...(appArmor === null || PROFILES.has(appArmor) ? [] : [`appArmorProfile: ${show(appArmor)}`]),
    ...(SELINUX_TYPES.has(type) ? [] : [`seLinuxOptions.type: ${show(type)}`]),
    ...['user', 'role'].flatMap((name) => {
      const value = readText(getOwn(seLinux, name)) ?? '';
      return value === '' ? [] : [`seLinuxOptions.${name}: ${show(value)}`];
    }),
    ...(windows['hostProcess'] === true ? ['windowsOptions.hostProcess: true'] : []),
  ];
}

function listSysctls(pod: JsonObject): readonly string[] {
  return readObjects(pod['sysctls']).flatMap(({ name }) => {
    const text = readText(name) ?? '';
    // mutant settings-sysctl by pod-settings: condition -> true
    return SYSCTLS.has(text) ? [] : [`sysctls: ${show(text)}`];
  });
}

function listAppArmorAnnotations(annotations: JsonObject): readonly string[] {
  return Object.entries(annotations).flatMap(([key, value]) => {
    const profile = readText(value) ?? '';
    const isAllowed = ['', 'runtime/default'].includes(profile) || profile.startsWith('localhost/');
    if (!key.startsWith(APPARMOR_ANNOTATION) || isAllowed) return [];
    return [`appArmorProfile: ${show(profile)}`];
  });
}

function listHostPorts(container: JsonObject): readonly string[] {
  return readObjects(container['ports']).flatMap(({ hostPort }) =>
    typeof hostPort === 'number' && hostPort !== 0 ? [`hostPort: ${hostPort}`] : [],
  );
}

/** A probe or a hook that asks another host than the pod. */
function listHosts(container: JsonObject): readonly string[] {
  const lifecycle = readObject(container['lifecycle']);
  const handlers = [
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((name) => getOwn(container, name)),
    ...[lifecycle['postStart'], lifecycle['preStop']],
  ].map((one) => readObject(one));
  return handlers
    .flatMap((handler) => [readObject(handler['httpGet']), readObject(handler['tcpSocket'])])
    .flatMap(({ host }) => {
      const text = readText(host) ?? '';
      return text === '' ? [] : [`probe or lifecycle host: ${show(text)}`];
    });
}

/** A volume counts for the containers that mount it, and for all where nobody does. */
function listVolumes(spec: JsonObject, container: JsonObject): readonly string[] {
  const mounts = (one: JsonObject) =>
    readObjects(one['volumeMounts']).map(({ name }) => readText(name) ?? '');
  const lists = ['initContainers', 'containers', 'ephemeralContainers'];
  const all = new Set(lists.flatMap((list) => readObjects(getOwn(spec, list)).flatMap(mounts)));
  const own = new Set(mounts(container));
  return readObjects(spec['volumes']).flatMap((volume) => {
    const name = readText(volume['name']) ?? '';
    const kinds = Object.keys(volume).filter(
      (key) => key !== 'name' && getOwn(volume, key) !== null,
    );
    // Without any source, the API server makes it an emptyDir.
    if (kinds.every((kind) => VOLUMES.has(kind)) || (all.has(name) && !own.has(name))) return [];
    const path = readText(readObject(volume['hostPath'])['path']);
    return [path === null ? `volume: ${show(kinds.join())}` : `hostPath: ${path.slice(0, 500)}`];
  });
}

function readType(value: JsonValue | undefined): string | null {
  return value === undefined || value === null ? null : (readText(readObject(value)['type']) ?? '');
}

function readTexts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value)
    ? (value as readonly JsonValue[]).flatMap((one) => readText(one) ?? [])
    : [];
}

function show(text: string): string {
  return text.slice(0, 100);
}

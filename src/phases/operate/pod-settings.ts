import type { JsonObject, JsonValue } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import { readObject, readObjects, readText } from './cluster-list.ts';

/**
 * Capabilities that a container may add without more rights than others (Pod Security Standards,
 * restricted).
 */
const HARMLESS = new Set(['NET_BIND_SERVICE', 'CAP_NET_BIND_SERVICE']);

/**
 * The settings of a container that are less safe than the restricted Pod Security Standard
 * requires, each in the words of the specification. An empty list is a container without such
 * settings. A missing setting counts as the default of Kubernetes, which is the unsafe one.
 */
export function listSettings(spec: JsonObject, container: JsonObject): readonly string[] {
  const [pod, own] = [
    readObject(spec['securityContext']),
    readObject(container['securityContext']),
  ];
  const settings = [
    ...(own['privileged'] === true ? ['privileged: true'] : []),
    ...['hostPID', 'hostIPC', 'hostNetwork'].flatMap((name) =>
      getOwn(spec, name) === true ? [`${name}: true`] : [],
    ),
    ...listUserSettings(own, pod),
    ...(own['allowPrivilegeEscalation'] === false
      ? []
      : [
          own['allowPrivilegeEscalation'] === true
            ? 'allowPrivilegeEscalation: true'
            : 'allowPrivilegeEscalation: not set',
        ]),
    ...listAddedCapabilities(own),
    ...listUnconfined(own, pod),
    ...listHostPaths(spec, container),
  ];
  return settings.slice(0, 100);
}

function listUserSettings(own: JsonObject, pod: JsonObject): readonly string[] {
  const user = own['runAsUser'] ?? pod['runAsUser'];
  const nonRoot = own['runAsNonRoot'] ?? pod['runAsNonRoot'];
  if (user === 0) return ['runAsUser: 0'];
  if (nonRoot === true || typeof user === 'number') return [];
  return ['runAsNonRoot: not set'];
}

function listAddedCapabilities(own: JsonObject): readonly string[] {
  const { add } = readObject(own['capabilities']);
  const added = Array.isArray(add)
    ? (add as readonly JsonValue[]).flatMap((one) => readText(one) ?? [])
    : [];
  return added
    .filter((one) => !HARMLESS.has(one))
    .map((one) => `capabilities.add: ${one.slice(0, 100)}`);
}

function listUnconfined(own: JsonObject, pod: JsonObject): readonly string[] {
  const profile = readText(readObject(own['seccompProfile'] ?? pod['seccompProfile'])['type']);
  const mount = readText(own['procMount']);
  return [
    ...(profile === 'Unconfined' ? ['seccompProfile: Unconfined'] : []),
    ...(mount === 'Unmasked' ? ['procMount: Unmasked'] : []),
  ];
}

function listHostPaths(spec: JsonObject, container: JsonObject): readonly string[] {
  const paths = new Map(
    readObjects(spec['volumes']).flatMap((volume) => {
      const [name, path] = [
        readText(volume['name']),
        readText(readObject(volume['hostPath'])['path']),
      ];
      return name === null || path === null ? [] : [[name, path] as const];
    }),
  );
  const mounted = readObjects(container['volumeMounts']).flatMap(
    ({ name }) => paths.get(readText(name) ?? '') ?? [],
  );
  return [...new Set(mounted)].map((path) => `hostPath: ${path.slice(0, 500)}`);
}

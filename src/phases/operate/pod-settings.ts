import type { JsonObject, JsonValue } from '../../core/json.ts';
import { objectOf, objectsOf, textOf } from './cluster-list.ts';

/** Capabilities that a container may add without being more than others (Pod Security Standards, restricted). */
const HARMLESS = new Set(['NET_BIND_SERVICE', 'CAP_NET_BIND_SERVICE']);

/**
 * How a container is set up less safely than the restricted Pod Security Standard asks, each as the specification says it; an empty
 * list is a container without any. Not said counts as the default of Kubernetes, which is the unsafe one.
 */
export function settingsOf(spec: JsonObject, container: JsonObject): readonly string[] {
  const [pod, own] = [objectOf(spec['securityContext']), objectOf(container['securityContext'])];
  const settings = [
    ...(own['privileged'] === true ? ['privileged: true'] : []),
    ...['hostPID', 'hostIPC', 'hostNetwork'].flatMap((name) => (spec[name] === true ? [`${name}: true`] : [])),
    ...userOf(own, pod),
    ...(own['allowPrivilegeEscalation'] === false
      ? []
      : [
          own['allowPrivilegeEscalation'] === true
            ? 'allowPrivilegeEscalation: true'
            : 'allowPrivilegeEscalation: not set',
        ]),
    ...addedCapabilities(own),
    ...unconfined(own, pod),
    ...hostPaths(spec, container),
  ];
  return settings.slice(0, 100);
}

function userOf(own: JsonObject, pod: JsonObject): readonly string[] {
  const user = own['runAsUser'] ?? pod['runAsUser'];
  const nonRoot = own['runAsNonRoot'] ?? pod['runAsNonRoot'];
  if (user === 0) return ['runAsUser: 0'];
  if (nonRoot === true || typeof user === 'number') return [];
  return ['runAsNonRoot: not set'];
}

function addedCapabilities(own: JsonObject): readonly string[] {
  const { add } = objectOf(own['capabilities']);
  const added = Array.isArray(add) ? (add as readonly JsonValue[]).flatMap((one) => textOf(one) ?? []) : [];
  return added.filter((one) => !HARMLESS.has(one)).map((one) => `capabilities.add: ${one.slice(0, 100)}`);
}

function unconfined(own: JsonObject, pod: JsonObject): readonly string[] {
  const profile = textOf(objectOf(own['seccompProfile'] ?? pod['seccompProfile'])['type']);
  const mount = textOf(own['procMount']);
  return [
    ...(profile === 'Unconfined' ? ['seccompProfile: Unconfined'] : []),
    ...(mount === 'Unmasked' ? ['procMount: Unmasked'] : []),
  ];
}

function hostPaths(spec: JsonObject, container: JsonObject): readonly string[] {
  const paths = new Map(
    objectsOf(spec['volumes']).flatMap((volume) => {
      const [name, path] = [textOf(volume['name']), textOf(objectOf(volume['hostPath'])['path'])];
      return name === null || path === null ? [] : [[name, path] as const];
    }),
  );
  const mounted = objectsOf(container['volumeMounts']).flatMap(({ name }) => paths.get(textOf(name) ?? '') ?? []);
  return [...new Set(mounted)].map((path) => `hostPath: ${path.slice(0, 500)}`);
}

import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { CONTAINER_LISTS, findUnknownPart, type ReadPart } from './unknown-parts.ts';

export interface ImageUse {
  readonly image: string;
  /** The place in the object, for the message: `spec.template.spec.initContainers[0]`. */
  readonly at: string;
}

/** The path of the pod spec in each kind that Kubernetes itself runs. */
const POD_SPEC_AT: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The groups of Kubernetes whose kinds run containers. */
export const BUILT_IN_GROUPS = new Set(['', 'apps', 'batch']);

/** What an object says it is. */
export interface ObjectKind {
  /** Of its API, without the version; empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

/**
 * Each place of an object that names an image. An object of a kind that is not built in counts by
 * what it holds: where that cannot be known, it is a failure, never an empty list.
 */
export function listObjectImages(
  { kind, group }: ObjectKind,
  object: JsonValue | undefined,
): Result<readonly ImageUse[]> {
  if (!isJsonObject(object))
    return fail(
      'MALFORMED',
      `the ${kind || 'request'} contains no object`,
      'Send the object for review.',
    );
  const path = BUILT_IN_GROUPS.has(group) ? getOwn(POD_SPEC_AT, kind) : undefined;
  if (path === undefined) {
    const found = listCustomImages(kind, object);
    // mutant unknown-kind-runs-nothing by admission-review: condition -> true
    if (!found.ok || found.value.length > 0) return found;
    return fail(
      'UNSUPPORTED',
      `no pod spec was found in an object of kind ${JSON.stringify(kind)}`,
      'Narrow the rules of the webhook to workload kinds.',
    );
  }
  const spec = path.reduce<JsonValue | undefined>(
    (value, key) => (isJsonObject(value) ? getOwn(value, key) : undefined),
    object,
  );
  if (!isJsonObject(spec))
    return fail('MALFORMED', `the ${kind} has no ${path.join('.')}`, 'Correct the manifest.');
  const holder = path
    .slice(0, -1)
    .reduce<JsonValue | undefined>(
      (value, key) => (isJsonObject(value) ? getOwn(value, key) : undefined),
      object,
    );
  // mutant placeholder-in-a-pod by admission-review: remove operand
  const isTemplate = kind !== 'Pod' && isInjected(holder);
  return listPodSpecImages(spec, path.join('.'), isTemplate);
}

/**
 * Istio puts its own image in the place of the word `auto`, and only in pods that ask for it
 * (`sidecar.istio.io/inject`, `inject.istio.io/templates`). The pod is reviewed with that image.
 */
function isInjected(holder: JsonValue | undefined): boolean {
  const metadata = isJsonObject(holder) ? holder['metadata'] : undefined;
  if (!isJsonObject(metadata)) return false;
  const { labels, annotations } = metadata;
  const isAsked = (value: JsonValue | undefined, name: string) =>
    isJsonObject(value) ? readText(getOwn(value, name)) : '';
  return (
    isAsked(labels, 'sidecar.istio.io/inject') === 'true' ||
    isAsked(annotations, 'inject.istio.io/templates') !== ''
  );
}

const PLACEHOLDER = 'auto';

/**
 * The groups that an API server serves by itself. Outside POD_SPEC_AT, their kinds run nothing;
 * `x-k8s.io` is of custom resources.
 */
const SERVED_GROUPS = new Set([
  ...BUILT_IN_GROUPS,
  ...['autoscaling', 'policy', 'admissionregistration.k8s.io', 'apiextensions.k8s.io'],
  ...['apiregistration.k8s.io', 'certificates.k8s.io', 'coordination.k8s.io', 'discovery.k8s.io'],
  ...['events.k8s.io', 'flowcontrol.apiserver.k8s.io', 'networking.k8s.io', 'node.k8s.io'],
  ...['rbac.authorization.k8s.io', 'resource.k8s.io', 'scheduling.k8s.io', 'storage.k8s.io'],
]);

/**
 * The same for an object of any kind, such as a file of manifests holds: an empty list where the
 * object runs nothing.
 */
export function findObjectImages(of: ObjectKind, object: JsonObject): Result<readonly ImageUse[]> {
  const isWorkload = BUILT_IN_GROUPS.has(of.group) && Object.hasOwn(POD_SPEC_AT, of.kind);
  if (isWorkload) return listObjectImages(of, object);
  // mutant custom-resource-runs-nothing by read-manifests: condition -> true
  if (SERVED_GROUPS.has(of.group)) return ok([]);
  return listCustomImages(of.kind, object);
}

function listPodSpecImages(
  spec: JsonObject,
  at: string,
  isInjectedLater = false,
): Result<readonly ImageUse[]> {
  const uses: ImageUse[] = [];
  let placeholders = 0;
  const unknown = Object.keys(spec).find((key) => /containers$/i.test(key) && !isKnownList(key));
  // mutant unknown-list-of-containers by admission/changes: condition -> false
  if (unknown !== undefined) return refuseUnknownPart(`${at}.${unknown}`);
  for (const list of CONTAINER_LISTS) {
    const containers = spec[list];
    if (containers === undefined || containers === null) continue;
    if (!Array.isArray(containers))
      return fail('MALFORMED', `${at}.${list} is not a list`, 'Correct the manifest.');
    for (const [index, container] of (containers as readonly JsonValue[]).entries()) {
      const image = isJsonObject(container) ? readText(container['image']) : '';
      if (image === '')
        return fail('MALFORMED', `${at}.${list}[${index}] names no image`, 'Name the image.');
      if (image !== PLACEHOLDER) uses.push({ image, at: `${at}.${list}[${index}]` });
      else if (isInjectedLater) placeholders += 1;
      else
        return fail(
          'UNSUPPORTED',
          `${at}.${list}[${index}] names the image "auto", which Istio's injector replaces in pods`,
          'Let the injector see the pod before this webhook, or name the image.',
        );
    }
  }
  const volumes = listImageVolumes(spec['volumes'], at);
  if (!volumes.ok) return volumes;
  // mutant pod-without-containers by admit: condition -> true
  if (uses.length + placeholders > 0) return ok([...uses, ...volumes.value]);
  return fail(
    'MALFORMED',
    `${at} names no container, so it is unknown what would run`,
    'Correct the manifest.',
  );
}

function isKnownList(key: string): boolean {
  return CONTAINER_LISTS.some((list) => list === key);
}

/** Kubernetes image volumes: `volumes[].image.reference` is mounted, so it is content that runs. */
function listImageVolumes(volumes: JsonValue | undefined, at: string): Result<readonly ImageUse[]> {
  if (volumes === undefined || volumes === null) return ok([]);
  if (!Array.isArray(volumes))
    return fail('MALFORMED', `${at}.volumes is not a list`, 'Correct the manifest.');
  const uses: ImageUse[] = [];
  for (const [index, volume] of (volumes as readonly JsonValue[]).entries()) {
    // mutant review-image-volumes by admission-review: branch -> undefined
    const source = isJsonObject(volume) ? volume['image'] : undefined;
    if (source === undefined || source === null) continue;
    const image = isJsonObject(source) ? readText(source['reference']) : '';
    if (image === '')
      return fail(
        'MALFORMED',
        `${at}.volumes[${index}].image names no reference`,
        'Name the image.',
      );
    uses.push({ image, at: `${at}.volumes[${index}].image` });
  }
  return ok(uses);
}

/**
 * A custom resource: every object in it that is a pod spec counts. With another part that looks as
 * if it named what runs, it is unknown which images the resource runs: a failure.
 */
function listCustomImages(kind: string, object: JsonObject): Result<readonly ImageUse[]> {
  const uses: ImageUse[] = [];
  const read = new Map<JsonValue, Set<ReadPart>>();
  const open: [JsonValue | undefined, string][] = [[object, kind || 'object']];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, at] = next;
    if (Array.isArray(value))
      (value as readonly JsonValue[]).forEach(
        (item, index) => void open.push([item, `${at}[${index}]`]),
      );
    if (!isJsonObject(value)) continue;
    // mutant pod-spec-inside-pod-spec by admission-review: statement 3 -> $ continue;
    if (CONTAINER_LISTS.some((list) => Array.isArray(value[list]))) {
      const found = listPodSpecImages(value, at);
      if (!found.ok) return found;
      uses.push(...found.value);
      for (const [part, what] of listReadParts(value))
        read.set(part, new Set([...(read.get(part) ?? []), what]));
    }
    // Also below a pod spec: a pod spec may contain another one.
    for (const key of Object.keys(value)) open.push([getOwn(value, key), `${at}.${key}`]);
  }
  const unknown = findUnknownPart(object, read);
  return unknown === null ? ok(uses) : refuseUnknownPart(`${kind}.${unknown}`);
}

/** A pod spec, its containers and its volumes: their images were read. */
function listReadParts(spec: JsonObject): readonly (readonly [JsonValue, ReadPart])[] {
  const lists = [...CONTAINER_LISTS, 'volumes'].flatMap((list) => {
    const items = getOwn(spec, list);
    return Array.isArray(items) ? (items as readonly JsonValue[]) : [];
  });
  return [[spec, 'pod-spec'], ...lists.map((item) => [item, 'image'] as const)];
}

function refuseUnknownPart(at: string): Result<never> {
  return fail(
    'UNSUPPORTED',
    `${toOneLine(at, 200)} looks like a part of a pod that this version does not know`,
    'Narrow the rules of the webhook to workload kinds, or use a newer version of Waybill.',
  );
}

function readText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

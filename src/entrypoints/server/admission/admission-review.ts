import { Failure } from '../../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, failed, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { isEqual, isSameDefinition, readNumber, runsNoMore } from './changes.ts';
import { CONTAINER_LISTS, findUnknownPart, type ReadPart } from './unknown-parts.ts';

/**
 * The request of an API server (admission.k8s.io/v1 AdmissionReview), as far as a verdict needs it.
 */
export interface ReviewRequest {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
  readonly dryRun: boolean;
  /** Each place that names an image; empty when the object runs nothing. */
  readonly images: readonly ImageUse[];
  /** The workload that a Scale lets run more; the Scale itself names no image. */
  readonly scaled: string | null;
  /** A workload that can be scaled later, and its images. */
  readonly seen: { readonly workload: string; readonly images: readonly string[] } | null;
}

export interface ImageUse {
  readonly image: string;
  /** The place in the object, for the message: `spec.template.spec.initContainers[0]`. */
  readonly at: string;
}

/** The path of the pod spec in each kind; `[]` for a pod. */
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

/**
 * Kinds that a broad webhook rule may send and that cannot name an image. A kind of another group
 * may have the same name.
 */
const RUNS_NOTHING = new Set(['/Binding', 'policy/Eviction']);

/**
 * Reads a review. The uid is returned even if the rest is unreadable, so that the refusal can be
 * addressed.
 */
export function parseReview(bytes: Uint8Array): Result<ReviewRequest> & { readonly uid: string } {
  const parsed = parseJson(bytes, { bytesMax: LIMITS.admissionRequestBytesMax });
  if (!parsed.ok) return { ...parsed, uid: '' };
  const review = isJsonObject(parsed.value) ? parsed.value : {};
  const request = isJsonObject(review['request']) ? review['request'] : {};
  const uid = readText(request['uid']);
  if (
    review['apiVersion'] !== 'admission.k8s.io/v1' ||
    review['kind'] !== 'AdmissionReview' ||
    uid === ''
  ) {
    const why = 'not an admission.k8s.io/v1 AdmissionReview with a request and a uid';
    return {
      ...fail(
        'MALFORMED',
        why,
        'Set admissionReviewVersions: ["v1"] in the webhook configuration.',
      ),
      uid,
    };
  }
  return { ...readRequest(request, uid), uid };
}

function readRequest(request: JsonObject, uid: string): Result<ReviewRequest> {
  const operation = readText(request['operation']);
  if (
    operation !== 'CREATE' &&
    operation !== 'UPDATE' &&
    operation !== 'DELETE' &&
    operation !== 'CONNECT'
  ) {
    return fail(
      'MALFORMED',
      `unknown operation ${JSON.stringify(operation)}`,
      'Use a supported API server.',
    );
  }
  const object = request['object'];
  const gvk = isJsonObject(request['kind']) ? request['kind'] : {};
  const kind = readText(gvk['kind']);
  const group = readText(gvk['group']);
  // mutant foreign-kind-eviction: argument -> $span2 === 'Eviction' ? 'policy/Eviction' : $
  const isWithoutImage =
    operation === 'DELETE' || operation === 'CONNECT' || RUNS_NOTHING.has(`${group}/${kind}`);
  const runsNothing = isWithoutImage || startsNothing(request, kind, group);
  const isScale = group === 'autoscaling' && kind === 'Scale';
  const images = runsNothing || isScale ? ok([]) : listImages(kind, group, object);
  if (!images.ok) return images;
  const user = isJsonObject(request['userInfo']) ? readText(request['userInfo']['username']) : '';
  const metadata =
    isJsonObject(object) && isJsonObject(object['metadata']) ? object['metadata'] : {};
  const name =
    readText(request['name']) ||
    readText(metadata['name']) ||
    `${readText(metadata['generateName'])}*`;
  const namespace = readText(request['namespace']);
  const dryRun = request['dryRun'] === true;
  const asked: Omit<ReviewRequest, 'scaled' | 'seen'> = {
    uid,
    operation,
    kind,
    namespace,
    name,
    user,
    dryRun,
    images: images.value,
  };
  const workload = readWorkload(request, kind, namespace, name);
  if (isScale) return ok({ ...asked, scaled: runsNothing ? null : workload, seen: null });
  const seen = listSeen(request, kind, group);
  return ok({ ...asked, scaled: null, seen: seen === null ? null : { workload, images: seen } });
}

/** A workload by namespace, plural of its kind, and name: a Scale says no more of it. */
function readWorkload(request: JsonObject, kind: string, namespace: string, name: string): string {
  const resource = isJsonObject(request['resource']) ? request['resource'] : {};
  const plural = readText(resource['resource']) || `${kind.toLowerCase()}s`;
  return [namespace, readText(resource['group']), plural, name].join('/');
}

/**
 * The images that a workload has, or will have if the change is stored: both, because another
 * webhook may still refuse it. Null if the object is no workload that can be scaled.
 */
function listSeen(request: JsonObject, kind: string, group: string): readonly string[] | null {
  if (!BUILT_IN_GROUPS.has(group) || !SCALED_KINDS.has(kind)) return null;
  if (request['operation'] !== 'CREATE' && request['operation'] !== 'UPDATE') return null;
  const images = [request['object'], request['oldObject']].flatMap((object) => {
    const found = isJsonObject(object) ? listImages(kind, group, object) : null;
    return found?.ok === true ? found.value.map((use) => use.image) : [];
  });
  return images.length === 0 ? null : [...new Set(images)];
}

const SCALED_KINDS = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController']);

/**
 * Whether nothing new runs after a change. Every image must stay at its place (a changed image is
 * always judged: G7, G8). An object of a built-in kind must not run more; one of another kind must
 * be in deletion, and only lose its finalizers.
 */
function startsNothing(request: JsonObject, kind: string, group: string): boolean {
  const { operation, object, oldObject } = request;
  if (operation !== 'UPDATE' || !isJsonObject(object) || !isJsonObject(oldObject)) return false;
  if (group === 'autoscaling' && kind === 'Scale') return scalesNoMore(object, oldObject);
  const [images, old] = [listImages(kind, group, object), listImages(kind, group, oldObject)];
  // mutant deletion-keeps-image: remove operand 3
  if (!images.ok || !old.ok || !isEqual(images.value, old.value)) return false;
  // mutant foreign-kind-with-built-in-name: condition -> Object.hasOwn(POD_SPEC_AT, kind)
  if (BUILT_IN_GROUPS.has(group)) return runsNoMore(kind, object, oldObject);
  const before = isJsonObject(oldObject['metadata']) ? oldObject['metadata'] : {};
  return readText(before['deletionTimestamp']) !== '' && isSameDefinition(object, oldObject);
}

function scalesNoMore(object: JsonObject, oldObject: JsonObject): boolean {
  const [now, before] = [object, oldObject].map((one) =>
    isJsonObject(one['spec']) ? readNumber(one['spec']['replicas'], 0) : Number.NaN,
  );
  // mutant refused-image-scaled by changes: value -> true
  return now !== undefined && before !== undefined && now <= before;
}

const BUILT_IN_GROUPS = new Set(['', 'apps', 'batch']);

function listImages(
  kind: string,
  group: string,
  object: JsonValue | undefined,
): Result<readonly ImageUse[]> {
  if (!isJsonObject(object))
    return fail(
      'MALFORMED',
      `the ${kind || 'request'} contains no object`,
      'Send the object for review.',
    );
  const path = BUILT_IN_GROUPS.has(group) ? getOwn(POD_SPEC_AT, kind) : undefined;
  if (path === undefined) return listUnknownKindImages(kind, object);
  const spec = path.reduce<JsonValue | undefined>(
    (value, key) => (isJsonObject(value) ? getOwn(value, key) : undefined),
    object,
  );
  if (!isJsonObject(spec))
    return fail('MALFORMED', `the ${kind} has no ${path.join('.')}`, 'Correct the manifest.');
  return listPodSpecImages(spec, path.join('.'));
}

function listPodSpecImages(spec: JsonObject, at: string): Result<readonly ImageUse[]> {
  const uses: ImageUse[] = [];
  const unknown = Object.keys(spec).find((key) => /containers$/i.test(key) && !isKnownList(key));
  // mutant unknown-list-of-containers by changes: condition -> false
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
      uses.push({ image, at: `${at}.${list}[${index}]` });
    }
  }
  const volumes = listImageVolumes(spec['volumes'], at);
  if (!volumes.ok) return volumes;
  // mutant pod-without-containers by admit: condition -> true
  if (uses.length > 0) return ok([...uses, ...volumes.value]);
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
    // mutant review-image-volumes: branch -> undefined
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
 * A custom resource: every object in it that is a pod spec counts. Without one, or with another
 * part that looks as if it named what runs, it is unknown which images the resource runs, so it is
 * not admitted.
 */
function listUnknownKindImages(kind: string, object: JsonObject): Result<readonly ImageUse[]> {
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
    // mutant pod-spec-inside-pod-spec: statement 3 -> $ continue;
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
  // mutant unknown-kind-runs-nothing: condition -> false
  if (uses.length === 0)
    return failed(
      new Failure(
        'UNSUPPORTED',
        `no pod spec was found in an object of kind ${JSON.stringify(kind)}`,
        'Narrow the rules of the webhook to workload kinds.',
      ),
    );
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

export interface ReviewAnswer {
  readonly uid: string;
  readonly allowed: boolean;
  /** 403 for a verdict, 500 if no verdict was possible. */
  readonly code: number;
  readonly message: string;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

const WARNING_CHARACTERS_MAX = 256;
const MESSAGE_CHARACTERS_MAX = 8_192;

/**
 * The AdmissionReview of the answer: same group and version, same uid, no patch (the form of a
 * validating webhook).
 */
export function formatReview(answer: ReviewAnswer): string {
  const status = {
    code: answer.code,
    reason: answer.allowed ? '' : 'Forbidden',
    message: answer.message.slice(0, MESSAGE_CHARACTERS_MAX).toWellFormed(),
  };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: answer.uid,
      allowed: answer.allowed,
      ...(answer.allowed ? {} : { status }),
      ...(answer.warnings.length === 0
        ? {}
        : { warnings: answer.warnings.map((text) => toOneLine(text, WARNING_CHARACTERS_MAX - 1)) }),
      auditAnnotations: answer.auditAnnotations,
    },
  });
}

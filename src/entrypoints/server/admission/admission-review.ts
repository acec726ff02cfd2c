import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { BUILT_IN_GROUPS, type ImageUse, listObjectImages } from '../../../phases/deploy/index.ts';
import { isEqual, isSameDefinition, readNumber, runsNoMore } from './changes.ts';

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
  const images = runsNothing || isScale ? ok([]) : listObjectImages({ kind, group }, object);
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
    const found = isJsonObject(object) ? listObjectImages({ kind, group }, object) : null;
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
  const [images, old] = [
    listObjectImages({ kind, group }, object),
    listObjectImages({ kind, group }, oldObject),
  ];
  // mutant deletion-keeps-image: remove operand 3
  if (!images.ok || !old.ok || !isEqual(images.value, old.value)) return false;
  // mutant foreign-kind-with-built-in-name: condition -> $ || kind === 'Deployment'
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

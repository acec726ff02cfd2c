import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';

// mutant review-ephemeral-containers by admission-review: remove element 3
// mutant review-init-containers by admission-review: remove element
export const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Settings that only a pod or a container has. */
const POD_KEYS = new Set(['restartPolicy', 'hostNetwork', 'hostPID', 'hostIPC']);
/** Not how an image is pulled: `imagePullPolicy`, `imagePullSecrets`. */
const IMAGE_KEY =
  /^[a-z]*images?(?:name|ref|reference|repository|registry|uri|url|tag|digest|id|version)?$/;
const POD_LISTS = new Set<string>(CONTAINER_LISTS);
const LABELS = new Set(['annotations', 'labels', 'matchLabels']);

/** What was read of a part of an object: the lists of a pod spec, or the image of something. */
export type ReadPart = 'pod-spec' | 'image';

/** The parts whose images are judged. One object may be two of them. */
export type ReadParts = ReadonlyMap<JsonValue, ReadonlySet<ReadPart>>;

/**
 * The first part of a custom resource that looks as if it named what runs, and that nobody read as
 * part of a pod spec; null if there is none.
 */
export function findUnknownPart(object: JsonObject, read: ReadParts): string | null {
  const open: [JsonValue | undefined, string][] = Object.keys(object)
    // What is said about the object, and what became of it, does not run.
    .filter((key) => key !== 'metadata' && key !== 'status')
    .map((key) => [getOwn(object, key), key]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, at] = next;
    if (Array.isArray(value))
      (value as readonly JsonValue[]).forEach(
        (item, index) => void open.push([item, `${at}[${index}]`]),
      );
    if (!isJsonObject(value)) continue;
    const keys = Object.keys(value).filter((key) => !isLabels(key, getOwn(value, key)));
    for (const key of keys) {
      if (isRead(key, read.get(value))) continue;
      // mutant unknown-part-of-custom-resource by admission/changes: condition -> false
      if (isPodLike(key, getOwn(value, key))) return `${at}.${key}`;
    }
    for (const key of keys) open.push([getOwn(value, key), `${at}.${key}`]);
  }
  return null;
}

/** Texts by name: only such labels run nothing. */
function isLabels(key: string, value: JsonValue | undefined): boolean {
  if (!LABELS.has(key)) return false;
  // mutant part-below-labels by admission/changes: value -> true
  return (
    isJsonObject(value) &&
    Object.keys(value).every((name) => typeof getOwn(value, name) === 'string')
  );
}

/** A pod spec has no image of its own: one beside its containers is of the resource itself. */
function isRead(key: string, parts: ReadonlySet<ReadPart> | undefined): boolean {
  if (parts === undefined) return false;
  // mutant image-beside-a-pod-spec by admission/changes: branch -> return true;
  if (key === 'image') return parts.has('image');
  return POD_KEYS.has(key) || (parts.has('pod-spec') && POD_LISTS.has(key));
}

function isPodLike(key: string, value: JsonValue | undefined): boolean {
  if (POD_KEYS.has(key)) return true;
  const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
  const isNested = typeof value === 'object' && !isEmpty;
  const isText = typeof value === 'string' && value !== '';
  const letters = key.replaceAll(/[^A-Za-z]/g, '').toLowerCase();
  if (IMAGE_KEY.test(letters)) return isNested || isText;
  // A pod as text: a patch or a template in YAML or JSON. Without a line or a member it is a name.
  // mutant pod-as-text by admission/changes: condition -> false
  if (isText && /pod(?:spec|template)/.test(letters)) return /[:{\n]/.test(value);
  return /containers?$/.test(letters) && isNested;
}

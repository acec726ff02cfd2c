import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';

/** Settings that only a pod or a container has. */
const POD_KEYS = new Set(['restartPolicy', 'hostNetwork', 'hostPID', 'hostIPC']);
/** Not how an image is pulled: `imagePullPolicy`, `imagePullSecrets`. */
const IMAGE_KEY =
  /^[a-z]*images?(?:name|ref|reference|repository|registry|uri|url|tag|digest|id)?$/i;
const SKIPPED = new Set(['annotations', 'labels', 'matchLabels']);

/**
 * The first part of a custom resource that looks as if it named what runs, and that nobody read as
 * part of a pod spec; null if there is none. `read` holds the pod specs, containers and volumes
 * whose images are judged.
 */
export function findUnknownPart(object: JsonObject, read: ReadonlySet<JsonValue>): string | null {
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
    const isRead = read.has(value);
    for (const key of Object.keys(value)) {
      if (SKIPPED.has(key)) continue;
      // mutant unknown-part-of-custom-resource by changes: condition -> false
      if (!isRead && isPodLike(key, getOwn(value, key))) return `${at}.${key}`;
      open.push([getOwn(value, key), `${at}.${key}`]);
    }
  }
  return null;
}

function isPodLike(key: string, value: JsonValue | undefined): boolean {
  if (POD_KEYS.has(key)) return true;
  const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
  const isNested = typeof value === 'object' && !isEmpty;
  const isNamed = typeof value === 'string' && value !== '';
  if (IMAGE_KEY.test(key)) return isNested || isNamed;
  return /^[a-z]*containers?$/i.test(key) && isNested;
}

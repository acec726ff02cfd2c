import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { difference, type Findings, shown } from './difference.ts';

/** When it was built, not what: nothing of these changes what runs. */
const TIMES = new Set(['created', 'history']);

/**
 * The first field of two image configurations that differs, and the first beside times. Diff IDs follow from layers, and
 * the history from their number: those are told where the layers are.
 */
export function compareConfigs(first: JsonObject, second: JsonObject, sameLayers: boolean, found: Findings): void {
  const left = (config: JsonObject): JsonObject => ({
    ...config,
    rootfs: undefined,
    ...(sameLayers ? {} : { history: undefined }),
  });
  const keys = new Set([...Object.keys(left(first)), ...Object.keys(left(second))]);
  for (const key of [...keys].sort()) {
    const place = firstDifference(left(first)[key], left(second)[key], key);
    if (place === null) continue;
    const [one, other] = [textOf(place.first), textOf(place.second)];
    found.add(
      difference({
        kind: 'config',
        changesWhatRuns: !TIMES.has(key),
        path: place.path,
        field: place.path.split('.').at(-1) ?? key,
        values: [one, other],
        text: `the configuration: ${shown(place.path)} is ${shown(one ?? 'absent')} in the first and ${shown(other ?? 'absent')} in the second`,
      }),
    );
  }
}

interface Place {
  readonly path: string;
  readonly first: JsonValue | undefined;
  readonly second: JsonValue | undefined;
}

/** Both were read with a bound on depth. */
function firstDifference(first: JsonValue | undefined, second: JsonValue | undefined, path: string): Place | null {
  if (first === second) return null;
  if (isJsonObject(first) && isJsonObject(second)) {
    const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])].sort();
    return firstOf(keys, (key) => firstDifference(memberOf(first, key), memberOf(second, key), `${path}.${key}`));
  }
  if (Array.isArray(first) && Array.isArray(second)) {
    const length = Math.max(first.length, second.length);
    const indices = Array.from({ length }, (_, index) => index);
    return firstOf(indices, (index) => firstDifference(first[index], second[index], `${path}[${index}]`));
  }
  return { path, first, second };
}

function memberOf(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function firstOf<T>(items: readonly T[], find: (item: T) => Place | null): Place | null {
  for (const item of items) {
    const place = find(item);
    if (place !== null) return place;
  }
  return null;
}

function textOf(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value).slice(0, 1_000);
}

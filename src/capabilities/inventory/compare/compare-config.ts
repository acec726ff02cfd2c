import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import {
  createDifference,
  type DifferenceLog,
  type ImageDifference,
  shortenText,
} from './difference.ts';

/**
 * Its build time and its names, not its behaviour: none of these changes what runs.
 */
const HARMLESS = new Set(['created', 'history', 'author', 'config.Labels']);

/**
 * The fields of two image configurations that differ, each with its first place. Diff IDs follow
 * from layers, and the history from their number: those are reported with the layers.
 */
export function compareConfigs(
  first: JsonObject,
  second: JsonObject,
  sameLayers: boolean,
  found: DifferenceLog,
): void {
  const [left, right] = [listFields(first), listFields(second)];
  for (const field of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    if (field === 'rootfs' || (field === 'history' && !sameLayers)) continue;
    const place = findFirstDifference(left.get(field), right.get(field), field);
    if (place !== null) found.add(describeField(place, !HARMLESS.has(field)));
  }
}

/** Members by their path; those of `config`, which sets how it runs, one by one. */
function listFields({ config, ...others }: JsonObject): ReadonlyMap<string, JsonValue | undefined> {
  const fields = new Map(Object.entries(others));
  if (!isJsonObject(config)) return fields.set('config', config);
  for (const [key, value] of Object.entries(config)) fields.set(`config.${key}`, value);
  return fields;
}

function describeField(
  { path, first, second }: FieldDifference,
  changesWhatRuns: boolean,
): ImageDifference {
  const [one, other] = [formatValue(first), formatValue(second)];
  const field = path.split('.').at(-1) ?? path;
  const text =
    `the configuration: ${shortenText(path)} is ${shortenText(one ?? 'absent')} in the first ` +
    `and ${shortenText(other ?? 'absent')} in the second`;
  return createDifference({
    kind: 'config',
    changesWhatRuns,
    path,
    field,
    values: [one, other],
    text,
  });
}

interface FieldDifference {
  readonly path: string;
  readonly first: JsonValue | undefined;
  readonly second: JsonValue | undefined;
}

/** Both were read with a limit on depth. */
function findFirstDifference(
  first: JsonValue | undefined,
  second: JsonValue | undefined,
  path: string,
): FieldDifference | null {
  if (first === second) return null;
  if (isJsonObject(first) && isJsonObject(second)) {
    const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])].sort();
    return findFirst(keys, (key) =>
      findFirstDifference(readMember(first, key), readMember(second, key), `${path}.${key}`),
    );
  }
  if (Array.isArray(first) && Array.isArray(second)) {
    const length = Math.max(first.length, second.length);
    const indices = Array.from({ length }, (_, index) => index);
    return findFirst(indices, (index) =>
      findFirstDifference(first[index], second[index], `${path}[${index}]`),
    );
  }
  return { path, first, second };
}

function readMember(object: JsonObject, key: string): JsonValue | undefined {
  return getOwn(object, key);
}

function findFirst<T>(
  items: readonly T[],
  find: (item: T) => FieldDifference | null,
): FieldDifference | null {
  for (const item of items) {
    const place = find(item);
    if (place !== null) return place;
  }
  return null;
}

function formatValue(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value).slice(0, 1_000);
}

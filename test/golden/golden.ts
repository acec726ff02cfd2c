import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../src/core/json.ts';

/** The note at the end of every failure of these tests. */
export const RULE =
  'A golden file of waybill.dev/v1 has another meaning or other bytes than when it was ' +
  'written. Within v1 only optional ' +
  'members are added, and evidence is never rewritten; golden files are added, never edited: ' +
  'docs/adr/0019-compatibility.md.';

const folder = join(import.meta.dirname, 'v1');

export function goldenPath(name: string): string {
  return join(folder, name);
}

export function goldenText(name: string): string {
  return readFileSync(goldenPath(name), 'utf8');
}

export function goldenJson(name: string): JsonValue {
  return JSON.parse(goldenText(name)) as JsonValue;
}

/** All files, relative to their folder, `/` between segments. */
export function goldenFiles(): readonly string[] {
  const files = globSync('**/*.*', { cwd: folder }).map((path) => path.replaceAll('\\', '/'));
  return files.filter((path) => path !== 'SHA256SUMS').sort();
}

/**
 * What `now` lacks compared with `then`: a path and both values. Added members are not a loss.
 *
 * @example lost({ a: 1 }, { a: 1, b: 2 }) // []
 */
export function lost(then: JsonValue, now: JsonValue | undefined, path = '$'): readonly string[] {
  if (Array.isArray(then) && Array.isArray(now) && then.length === now.length)
    return then.flatMap((item, at) => lost(item, now[at], `${path}[${at}]`));
  const objects = [then, now].every(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
  if (!objects) return JSON.stringify(then) === JSON.stringify(now) ? [] : [told(path, then, now)];
  const [before, after] = [then, now] as readonly Record<string, JsonValue>[];
  return Object.entries(before ?? {}).flatMap(([key, value]) =>
    lost(value, after?.[key], `${path}.${key}`),
  );
}

function told(path: string, then: JsonValue, now: JsonValue | undefined): string {
  return `${path} was ${JSON.stringify(then)} and is ${JSON.stringify(now)}`;
}

import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { getOwn } from '../../../../core/own.ts';

/**
 * The names whose versions a package.json sets itself, for everyone who asks: `overrides` of npm
 * and bun, `resolutions` of Yarn, `pnpm.overrides`.
 */
export function listOverridden(manifest: JsonObject): readonly string[] {
  const pnpm = getOwn(manifest, 'pnpm');
  return [
    ...new Set([
      ...listNames(getOwn(manifest, 'overrides'), 0),
      ...listNames(getOwn(manifest, 'resolutions'), 0),
      ...(isJsonObject(pnpm) ? listNames(getOwn(pnpm, 'overrides'), 0) : []),
    ]),
  ];
}

const DEPTH_MAX = 20;

/** npm nests them: `{ "a": { ".": "1.0.0", "b": "2.0.0" } }`. */
function listNames(overrides: JsonValue | undefined, depth: number): readonly string[] {
  if (!isJsonObject(overrides) || depth > DEPTH_MAX) return [];
  return Object.entries(overrides).flatMap(([selector, value]) => [
    findOverridden(selector),
    ...listNames(value, depth + 1),
  ]);
}

/**
 * The package that a selector is about: `a`, `a@1`, pnpm's `b>a@1`, Yarn's `b/a`, `**` with `/a`,
 * and `a@npm:1.0.0`.
 *
 * @example findOverridden('@scope/b@1>a@2') // 'a'
 */
export function findOverridden(selector: string): string {
  // A `>` behind a space, a bar or an @ belongs to a range.
  const last = selector.split(/(?<=[^ |@])>/).at(-1) ?? '';
  const at = last.indexOf('@', findNameStart(last) + 1);
  const path = at <= 0 ? last : last.slice(0, at);
  return path.slice(findNameStart(path));
}

/** Of the last name in `b/a` or `b/@scope/a`. */
function findNameStart(path: string): number {
  const slash = path.lastIndexOf('/');
  const before = path.lastIndexOf('/', slash - 1);
  return path[before + 1] === '@' ? before + 1 : slash + 1;
}

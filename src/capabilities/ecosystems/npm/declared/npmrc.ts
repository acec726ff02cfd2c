import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { parseRegistry } from '../../component-registry.ts';

/**
 * What a project's `.npmrc` says about registries. The user's own `.npmrc` and the environment may
 * override it.
 */
export interface Npmrc {
  /**
   * By scope, with its `@`; the registry of all others is under the empty text. Null: it is set,
   * but its value is unknown.
   */
  readonly registries: ReadonlyMap<string, string | null>;
  /**
   * Which recorded addresses npm replaces: `never`, `always`, `npmjs`, or one host.
   */
  readonly replaceRegistryHost: string;
  /** `package-lock=false`: `npm install` then ignores the lock. */
  readonly ignoresLock: boolean;
}

export const NO_NPMRC: Npmrc = {
  registries: new Map(),
  replaceRegistryHost: 'npmjs',
  ignoresLock: false,
};

/**
 * Lines of `key = value` (the ini form that npm reads): the last one counts, `;` and `#` begin a
 * comment.
 */
export function parseNpmrc(bytes: Uint8Array): Result<Npmrc> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const registries = new Map<string, string | null>();
  let replaceRegistryHost = 'npmjs';
  let ignoresLock = false;
  for (const { key, value } of readSettings(text.value)) {
    const scope = parseScope(key);
    if (key === 'package-lock' || key === 'shrinkwrap') ignoresLock = value !== 'true';
    if (key === 'replace-registry-host') replaceRegistryHost = value;
    if (scope !== null) registries.set(scope, value.includes('${') ? null : parseRegistry(value));
  }
  return ok({ registries, replaceRegistryHost, ignoresLock });
}

/** The registries that are named, for everything or for one scope, with their lines. */
export function listNpmrcRegistries(
  text: string,
): readonly { readonly registry: string; readonly line: number }[] {
  return [...readSettings(text)].flatMap(({ key, value, line }) => {
    const registry = parseScope(key) === null ? null : parseRegistry(value);
    return registry === null || registry.includes('${') ? [] : [{ registry, line }];
  });
}

interface Setting {
  readonly key: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

function* readSettings(text: string): Generator<Setting> {
  for (const [at, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    if (/^\s*\[/.test(line)) break; // A section: npm reads no settings from there.
    const equals = line.indexOf('=');
    const written = line.slice(0, Math.max(equals, 0)).trim();
    if (/^[^;#]/.test(written))
      yield {
        key: parseSetting(written),
        value: parseSetting(line.slice(equals + 1)),
        line: at + 1,
      };
  }
}

/** The scope whose registry a key sets, empty for all others; null for another key. */
function parseScope(key: string): string | null {
  return key === 'registry' ? '' : (/^(@[^:/\s]+):registry$/.exec(key)?.[1] ?? null);
}

function parseSetting(raw: string): string {
  const value = raw.trim();
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(value);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  const comment = value.search(/(?<!\\)[;#]/);
  return comment === -1 ? value : value.slice(0, comment).trim();
}

/**
 * What is configured for a package: a registry, null where it is set to an unknown value, undefined
 * where nothing is set.
 */
export function findConfiguredRegistry(
  { registries }: Npmrc,
  name: string,
): string | null | undefined {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : '';
  return registries.has(scope) ? registries.get(scope) : registries.get('');
}

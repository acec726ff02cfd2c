import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { parseRegistry } from '../component-registry.ts';
import type { RegistrySettings } from '../locked/locked-package.ts';

/**
 * `repositories` of composer.json, as far as they say where packages come from: what an archive of
 * one of them names, and what nothing locks where the public one is turned off.
 */
export function readComposerRepositories(
  _file: string,
  bytes: Uint8Array,
): Result<RegistrySettings> {
  const json = parseJson(bytes, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!json.ok) return json;
  const { registries, isPublic } = listRepositories(
    isJsonObject(json.value) ? json.value['repositories'] : undefined,
  );
  return ok({
    locate: ({ origin }) => {
      const host = readHost(origin === null ? null : parseRegistry(origin));
      const own = registries.find((one) => host !== null && readHost(one) === host);
      if (own !== undefined) return { registry: own, registryFrom: 'lock' };
      const [first = null] = registries;
      // Composer asks them in their order, and each may have the package.
      if (origin !== null || isPublic || registries.length === 0) return null;
      return { registry: registries.length === 1 ? first : null, registryFrom: 'configured' };
    },
  });
}

function readHost(registry: string | null): string | null {
  return registry?.split('/', 1)[0] ?? null;
}

function listRepositories(value: JsonValue | undefined): {
  readonly registries: readonly string[];
  readonly isPublic: boolean;
} {
  const pairs = Array.isArray(value)
    ? (value as readonly JsonValue[]).map((one) => ['', one] as const)
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  const registries: string[] = [];
  let isPublic = true;
  for (const [name, one] of pairs) {
    // `{"packagist": false}` or its host as the key, in a list or as a member.
    const isOff = one === false || (isJsonObject(one) && Object.values(one).includes(false));
    const named = isJsonObject(one) ? [name, ...Object.keys(one)] : [name];
    if (isOff && named.some((key) => key.startsWith('packagist'))) isPublic = false;
    const url = isJsonObject(one) && one['type'] === 'composer' ? one['url'] : null;
    const registry = typeof url === 'string' ? parseRegistry(url) : null;
    if (registry !== null) registries.push(registry);
  }
  return { registries, isPublic };
}

import { ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { trimCharacters, trimEndCharacters } from '../../../formats/text/cut.ts';
import { parseRegistry } from '../component-registry.ts';
import type { RegistrySettings } from '../locked/locked-package.ts';

export function isBundleConfig(path: string): boolean {
  return /(?:^|\/)\.bundle\/config$/.test(path);
}

const MIRROR = 'BUNDLE_MIRROR__';

/**
 * `.bundle/config`, as far as it sets mirrors: `BUNDLE_MIRROR__HTTPS://GEMS__EXAMPLE__COM/: "…"`
 * (Bundler, lib/bundler/settings.rb).
 */
export function readBundleConfig(_file: string, bytes: Uint8Array): Result<RegistrySettings> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const mirrors = new Map<string, string | null>();
  for (const line of text.value.split(/\r?\n/)) {
    const colon = line.indexOf(': ');
    if (!line.startsWith(MIRROR) || colon === -1) continue;
    const written = line.slice(MIRROR.length, colon).toLowerCase();
    if (written.endsWith('__fallback_timeout')) continue;
    const source = written.replaceAll('___', '-').replaceAll('__', '.');
    const mirror = trimCharacters(line.slice(colon + 2), ' "\'');
    mirrors.set(trimEndCharacters(source, '/'), parseRegistry(mirror));
  }
  return ok({
    locate: ({ origin }) => {
      if (mirrors.size === 0 || origin?.startsWith('git+') === true) return null;
      const key = trimEndCharacters(origin ?? '', '/').toLowerCase();
      const found = [key, 'all'].find((one) => mirrors.has(one));
      return found === undefined
        ? null
        : { registry: mirrors.get(found) ?? null, registryFrom: 'configured' };
    },
  });
}

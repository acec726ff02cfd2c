import type { LocatedValue } from './survey-result.ts';

/**
 * The registries that an `.npmrc` names, for everything or for one scope; tokens stand in other
 * keys and are not looked at.
 */
export function findNpmrcRegistries(path: string, text: string): readonly LocatedValue[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const address =
      /^\s{0,100}(?:@[^\s:=]{1,214}:)?registry\s{0,100}=\s{0,100}["']?([^\s"';#]{1,500})/.exec(
        line.slice(0, 2_000),
      )?.[1];
    const value = address === undefined ? null : parseAddressPlace(address);
    return value === null ? [] : [{ value, place: `${path}:${index + 1}` }];
  });
}

/** Where a lock file says that its packages came from. */
export function findLockRegistries(path: string, text: string): readonly LocatedValue[] {
  const hosts = new Map<string, number>();
  for (const match of text.matchAll(/"resolved":\s?"(https?:\/\/[^/"\\]{1,300}\/)/g)) {
    const value = parseAddressPlace(match[1] ?? '');
    if (value !== null) hosts.set(value, (hosts.get(value) ?? 0) + 1);
  }
  return [...hosts].map(([value, count]) => ({ value, place: `${path} (${count} packages)` }));
}

/**
 * `https://registry.example.com:8443/npm/` is `registry.example.com:8443/npm`; credentials before
 * the host are dropped.
 */
function parseAddressPlace(address: string): string | null {
  const parts = /^https?:\/\/(?:[^/@]*@)?([^/?#]+)(\/[^?#]*)?/i.exec(address);
  return parts === null
    ? null
    : `${(parts[1] ?? '').toLowerCase()}${(parts[2] ?? '').replace(/\/+$/, '')}`;
}

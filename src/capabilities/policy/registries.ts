import { formatRepository, parseImageReference } from '../../core/image-reference.ts';

/**
 * Whether a repository is at or below one of the places: a registry (`registry.example.com`) or a
 * path of one (`registry.example.com/shop`, `…/shop/*`). Only whole path segments count: `shop`
 * does not include `shopping`, and `registry.example.com` does not include
 * `registry.example.com.attacker.example` (I19, G30).
 */
export function isWithinPlaces(repository: string, places: readonly string[]): boolean {
  // mutant allowed-registry-ends-at-segment by demo: literal -> $span
  return places.some((place) => repository === place || repository.startsWith(`${place}/`));
}

/**
 * A place in the form that `within` compares, or null for an invalid one: the host as Docker
 * normalises it, no scheme, no tag.
 */
export function normalisePlace(text: string): string | null {
  const place = text.replace(/\/\*$/, '');
  const slash = place.indexOf('/');
  const host = slash === -1 ? place : place.slice(0, slash);
  if (host !== 'localhost' && !/[.:]/.test(host)) return null;
  const probe = parseImageReference(slash === -1 ? `${host}/library/any` : place);
  if (
    !probe.ok ||
    probe.value.digest !== null ||
    probe.value.tag !== 'latest' ||
    place.endsWith(':latest')
  )
    return null;
  if (slash === -1) return probe.value.registry;
  return probe.value.registry === 'docker.io' && !place.slice(slash + 1).includes('/')
    ? `${probe.value.registry}/${place.slice(slash + 1)}`
    : formatRepository(probe.value);
}

/**
 * The same for registries of components, whose paths allow more than those of images: host, port
 * and path, without scheme (`registry.example.com/npm/_packaging`). Null for an invalid place, and
 * for a path with `..`.
 */
export function normaliseComponentPlace(text: string): string | null {
  const place = text.replace(/\/\*$/, '').replace(/\/$/, '');
  const slash = place.indexOf('/');
  const host = slash === -1 ? place : place.slice(0, slash);
  if ((host !== 'localhost' && !/[.:]/.test(host)) || !/^[\w.:[\]-]+$/.test(host)) return null;
  const path = slash === -1 ? '' : place.slice(slash);
  if (/[\s?#@\\*]/.test(path.replaceAll('/@', '/')) || /\/(?:\.{0,2}|%2e.*)(?:\/|$)/i.test(path))
    return null;
  const url = URL.parse(`https://${place}`);
  return url === null || url.hostname === ''
    ? null
    : `${url.host}${url.pathname.replace(/\/$/, '')}`;
}

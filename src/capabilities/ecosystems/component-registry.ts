import { encodePercent } from '../../core/percent.ts';
import { trimEndCharacters } from '../../formats/text/cut.ts';

/**
 * The registry of a component, as one text: host, port where it is not the default of the scheme,
 * and path; no scheme, user, password or query. Two addresses of one registry give one text; a host
 * that only begins with the same characters gives another.
 *
 * @example parseRegistry('https://user:secret@Example.com/npm/') // example.com/npm
 */
export function parseRegistry(text: string): string | null {
  if (text.length > 4_096 || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return null;
  const url = URL.parse(text.replace(/^git\+/i, ''));
  if (url === null || url.hostname === '') return null;
  const path = trimEndCharacters(url.pathname, '/');
  return `${url.host.toLowerCase()}${path}`;
}

/**
 * The registry in the address of a package's archive: the part before `/NAME/-/`, where npm
 * registries put archives; else the folder that contains the archive.
 */
export function parseArchiveRegistry(resolved: string, name: string): string | null {
  const place = parseRegistry(resolved);
  if (place === null) return null;
  const mark = place.lastIndexOf('/-/');
  if (mark === -1) return place.includes('/') ? place.slice(0, place.lastIndexOf('/')) : place;
  const before = place.slice(0, mark);
  for (const form of [
    name,
    encodePercent(name),
    name.replace('/', '%2f'),
    name.replace('/', '%2F'),
  ])
    if (before.endsWith(`/${form}`)) return before.slice(0, -form.length - 1);
  return before;
}

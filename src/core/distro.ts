import { getOwn } from './own.ts';

/** Releases by code name, as `distro` qualifiers of other tools write them. */
const RELEASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  debian: {
    wheezy: '7',
    jessie: '8',
    stretch: '9',
    buster: '10',
    bullseye: '11',
    bookworm: '12',
    trixie: '13',
    forky: '14',
  },
  ubuntu: {
    trusty: '14.04',
    xenial: '16.04',
    bionic: '18.04',
    focal: '20.04',
    jammy: '22.04',
    kinetic: '22.10',
    lunar: '23.04',
    mantic: '23.10',
    noble: '24.04',
    oracular: '24.10',
    plucky: '25.04',
    questing: '25.10',
  },
  alpine: {},
};

/** The release of a distribution that a code name means; null where none is known. */
export function findRelease(distribution: string, codename: string): string | null {
  const releases = getOwn(RELEASES, distribution);
  return releases === undefined ? null : (getOwn(releases, codename) ?? null);
}

/**
 * `ID-VERSION_ID` of os-release. Debian's point releases are dropped, because its packages and
 * advisories belong to the release. A bare version gets its distribution; a code name becomes its
 * number.
 *
 * @example canonicaliseDistro('debian', 'debian-12.5') // debian-12
 */
export function canonicaliseDistro(namespace: string, value: string, codename = ''): string {
  const text = value.toLowerCase();
  if (!Object.hasOwn(RELEASES, namespace)) return text;
  const version = text.startsWith(`${namespace}-`) ? text.slice(namespace.length + 1) : text;
  const number =
    findRelease(namespace, version) ??
    (/^[0-9]/.test(version) ? version : findRelease(namespace, codename));
  if (number === null) return text;
  return `${namespace}-${namespace === 'debian' ? number.split('.', 1)[0] : number}`;
}

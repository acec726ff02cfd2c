import { type Purl, type PurlParts, parsePurl } from '../../core/purl.ts';
import { debianScheme } from './versions/debian.ts';
import { mavenScheme } from './versions/maven.ts';
import type { VersionScheme } from './versions/scheme.ts';
import { semverScheme } from './versions/semver.ts';

/** What a package is called in advisories, and how its versions are ordered. */
export interface PackageAddress {
  /** OSV ecosystems under which it may stand: `['Debian:12', 'Debian']`. */
  readonly ecosystems: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly scheme: VersionScheme;
}

/** What scanning needs of a component: the graph asks with these alone. */
export interface Matchable {
  readonly purl: Purl;
  readonly version: string;
  readonly source: { readonly name: string; readonly version: string } | null;
}

export type Addressing =
  | { readonly kind: 'address'; readonly address: PackageAddress }
  | { readonly kind: 'not-covered'; readonly why: string };

/** How versions of an OSV ecosystem are ordered; null where we cannot yet. */
export function schemeOf(ecosystem: string): VersionScheme | null {
  switch (ecosystem.split(':', 1)[0]) {
    case 'npm':
      return semverScheme;
    case 'Maven':
      return mavenScheme;
    case 'Debian':
      return debianScheme;
    default:
      return null;
  }
}

/** Debian releases by code name, as `distro` qualifiers of other tools write them. */
const DEBIAN_CODENAMES: Readonly<Record<string, string>> = {
  wheezy: '7',
  jessie: '8',
  stretch: '9',
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
};

/**
 * Finds the advisories' name of a component, or says why there is none: never "clean" for what nobody can look up.
 * `distro` is the distribution of the whole inventory, for packages whose purl names none (`debian-12`).
 */
export function addressOf(component: Matchable, distro: string | null = null): Addressing {
  const parsed = parsePurl(component.purl);
  if (!parsed.ok) return notCovered('its purl is malformed');
  const parts = parsed.value;
  if (component.version === '') return notCovered('it has no version');
  switch (parts.type) {
    case 'npm':
      return at(
        ['npm'],
        [parts.namespace, parts.name].filter((part) => part !== null).join('/'),
        component,
        semverScheme,
      );
    case 'maven':
      if (parts.namespace === null) return notCovered('it has no Maven group, so advisories cannot be found by name');
      return at(['Maven'], `${parts.namespace}:${parts.name}`, component, mavenScheme);
    case 'deb':
      return debianAddress(component, parts, distro);
    default:
      return notCovered(`packages of type ${parts.type} are not covered`);
  }
}

function at(
  ecosystems: readonly string[],
  name: string,
  { version }: { readonly version: string },
  scheme: VersionScheme,
): Addressing {
  return { kind: 'address', address: { ecosystems, name, version, scheme } };
}

/** Debian's advisories name source packages, by release. */
function debianAddress(component: Matchable, parts: PurlParts, inventoryDistro: string | null): Addressing {
  if (parts.namespace !== 'debian') return notCovered(`packages of ${parts.namespace ?? 'no vendor'} are not covered`);
  const distro = parts.qualifiers['distro'] ?? inventoryDistro;
  if (distro === null) return notCovered('its Debian release is not known');
  const release = debianRelease(distro);
  if (release === null)
    return notCovered(`its distribution ${JSON.stringify(distro.slice(0, 60))} is not a Debian release`);
  const source = component.source ?? upstreamOf(parts) ?? { name: parts.name, version: component.version };
  if (source.version === '') return notCovered('its source package has no version');
  return at([`Debian:${release}`, 'Debian'], source.name, source, debianScheme);
}

/** `debian-12`, `debian-12.5`, `12`, `bookworm`, `debian-bookworm`. */
function debianRelease(distro: string): string | null {
  const name = distro.toLowerCase().replace(/^debian-?/, '');
  const numbered = /^(\d{1,3})(?:\.\d+)*$/.exec(name)?.[1];
  return numbered ?? (Object.hasOwn(DEBIAN_CODENAMES, name) ? (DEBIAN_CODENAMES[name] ?? null) : null);
}

/** purl-spec, deb and rpm as other tools write them: `upstream=glibc` or `upstream=glibc@2.36`. */
function upstreamOf(parts: PurlParts): { readonly name: string; readonly version: string } | null {
  const upstream = parts.qualifiers['upstream'];
  if (upstream === undefined || parts.version === null) return null;
  const [name = '', version] = upstream.split('@');
  return name === '' ? null : { name, version: version ?? parts.version };
}

function notCovered(why: string): Addressing {
  return { kind: 'not-covered', why };
}

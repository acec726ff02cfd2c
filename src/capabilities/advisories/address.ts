import { type Purl, type PurlParts, parsePurl } from '../../core/purl.ts';
import type { VersionScheme } from '../ecosystems/index.ts';
import { debianScheme, mavenScheme, semverScheme } from '../ecosystems/index.ts';

/** What a package is called in advisories, and how its versions are ordered. */
export interface PackageAddress {
  /** OSV ecosystems under which it may stand: `['Debian:12', 'Debian']`. */
  readonly ecosystems: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly scheme: VersionScheme;
}

/** What scanning needs of a component: the graph asks with these alone. */
export interface ScannedPackage {
  readonly purl: Purl;
  readonly version: string;
  readonly source: { readonly name: string; readonly version: string } | null;
}

export type AddressResult =
  /**
   * `doubt` says why not finding anything under this address proves nothing; null where it does.
   */
  | { readonly kind: 'address'; readonly address: PackageAddress; readonly doubt: string | null }
  | { readonly kind: 'not-covered'; readonly why: string };

/** How versions of an OSV ecosystem are ordered; null where we cannot yet. */
export function findScheme(ecosystem: string): VersionScheme | null {
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

/** What the rest of an inventory says about how to read one component. */
export interface Surroundings {
  /** The distribution, for packages whose purl names none (`debian-12`). */
  readonly distro: string | null;
  /** Whether source packages are recorded, so that none means "of the same name". */
  readonly namesSources: boolean;
}

const NOWHERE: Surroundings = { distro: null, namesSources: true };

/**
 * Finds the advisories' name of a component, or says why there is none: never "clean" for what
 * nobody can look up.
 */
export function findAddress(
  component: ScannedPackage,
  surroundings: Surroundings = NOWHERE,
): AddressResult {
  const parsed = parsePurl(component.purl);
  if (!parsed.ok) return createNotCovered('its purl is malformed');
  const parts = parsed.value;
  const version = component.version || parts.version;
  if (version === null || version === '') return createNotCovered('it has no version');
  switch (parts.type) {
    case 'npm':
      return createAddress(
        ['npm'],
        [parts.namespace, parts.name].filter((part) => part !== null).join('/'),
        version,
        semverScheme,
      );
    case 'maven':
      if (parts.namespace === null)
        return createNotCovered('it has no Maven group, so advisories cannot be found by name');
      return createAddress(['Maven'], `${parts.namespace}:${parts.name}`, version, mavenScheme);
    case 'deb':
      return findDebianAddress({ ...component, version }, parts, surroundings);
    default:
      return createNotCovered(`packages of type ${parts.type} are not covered`);
  }
}

function createAddress(
  ecosystems: readonly string[],
  name: string,
  version: string,
  scheme: VersionScheme,
): AddressResult {
  return { kind: 'address', address: { ecosystems, name, version, scheme }, doubt: null };
}

/** Debian's advisories name source packages, by release. */
function findDebianAddress(
  component: ScannedPackage,
  parts: PurlParts,
  surroundings: Surroundings,
): AddressResult {
  if (parts.namespace !== 'debian')
    return createNotCovered(`packages of ${parts.namespace ?? 'no vendor'} are not covered`);
  const distro = parts.qualifiers['distro'] ?? surroundings.distro;
  if (distro === null) return createNotCovered('its Debian release is not known');
  const release = parseDebianRelease(distro);
  if (release === null)
    return createNotCovered(
      `its distribution ${JSON.stringify(distro.slice(0, 60))} is not a Debian release`,
    );
  const named = component.source ?? parseUpstream(parts);
  const source = named ?? { name: parts.name, version: component.version };
  if (source.version === '') return createNotCovered('its source package has no version');
  const address = { ecosystems: [`Debian:${release}`, 'Debian'], ...source, scheme: debianScheme };
  // An SBOM that names no source package at all (cdxgen) would hide openssl behind libssl3.
  const doubt =
    named === null && !surroundings.namesSources ? 'its source package is not known' : null;
  return { kind: 'address', address, doubt };
}

/** `debian-12`, `debian-12.5`, `12`, `bookworm`, `debian-bookworm`. */
function parseDebianRelease(distro: string): string | null {
  const name = distro.toLowerCase().replace(/^debian-?/, '');
  const numbered = /^(\d{1,3})(?:\.\d+)*$/.exec(name)?.[1];
  return (
    numbered ?? (Object.hasOwn(DEBIAN_CODENAMES, name) ? (DEBIAN_CODENAMES[name] ?? null) : null)
  );
}

/** purl-spec, deb and rpm as other tools write them: `upstream=glibc` or `upstream=glibc@2.36`. */
export function parseUpstream(
  parts: PurlParts,
): { readonly name: string; readonly version: string } | null {
  const upstream = parts.qualifiers['upstream'];
  if (upstream === undefined || parts.version === null) return null;
  const [name = '', version] = upstream.split('@');
  return name === '' ? null : { name, version: version ?? parts.version };
}

function createNotCovered(why: string): AddressResult {
  return { kind: 'not-covered', why };
}

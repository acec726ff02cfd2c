import {
  canonicalisePackage,
  findSourcePackage,
  formatPackageVersion,
} from '../../../core/package-purl.ts';

import { encodePercent } from '../../../core/percent.ts';
import { formatPurl, type Purl, type PurlParts, parsePurlPattern } from '../../../core/purl.ts';
import { formatPackageName } from '../../ecosystems/index.ts';

/**
 * What a package URL says, in one form that is equal for every tool's spelling of a package.
 */
export interface PackageIdentity {
  /**
   * `source` is a Debian source package (`arch=source`), `image` a container image: neither is
   * installed software.
   */
  readonly kind: 'package' | 'source' | 'image';
  readonly purl: Purl;
  readonly name: string;
  /** Empty where the purl has none. */
  readonly version: string;
  /** The source package, where a qualifier names one. */
  readonly source: { readonly name: string; readonly version: string } | null;
}

const VERSION = '(?:[0-9A-Za-z._~:-]|%2B)+';
// The purls that Waybill itself writes most; all others take the slow way. A property test compares
// the two ways.
const COMMON_NPM = new RegExp(
  `^pkg:npm/(?:%40([a-z0-9][a-z0-9._~-]*)/)?([a-z0-9][a-z0-9._~-]*)@(${VERSION})$`,
);
const COMMON_MAVEN = new RegExp(
  `^pkg:maven/([A-Za-z0-9][A-Za-z0-9._-]*)/([A-Za-z0-9][A-Za-z0-9._-]*)@(${VERSION})$`,
);
const COMMON_DEBIAN = new RegExp(
  `^pkg:deb/debian/([a-z0-9](?:[a-z0-9.-]|%2B)*)@(${VERSION})` +
    '[?]arch=(?!source&)[a-z0-9-]+&distro=debian-[0-9]+$',
);

const COMMON_GO = new RegExp(`^pkg:golang/((?:[a-z0-9._~-]+/)+[a-z0-9._~-]+)@(v${VERSION})$`);
const UPSTREAM =
  'upstream=([a-z0-9](?:[a-z0-9.-]|%2B)*)(?:(?:%40|@)((?:[0-9A-Za-z._~:-]|%2B|%3A)+))?';
// As Syft and Waybill write it: with the source package, and sometimes a point release.
const SYFT_DEBIAN = new RegExp(
  `^pkg:deb/debian/([a-z0-9](?:[a-z0-9.-]|%2B)*)@(${VERSION})[?]arch=(?!source&)([a-z0-9-]+)` +
    `(?:&${UPSTREAM})?&distro=debian-([0-9]+)(?:[.][0-9]+)*(?:&${UPSTREAM})?$`,
);

/**
 * The identity that a package URL states, or null when it states none.
 *
 * @example identifyPackage('pkg:deb/debian/apt@2.6.1?arch=amd64&distro=debian-12.5&upstream=apt')
 */
export function identifyPackage(text: string): PackageIdentity | null {
  return identifyCommon(text) ?? identifyUncommon(text);
}

/** The same, with the version that the document states where the purl has none. */
export function identifyStated(text: string, version: string): PackageIdentity | null {
  const identity = identifyPackage(text);
  return identity === null || identity.version !== '' || version === ''
    ? identity
    : identifyPackage(addVersion(text, version));
}

function addVersion(purl: string, version: string): string {
  const end = purl.search(/[?#]/);
  const [head, tail] = end === -1 ? [purl, ''] : [purl.slice(0, end), purl.slice(end)];
  return `${head.replace(/@$/, '')}@${encodePercent(version)}${tail}`;
}

/** Reads only a few spellings, most of them canonical; null for all others. */
export function identifyCommon(text: string): PackageIdentity | null {
  if (text.length > 512) return null;
  // The first letter of the type: each pattern is tried on its own type alone.
  const letter = text.charAt(4);
  if (letter === 'n') return identifyNpm(text);
  if (letter === 'm') return identifyMaven(text);
  if (letter === 'g') {
    const go = COMMON_GO.exec(text);
    return go === null ? null : createIdentity(text, go[1] ?? '', decodePlain(go[2]));
  }
  const debian = letter === 'd' ? COMMON_DEBIAN.exec(text) : null;
  return debian === null
    ? identifySyft(text)
    : createIdentity(text, decodePlain(debian[1]), decodePlain(debian[2]));
}

function identifyNpm(text: string): PackageIdentity | null {
  const npm = COMMON_NPM.exec(text);
  if (npm === null) return null;
  const name = npm[1] === undefined ? decodePlain(npm[2]) : `@${npm[1]}/${npm[2]}`;
  return createIdentity(text, name, decodePlain(npm[3]));
}

function identifyMaven(text: string): PackageIdentity | null {
  const maven = COMMON_MAVEN.exec(text);
  return maven === null
    ? null
    : createIdentity(text, `${maven[1]}:${maven[2]}`, decodePlain(maven[3]));
}

function identifySyft(text: string): PackageIdentity | null {
  const debian = SYFT_DEBIAN.exec(text);
  if (debian === null) return null;
  const [, name, version, arch, early, earlyVersion, release, late, lateVersion] = debian;
  if (early !== undefined && late !== undefined) return null;
  const [upstream, upstreamVersion] = [early ?? late, earlyVersion ?? lateVersion];
  const purl = `pkg:deb/debian/${name}@${version}?arch=${arch}&distro=debian-${release}`;
  const identity = createIdentity(purl, decodePlain(name), decodePlain(version));
  if (upstream === undefined) return identity;
  const sourceVersion =
    upstreamVersion === undefined ? identity.version : decodePlain(upstreamVersion);
  return { ...identity, source: { name: decodePlain(upstream), version: sourceVersion } };
}

function createIdentity(text: string, name: string, version: string): PackageIdentity {
  return { kind: 'package', purl: text as Purl, name, version, source: null };
}

function decodePlain(text: string | undefined): string {
  if (text === undefined) return '';
  return text.includes('%') ? text.replaceAll('%2B', '+').replaceAll('%3A', ':') : text;
}

/** The general way: parsed, normalised, written again. */
export function identifyUncommon(text: string): PackageIdentity | null {
  const parsed = parsePurlPattern(text);
  return parsed.ok ? toIdentity(parsed.value) : null;
}

/**
 * The identity of parsed parts; `qualifiers` that do not decide which package it is are dropped.
 */
export function toIdentity(given: PurlParts): PackageIdentity {
  const parts = canonicalisePackage(given);
  return {
    kind: classifyParts(parts),
    purl: formatPurl(parts),
    name: formatPackageName(parts),
    version: formatPackageVersion(parts),
    source: findSourcePackage(given),
  };
}

function classifyParts({ type, qualifiers }: PurlParts): PackageIdentity['kind'] {
  if (type === 'oci' || type === 'docker') return 'image';
  return (type === 'deb' || type === 'rpm') && ['source', 'src'].includes(qualifiers['arch'] ?? '')
    ? 'source'
    : 'package';
}

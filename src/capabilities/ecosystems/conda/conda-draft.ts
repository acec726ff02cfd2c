import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import type { Draft } from '../extractor.ts';
import { dropCredentials } from '../python/requirements/address.ts';

export interface CondaPackage {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  readonly location: string;
  /** `py312h1_0`; null where it is not known. */
  readonly build: string | null;
  /** The address of the archive, which names channel and platform. */
  readonly url: string | null;
  readonly sha256?: string | null;
  readonly license?: string | null;
  readonly needs?: readonly string[];
  readonly development?: boolean;
}

/** `pkg:conda/NAME@VERSION?build=…&channel=…&subdir=…` (purl-spec, conda). */
export function createCondaDraft(given: CondaPackage): Draft {
  const { key, name, version, build, url, location, sha256 = null } = given;
  const place = url === null ? null : readPlace(url);
  const qualifiers = {
    ...(build === null ? {} : { build }),
    ...(place === null ? {} : { channel: place.channel, subdir: place.subdir }),
  };
  const license = toSpdxExpression(given.license ?? '');
  return {
    key,
    parts: { type: 'conda', namespace: null, name, version, qualifiers, subpath: null },
    name,
    version,
    licenses: license === null ? [] : [license],
    source: null,
    locations: [location],
    hashes: sha256 !== null && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {},
    origin: url === null ? null : dropCredentials(url),
    needs: given.needs ?? [],
    development: given.development ?? false,
  };
}

function readPlace(url: string): { readonly channel: string; readonly subdir: string } | null {
  const segments = url.split('/');
  const [channel = '', subdir = ''] = segments.slice(-3);
  return /^[\w.-]+$/.test(channel) && /^(?:noarch|[a-z]+-[\w]+)$/.test(subdir)
    ? { channel, subdir }
    : null;
}

/** The name of an archive: `NAME-VERSION-BUILD.conda`; a name may have hyphens. */
export function takeArchiveName(
  url: string,
): { readonly name: string; readonly version: string; readonly build: string } | null {
  const base = url.slice(url.lastIndexOf('/') + 1);
  const [, stem] = /^(.+)\.(?:conda|tar\.bz2)$/.exec(base) ?? [];
  const parts = stem?.split('-') ?? [];
  const [build = '', version = ''] = [parts.pop(), parts.pop()];
  const name = parts.join('-');
  return isCondaName(name) && isCondaVersion(version) ? { name, version, build } : null;
}

export function isCondaName(name: string): boolean {
  return /^[A-Za-z0-9_][\w.-]{0,200}$/.test(name);
}

export function isCondaVersion(version: string): boolean {
  return /^[\w.!+*-]{1,200}$/.test(version);
}

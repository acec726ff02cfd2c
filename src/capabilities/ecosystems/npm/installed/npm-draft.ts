import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import type { PurlParts } from '../../../../core/purl.ts';
import type { Draft } from '../../extractor.ts';
import { parseNpmLicences } from '../../licence.ts';

export interface NpmPackage {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  readonly location: string;
  readonly needs: readonly string[];
  readonly fields: JsonObject;
}

const NAME = /^(?:@[^/@\s]+\/)?[^/@\s]+$/;

/**
 * Whether a text can be the name of an npm package; old packages break today's stricter rules.
 */
export function isNpmName(name: string): boolean {
  return name.length <= 214 && NAME.test(name) && name !== '.' && name !== '..';
}

export function isVersionText(version: JsonValue | undefined): version is string {
  return typeof version === 'string' && version !== '' && version.length <= LIMITS.versionBytesMax;
}

export function createNpmDraft({ key, name, version, location, needs, fields }: NpmPackage): Draft {
  return {
    key,
    parts: buildNpmParts(name, version),
    name,
    version,
    licenses: parseNpmLicences(fields['license'], fields['licenses']),
    source: null,
    locations: [location],
    hashes: parseIntegrity(fields['integrity']),
    origin: parseOrigin(fields['resolved']),
    needs,
    development: fields['dev'] === true,
  };
}

export function buildNpmParts(name: string, version: string): PurlParts {
  const slash = name.indexOf('/');
  return {
    type: 'npm',
    namespace: slash === -1 ? null : name.slice(0, slash),
    name: name.slice(slash + 1),
    version,
    qualifiers: {},
    subpath: null,
  };
}

/**
 * The purl-spec registers no type for packages of JSR; this is the one that other tools write
 * (OSV-SCALIBR).
 */
export const JSR = 'jsr';

/** Subresource Integrity (W3C SRI §3.5) to hex digests; the first one of each algorithm. */
export function parseIntegrity(integrity: JsonValue | undefined): Readonly<Record<string, string>> {
  const hashes = new Map<string, string>();
  const words = typeof integrity === 'string' ? integrity.slice(0, 4_096).split(/\s+/) : [];
  for (const word of words) {
    const [, algorithm, encoded] =
      /^(sha1|sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})(?:\?|$)/.exec(word) ?? [];
    if (algorithm === undefined || encoded === undefined || hashes.has(algorithm)) continue;
    const digest = Buffer.from(encoded, 'base64');
    if (digest.length === getOwn(DIGEST_BYTES, algorithm))
      hashes.set(algorithm, digest.toString('hex'));
  }
  return Object.fromEntries(hashes);
}

const DIGEST_BYTES: Readonly<Record<string, number>> = {
  sha1: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** Its origin without user names, passwords, tokens and queries: an SBOM is published. */
export function parseOrigin(resolved: JsonValue | undefined): string | null {
  if (typeof resolved !== 'string' || resolved === '' || resolved.length > 4_096) return null;
  const [url = ''] = resolved.split('?');
  const bare = url.replace(/^([a-z+.-]+:\/\/)(?!git@)[^/@]*@/i, '$1');
  const hash = resolved.lastIndexOf('#');
  return bare.includes('#') || hash === -1 ? bare : `${bare}${resolved.slice(hash)}`;
}

/** The names that a package needs. */
export function listNeededNames(fields: JsonObject, members: readonly string[]): readonly string[] {
  return members.flatMap((member) => {
    const needed = getOwn(fields, member);
    return isJsonObject(needed) ? Object.keys(needed) : [];
  });
}

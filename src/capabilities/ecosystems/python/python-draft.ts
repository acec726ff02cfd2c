import { LIMITS } from '../../../core/limits.ts';
import { setOwn } from '../../../core/own.ts';
import type { PurlParts } from '../../../core/purl.ts';
import type { Draft } from '../extractor.ts';
import type { LockedSource } from './lock/python-lock.ts';
import { dropCredentials } from './requirements/address.ts';

export interface PythonPackage {
  readonly key: string;
  /** As the file writes it. */
  readonly name: string;
  readonly version: string;
  readonly location: string;
  readonly licenses?: readonly string[];
  /** `sha256:…`, one for each archive that may be installed. */
  readonly hashes?: readonly string[];
  readonly origin?: string | null;
  readonly needs?: readonly string[];
  readonly development?: boolean;
  /** A repository, where only its commit is known: it is then the version. */
  readonly repository?: string | null;
}

export function createPythonDraft(given: PythonPackage): Draft {
  const { key, name, version, location, repository = null } = given;
  const parts = buildPythonParts(name, version);
  const qualifiers = repository === null ? {} : { vcs_url: `${repository}@${version}` };
  return {
    key,
    parts: { ...parts, qualifiers },
    name,
    version,
    licenses: given.licenses ?? [],
    source: null,
    locations: [location],
    hashes: readOnlyHash(given.hashes ?? []),
    origin: given.origin ?? null,
    needs: given.needs ?? [],
    development: given.development ?? false,
  };
}

export function buildPythonParts(name: string, version: string | null): PurlParts {
  return { type: 'pypi', namespace: null, name, version, qualifiers: {}, subpath: null };
}

/** Which of several archives is installed depends on the machine: then none is named. */
function readOnlyHash(hashes: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const [, algorithm, digest] =
    /^(sha256|sha384|sha512):([0-9a-f]{64,128})$/i.exec(
      hashes.length === 1 ? (hashes[0] ?? '') : '',
    ) ?? [];
  if (algorithm !== undefined && digest !== undefined)
    setOwn(found, algorithm.toLowerCase(), digest.toLowerCase());
  return found;
}

/** As an SBOM shows it; null for an index that the lock does not name. */
export function describeSource(source: LockedSource): string | null {
  if ('path' in source) return source.path;
  if (source.url === null) return null;
  const url = dropCredentials(source.url).slice(0, 4_096);
  if (source.kind !== 'git') return url;
  const scheme = /^(?:git|ssh)(?:\+|:|@)/i.test(url) ? '' : 'git+';
  return `${scheme}${url}${source.commit === null ? '' : `@${source.commit}`}`;
}

export function isVersionText(version: string): boolean {
  return version.length <= LIMITS.versionBytesMax && /^[\x21-\x7e]+$/.test(version);
}

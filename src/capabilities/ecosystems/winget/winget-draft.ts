import type { JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { PurlParts } from '../../../core/purl.ts';
import type { Draft } from '../extractor.ts';

/** `Publisher.Package`, up to eight parts (winget-cli, manifest schema, "PackageIdentifier"). */
const PART = /^[^\s.\\/:*?"<>|]{1,32}$/;

const CONTROL = /\p{Cc}/u;

export function isWingetId(id: JsonValue | undefined): id is string {
  if (typeof id !== 'string' || id.length > 128) return false;
  const parts = id.split('.');
  return parts.length <= 8 && parts.every((part) => PART.test(part) && !CONTROL.test(part));
}

export interface WingetPackage {
  readonly id: string;
  readonly version: string;
  readonly location: string;
  readonly licenses?: readonly string[];
  readonly hashes?: Draft['hashes'];
  readonly origin?: string | null;
}

export function createWingetDraft(found: WingetPackage): Draft {
  const { id, version, location, licenses = [], hashes = {}, origin = null } = found;
  return {
    key: `${id.toLowerCase()}/${version.toLowerCase()}`,
    parts: buildWingetParts(id, version),
    name: id,
    version,
    licenses,
    source: null,
    locations: [location],
    hashes,
    origin,
    needs: [],
    development: false,
  };
}

/**
 * The purl-spec registers no type for winget; this is the one that other tools write
 * (OSV-SCALIBR).
 */
export function buildWingetParts(id: string, version: string | null): PurlParts {
  return { type: 'winget', namespace: null, name: id, version, qualifiers: {}, subpath: null };
}

export function isVersionText(version: JsonValue | undefined): version is string {
  return typeof version === 'string' && version !== '' && version.length <= LIMITS.versionBytesMax;
}

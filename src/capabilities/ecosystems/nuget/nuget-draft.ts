import type { JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { PurlParts } from '../../../core/purl.ts';
import type { Skip } from '../component.ts';
import { createSkip, type Draft } from '../extractor.ts';
import { normaliseVersion } from './version-order.ts';

const NAME = /^[0-9A-Za-z_](?:[0-9A-Za-z_.-]{0,98}[0-9A-Za-z_])?$/;

/** Whether a text can be the id of a package (NuGet.Packaging, `PackageIdValidator`). */
export function isNugetName(name: JsonValue | undefined): name is string {
  return typeof name === 'string' && NAME.test(name);
}

export function isVersionText(version: JsonValue | undefined): version is string {
  return typeof version === 'string' && version !== '' && version.length <= LIMITS.versionBytesMax;
}

/** Ids of NuGet are equal without regard to case. */
export function foldNugetName(name: string): string {
  return name.toLowerCase();
}

/** Names a package among others of one file. */
export function formatKey(name: string, version: string): string {
  return `${foldNugetName(name)}/${version.toLowerCase()}`;
}

export interface NugetPackage {
  readonly name: string;
  readonly version: string;
  readonly location: string;
  /** SHA-512 of its content, in base 64, with or without `sha512-`. */
  readonly hash?: JsonValue | undefined;
  readonly needs?: readonly string[];
  readonly development?: boolean;
}

export function createNugetDraft(found: NugetPackage): Draft {
  const { name, location, needs = [], development = false } = found;
  const version = normaliseVersion(found.version);
  return {
    key: formatKey(name, version),
    parts: buildNugetParts(name, version),
    name,
    version,
    licenses: [],
    source: null,
    locations: [location],
    hashes: parseContentHash(found.hash),
    origin: null,
    needs,
    development,
  };
}

export function buildNugetParts(name: string, version: string | null): PurlParts {
  return { type: 'nuget', namespace: null, name, version, qualifiers: {}, subpath: null };
}

const SHA512_BYTES = 64;

/** In hex; empty where it is none. */
export function parseContentHash(hash: JsonValue | undefined): Readonly<Record<string, string>> {
  if (typeof hash !== 'string' || hash.length > 256) return {};
  const [, encoded] = /^(?:sha512-)?([A-Za-z0-9+/]+={0,2})$/i.exec(hash) ?? [];
  const digest = Buffer.from(encoded ?? '', 'base64');
  return digest.length === SHA512_BYTES ? { sha512: digest.toString('hex') } : {};
}

export function skipMalformed(file: string, what: string, remedy: string): Skip {
  return createSkip(file, 'MALFORMED', what, remedy);
}

/** A text from a file, for a message. */
export function quoteName(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}

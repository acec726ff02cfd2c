import type { PurlParts } from '../../../core/purl.ts';
import type { Result } from '../../../core/result.ts';
import type { Skip } from '../component.ts';
import type { PinState, RegistrySource } from '../dependency.ts';
import type { CoverageCheck, Draft, PackageRequest } from '../extractor.ts';
import type { WantedFiles } from '../wanted-files.ts';

/** One package as a lock names it, for an inventory and for the declared dependencies alike. */
export interface LockedPackage {
  /** Unique in its lock. */
  readonly key: string;
  readonly parts: PurlParts;
  /** As its ecosystem names it, and as manifests ask for it. */
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly string[];
  /** By SPDX algorithm name in lower case, hex digits. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The address that the lock records, without credentials. */
  readonly origin: string | null;
  readonly registry: RegistryOrigin;
  /** Keys of other packages of the lock. */
  readonly needs: readonly string[];
  readonly development: boolean;
  /** From 1. */
  readonly line: number;
  readonly pinned: PinState;
  /** One sentence: why it is pinned, or is not. */
  readonly why: string;
  /** Set where it is pinned by a version that cannot change, and no hash is recorded. */
  readonly lacksHash?: true;
}

export interface RegistryOrigin {
  readonly registry: string | null;
  readonly registryFrom: RegistrySource;
}

export const UNNAMED_REGISTRY: RegistryOrigin = { registry: null, registryFrom: 'default' };
export const IN_TREE: RegistryOrigin = { registry: null, registryFrom: 'tree' };

export interface LockContent {
  readonly packages: readonly LockedPackage[];
  /** Keys of what the project itself requires; null where the lock does not say. */
  readonly direct: readonly string[] | null;
  /** Whether `needs` name everything, so that what nothing needs is a stranger. */
  readonly isClosed: boolean;
  /** Names of the parts of the project that it locks; empty where it does not name them. */
  readonly projects?: readonly string[];
  readonly problems: readonly Skip[];
  readonly check: CoverageCheck;
  /**
   * The locked package for a request of a manifest; null where the lock has none, `tree` for a part
   * of the project.
   */
  find(request: PackageRequest, manifest: ManifestContent): LockedPackage | 'tree' | null;
}

export interface ManifestContent {
  /** What a lock calls the project; null where it has no name. */
  readonly name: string | null;
  readonly requests: readonly ManifestRequest[];
  readonly problems: readonly Skip[];
  /** Set where it requires more than `requests`: a program decides what. */
  readonly isOpen?: boolean;
  /** Folders of other parts of the project, as written. */
  readonly members?: readonly string[];
}

export interface ManifestRequest extends PackageRequest {
  /** From 1. */
  readonly line: number;
  readonly development: boolean;
  /** The registry that the manifest names for it; null where it names none. */
  readonly written: string | null;
  /** The name of its registry, which only settings explain. */
  readonly registryName?: string;
  /** A folder, and so a part of the project, where that is in the tree. */
  readonly folder: string | null;
}

/** What settings go by: `registryName` for what no lock has. */
export interface SoughtPackage extends Pick<LockedPackage, 'name' | 'origin' | 'registry'> {
  readonly registryName?: string;
}

/** What a file of settings says about registries, for the manifests of a folder and below. */
export interface RegistrySettings {
  /** Null where it says nothing about where a package comes from. */
  locate(locked: SoughtPackage): RegistryOrigin | null;
}

/** A package manager with one lock for one or more manifests. */
export interface LockFormat {
  /** The names of its extractors begin with it: `cargo`. */
  readonly name: string;
  readonly purlType: string;
  readonly isLock: WantedFiles;
  readonly isManifest: WantedFiles;
  readLock(path: string, bytes: Uint8Array): Result<LockContent>;
  readManifest(path: string, bytes: Uint8Array): Result<ManifestContent>;
  buildParts(name: string, version: string): PurlParts;
  /** The manifest beside a lock. */
  findManifest(lock: string): string;
  /** How the lock is written again: a command. */
  readonly relock: string;
  /** Whether a file shows by its name alone that others do not count. */
  readonly isMark?: WantedFiles;
  /** Whether a file does not count beside others: that of a package that is itself installed. */
  isShadowed?(path: string, paths: ReadonlySet<string>): boolean;
  readonly settings?: {
    wants(path: string): boolean;
    /** The folder that it is for. */
    findFolder(path: string): string;
    read(path: string, bytes: Uint8Array): Result<RegistrySettings>;
  };
}

/** The draft of a component, from what its lock says. */
export function toDraft(locked: LockedPackage, location: string): Draft {
  const { key, parts, name, version, licenses, hashes, origin, needs, development } = locked;
  return {
    ...{ key, parts, name, version, licenses, hashes, origin, needs, development },
    source: null,
    locations: [location],
  };
}

/** Parts of a purl without qualifiers; a name with a slash has a namespace before it. */
export function buildPlainParts(type: string, name: string, version: string): PurlParts {
  const slash = name.lastIndexOf('/');
  const namespace = slash === -1 ? null : name.slice(0, slash);
  return { type, namespace, name: name.slice(slash + 1), version, qualifiers: {}, subpath: null };
}

/** A version as a lock may have it: one word of printable ASCII. */
export function isPlainVersion(version: unknown): version is string {
  return typeof version === 'string' && /^[\x21-\x7e]{1,1024}$/.test(version);
}

/** A text from outside in a message. */
export function quoteName(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}

/**
 * The path of a folder from the root of the tree, empty for the root; null where it leaves the
 * tree.
 */
export function joinFolder(base: string, relative: string): string | null {
  if (/^(?:[\\/]|[A-Za-z]:|~|[a-z][a-z0-9+.-]*:\/\/)/i.test(relative)) return null;
  const segments = base === '' ? [] : base.split('/');
  for (const segment of relative.split(/[\\/]/)) {
    if (segment === '..' && segments.pop() === undefined) return null;
    if (segment !== '' && segment !== '.' && segment !== '..') segments.push(segment);
  }
  return segments.join('/');
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** A search for lines that is given places in their order, so that it reads a text once. */
export function createLineFinder(text: string): (needle: string | RegExp) => number {
  const lines = text.split('\n');
  let at = 0;
  let misses = 0;
  return (needle) => {
    // mutant line-search-without-end by linear-reading: condition -> false
    if (misses > MISSES_MAX) return Math.max(at, 1);
    const isHere = (line: string): boolean =>
      typeof needle === 'string' ? line.includes(needle) : needle.test(line);
    for (let next = at; next < lines.length; next++)
      if (isHere(lines[next] ?? '')) {
        at = next + 1;
        return at;
      }
    misses++;
    return Math.max(at, 1);
  };
}

/** Each place that is not there is searched to the end of the text. */
const MISSES_MAX = 8;

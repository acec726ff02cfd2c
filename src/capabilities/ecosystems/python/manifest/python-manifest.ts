import { posix } from 'node:path';
import type { Skip } from '../../component.ts';
import { type PackageRequest, takeDirectory } from '../../extractor.ts';
import { normaliseName } from '../requirement.ts';
import { isAllowed } from '../specifier.ts';

/** One requirement of a project. */
export interface PythonNeed {
  /** Normalised. */
  readonly name: string;
  /** As written: `flask>=2`, `^2.0`. */
  readonly text: string;
  /** PEP 440, alternatives with `||`; empty for any version. */
  readonly specifier: string;
  /** An address or a path, in place of an index. */
  readonly url: string | null;
  /** A folder on the disk, from the root of the tree; null where it is outside or none. */
  readonly folder: string | null;
  /** Whether it is only required in some environments. */
  readonly hasMarker: boolean;
  /** `extra`: only where an extra is asked for. `group`: for development. */
  readonly part: 'main' | 'extra' | 'group';
  /** From 1. */
  readonly line: number;
}

export interface NamedIndex {
  readonly name: string | null;
  readonly url: string;
  readonly line: number;
  /** Only for packages that name it. */
  readonly isExplicit: boolean;
  /** The place of PyPI is taken by it. */
  readonly isDefault: boolean;
}

/** What a manifest of a Python project requires. */
export interface PythonManifest {
  readonly file: string;
  /** As written; null where it has none. */
  readonly name: string | null;
  readonly wanted: readonly PythonNeed[];
  /** Why not all of it is known from this file; null where it is. */
  readonly unknown: string | null;
  readonly indexes: readonly NamedIndex[];
  readonly problems: readonly Skip[];
}

/** A folder of this tree, which is judged by itself, or an extra of the project itself. */
export function isOwn({ name }: Pick<PythonManifest, 'name'>, wanted: PythonNeed): boolean {
  return wanted.folder !== null || wanted.name === normaliseName(name ?? '');
}

export function toRequest({ name, specifier, url, hasMarker, part }: PythonNeed): PackageRequest {
  const kind = hasMarker ? 'optional-peer' : part === 'main' ? 'required' : 'optional';
  return { name, spec: url === null ? specifier : '@', kind };
}

/**
 * Whether a version fulfils what a manifest asks for; `@` is an address, which any may be. A text
 * that cannot be understood is not held against the lock that some tool wrote for it.
 */
export function meetsSpec(version: string | null, spec: string): boolean {
  if (spec === '' || spec === '@' || version === null) return true;
  return spec.split('||').some((one) => isAllowed(version, one) !== false);
}

/** A folder that a manifest names, from the root of the tree; null where it leads out. */
export function locateFolder(manifest: string, path: string): string | null {
  if (/^(?:[\\/]|~|[A-Za-z]:)/.test(path)) return null;
  const joined = posix.normalize(posix.join(takeDirectory(manifest), path.replaceAll('\\', '/')));
  if (joined === '..' || joined.startsWith('../')) return null;
  return joined === '.' ? '' : joined.replace(/\/$/, '');
}

import { posix } from 'node:path';
import {
  type PackageRequest,
  type ProjectManifest,
  takeBaseName,
  takeDirectory,
} from '../../extractor.ts';
import { allowsVersion } from '../declared/requirement.ts';
import { isWorkspace } from '../declared/workspaces.ts';
import {
  isThere,
  type LinkedLock,
  type LinkedPackage,
  type LinkTarget,
  MISSING,
} from './linked-lock.ts';

/** The manifests that a lock is for, and what meets their requirements. */
export interface LockMembers {
  /** Those among the manifests of a tree that the lock is for. */
  readonly manifests: readonly ProjectManifest[];
  /** Names whose versions the lock or its root manifest sets. */
  readonly overridden: ReadonlySet<string>;
  /** The folder of a manifest as the lock calls it; null where the lock is not for it. */
  findPlace(manifest: string): string | null;
  resolve(place: string, request: PackageRequest): LinkTarget;
}

export function gatherMembers(
  lock: LinkedLock,
  manifests: readonly ProjectManifest[],
): LockMembers {
  const home = takeDirectory(lock.file);
  const root = manifests.find(
    ({ path }) => takeDirectory(path) === home && takeBaseName(path) === 'package.json',
  );
  const folders = listFolders(lock);
  const findPlace = (path: string): string | null => {
    const folder = takeDirectory(path);
    if (!lock.isFor(takeBaseName(path))) return null;
    if (folder === home) return '';
    if (home !== '' && !folder.startsWith(`${home}/`)) return null;
    const place = home === '' ? folder : folder.slice(home.length + 1);
    // mutant linked-lock-covers-what-it-does-not-name by linked-locks: condition -> true
    if (lock.projects?.has(place) === true || folders.has(place)) return place;
    return lock.projects === null && isWorkspace(root?.members ?? [], place) ? place : null;
  };
  const own = manifests.filter(({ path }) => findPlace(path) !== null);
  const byName = new Map(own.map((one) => [one.name, one]));
  const overridden = new Set([...lock.overridden, ...(root?.overridden ?? [])]);
  return {
    manifests: own,
    overridden,
    findPlace,
    resolve: (place, request) => {
      const found = resolveInLock(lock, folders, place, request);
      if (isThere(lock, found)) return found;
      return findSibling(byName.get(request.name), home, request) ?? found;
    },
  };
}

/** Packages that are folders, by their path from the lock. */
function listFolders({ packages }: LinkedLock): ReadonlyMap<string, LinkedPackage> {
  const folders = [...packages.values()].filter(({ from }) => from === 'folder');
  return new Map(folders.map((one) => [posix.normalize(one.resolved ?? ''), one]));
}

function resolveInLock(
  lock: LinkedLock,
  folders: ReadonlyMap<string, LinkedPackage>,
  place: string,
  { name, spec, development }: PackageRequest,
): LinkTarget {
  if (place === '' || lock.projects === null || lock.projects.has(place)) {
    const found = lock.resolve(place, name, spec);
    if (isThere(lock, found)) return found;
  }
  const folder = folders.get(place);
  if (folder === undefined) return MISSING;
  const need = folder.needs.find((one) => one.name === name);
  // Where a folder is installed as a package is, its needs for development are not.
  return need?.target ?? (development === true ? { kind: 'unclear' } : MISSING);
}

/** A workspace that has the name and a version that is asked for: no lock need name it. */
function findSibling(
  one: ProjectManifest | undefined,
  home: string,
  { name, spec }: PackageRequest,
): LinkTarget | null {
  if (one === undefined) return null;
  const version = one.version ?? '0.0.0';
  const isMeant =
    spec.startsWith('workspace:') ||
    allowsVersion(spec, { key: `node_modules/${name}`, name, resolved: null }, version);
  const folder = takeDirectory(one.path);
  const path = home === '' ? folder : folder.slice(home.length + 1);
  return isMeant ? { kind: 'folder', path } : null;
}

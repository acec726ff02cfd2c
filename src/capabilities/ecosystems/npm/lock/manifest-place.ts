import { takeDirectory } from '../../extractor.ts';
import type { LockEntry, NpmLock } from './read-lock.ts';

/**
 * The key under which a lock has the manifest of a folder, empty for its own folder; null where the
 * lock is not for that manifest. A lock is for manifests below its folder only where it names them,
 * as workspaces or as links.
 */
export function findManifestPlace(lock: NpmLock, folder: string): string | null {
  const home = takeDirectory(lock.file);
  if (folder === home) return '';
  if (home !== '' && !folder.startsWith(`${home}/`)) return null;
  const relative = home === '' ? folder : folder.slice(home.length + 1);
  // mutant lock-covers-what-it-does-not-name by lock-coverage: condition -> true
  if (lock.entries.has(relative)) return relative;
  const link = lock.links.get(relative);
  return link !== undefined && lock.lockfileVersion === 1 ? link : null;
}

/** The folder that a link leads to, from the root of the tree; null where it leaves the tree. */
export function locateLink({ file }: NpmLock, { resolved }: LockEntry): string | null {
  // mutant link-to-an-absolute-path by lock-coverage: condition -> false
  if (resolved === null || /^(?:[\\/]|[A-Za-z]:|~|[a-z][a-z0-9+.-]*:\/\/)/i.test(resolved))
    return null;
  const home = takeDirectory(file);
  const segments = home === '' ? [] : home.split('/');
  for (const segment of resolved.split(/[\\/]/)) {
    if (segment === '..' && segments.pop() === undefined) return null;
    if (segment !== '' && segment !== '.' && segment !== '..') segments.push(segment);
  }
  return segments.join('/');
}

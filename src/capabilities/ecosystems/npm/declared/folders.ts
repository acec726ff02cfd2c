import { posix } from 'node:path';
import type { Skip } from '../../component.ts';
import { createSkip } from '../../extractor.ts';
import type { NpmProject } from './npm-project.ts';
import { quoteText } from './quote-text.ts';
import { isPath } from './requirement.ts';

/** A folder, and not an archive: `workspace:*`, `file:../a`, `link:./b`. */
export function isFolder(spec: string): boolean {
  return isPath(spec) && !/[.](?:tgz|tar|tar[.]gz)$/i.test(spec);
}

/** A member of a workspace, or a folder of this tree: a part of it, which is judged by itself. */
export function isFolderHere(manifest: string, spec: string): boolean {
  return isFolder(spec) && (isMember(spec) || locateFolder(manifest, spec) !== null);
}

/** Folders of this tree that a manifest without a lock requires, and that have no manifest. */
export function findLostFolders(
  { lock, manifests }: NpmProject,
  wasRead: (path: string) => boolean,
): readonly Skip[] {
  if (lock !== null) return [];
  return manifests.flatMap(({ file, manifest }) =>
    manifest.wanted.flatMap(({ name, spec }) => {
      const folder = isFolder(spec) && !isMember(spec) ? locateFolder(file, spec) : null;
      // mutant required-folder-that-is-not-here by folders: condition -> true
      if (folder === null || wasRead(posix.join(folder, 'package.json'))) return [];
      const why = `${quoteText(name)} is the folder ${quoteText(folder)}, which has no package.json`;
      return [createSkip(file, 'FACT_UNKNOWN', why, 'Restore the folder, or remove the need.')];
    }),
  );
}

/** `workspace:^1.0.0` names a version; `workspace:../a` a folder. */
function isMember(spec: string): boolean {
  return /^workspace:(?![./~])/.test(spec);
}

/** The folder by its path in the tree; null where it is outside of the tree. */
function locateFolder(manifest: string, spec: string): string | null {
  const place = spec.replace(/^(?:file|link|workspace):/, '');
  if (/^(?:[\\/]|~|[A-Za-z]:)/.test(place)) return null;
  const path = posix.normalize(posix.join(posix.dirname(manifest), place));
  // mutant folder-out-of-the-tree by folders: condition -> false
  if (path === '..' || path.startsWith('../')) return null;
  return path;
}

import { takeDirectory } from '../../extractor.ts';

/** The folder itself and each one above it, up to the root, which is the empty text. */
export function listFoldersUp(folder: string): readonly string[] {
  const folders = [folder];
  for (let up = folder; up !== ''; ) {
    up = takeDirectory(up);
    folders.push(up);
  }
  return folders;
}

/** A path below the root of the tree; null where it leads out of it. */
export function joinPath(folder: string, path: string): string | null {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return null;
  const segments: string[] = [];
  for (const segment of `${folder}/${path}`.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return null;
  }
  return segments.join('/');
}

import { isAbsolute, relative, sep } from 'node:path';

/** Whether a path is in a folder, by its segments; the folder itself is not. */
export function isBelow(path: string, top: string): boolean {
  const way = relative(top, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

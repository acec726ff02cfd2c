import { isAbsolute, relative, sep } from 'node:path';

/** Whether a path lies in a folder, by its segments; the folder itself does not. */
export function isBelow(path: string, top: string): boolean {
  const way = relative(top, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

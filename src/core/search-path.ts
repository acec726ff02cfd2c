/**
 * The folders of a PATH that do not depend on where a program is started. `.` and an empty one mean
 * the folder that is looked at, and whoever made that one would decide what runs. Never empty: an
 * empty PATH means that folder too.
 */
export function filterSearchPath(path: string | undefined, delimiter: string): string {
  const isAbsolute = delimiter === ';' ? /^(?:[A-Za-z]:[\\/]|\\\\)/ : /^\//;
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute.test(folder));
  if (folders.length > 0) return folders.join(delimiter);
  return delimiter === ';' ? 'C:\\nonexistent' : '/nonexistent';
}

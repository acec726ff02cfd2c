/**
 * The folders of a PATH that do not depend on where a program is started. `.` and an empty entry
 * mean the examined folder, and its author would then decide which program runs. The result is
 * never empty: an empty PATH means that folder too.
 */
export function filterSearchPath(path: string | undefined, delimiter: string): string {
  const isAbsolute = delimiter === ';' ? /^(?:[A-Za-z]:[\\/]|\\\\)/ : /^\//;
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute.test(folder));
  if (folders.length > 0) return folders.join(delimiter);
  return delimiter === ';' ? 'C:\\nonexistent' : '/nonexistent';
}

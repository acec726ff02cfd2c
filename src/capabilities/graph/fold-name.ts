/**
 * A name as it is searched for: without case, and with one dash for every run of `-`, `_` and `.`,
 * as in PEP 503. People write `typing_extensions`, feeds `typing-extensions`.
 */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

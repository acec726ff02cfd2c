/**
 * A name as it is searched for: without case, and every run of `-`, `_` and `.` a dash, as PEP 503
 * has it. People write `typing_extensions`, feeds `typing-extensions`.
 */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

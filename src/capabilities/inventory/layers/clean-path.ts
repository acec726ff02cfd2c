/** `/./a//b/` → `a/b`; null for a path that leaves the root, empty for the root itself. */
export function cleanPath(name: string): string | null {
  if (!/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name)) return name;
  const segments: string[] = [];
  for (const segment of name.split('/')) {
    if (segment === '..' && segments.pop() === undefined) return null;
    if (segment !== '' && segment !== '.' && segment !== '..') segments.push(segment);
  }
  return segments.join('/');
}

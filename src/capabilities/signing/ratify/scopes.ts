/** The repositories of a scope as a trust rule names them; null where it is every registry. */
export type ScopeReading =
  | { readonly kind: 'repositories'; readonly pattern: string }
  | { readonly kind: 'every' }
  | { readonly kind: 'none'; readonly why: string };

/**
 * Reads a scope: `*`, `registry`, `registry/*`, `registry/repository`. A wildcard over hosts, or in
 * the middle of a name, is something that no rule says.
 */
export function readScope(scope: string): ScopeReading {
  if (scope === '*') return { kind: 'every' };
  const path = scope.endsWith('/*') ? scope.slice(0, -2) : scope;
  if (path.includes('*')) return { kind: 'none', why: 'a rule has no pattern over hosts or names' };
  const afterHost = path.slice(path.indexOf('/') + 1);
  // mutant scope-of-a-tag by ratify: condition -> false
  if (path.includes('@') || (path.includes('/') && afterHost.includes(':')))
    return { kind: 'none', why: 'a rule is about repositories, not about tags or digests' };
  const isBelow = path !== scope || !path.includes('/');
  return { kind: 'repositories', pattern: isBelow ? `${path}/*` : path };
}

/** What is in both: scopes of an executor, and those of one of its verifiers. */
export function intersectPatterns(
  one: readonly string[],
  other: readonly string[],
): readonly string[] {
  const inner = (a: string, b: string): string | null => {
    if (isWithin(a, b)) return a;
    return isWithin(b, a) ? b : null;
  };
  const both = one.flatMap((a) => other.map((b) => inner(a, b)));
  return [...new Set(both.filter((pattern) => pattern !== null))];
}

function isWithin(pattern: string, outer: string): boolean {
  return pattern === outer || (outer.endsWith('/*') && pattern.startsWith(outer.slice(0, -1)));
}

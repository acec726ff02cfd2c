export interface Provider {
  readonly key: string;
  readonly name: string;
  /** The field `Provides`. */
  readonly provides: string;
}

/**
 * For each package, the keys of the installed packages that its dependency field names: every
 * installed alternative, and for a virtual package every package that provides it (deb-control(5),
 * Depends).
 */
export function findNeededPackages(
  providers: readonly Provider[],
  fields: readonly string[],
): readonly string[][] {
  const byName = new Map<string, string[]>();
  for (const { key, name, provides } of providers) {
    for (const offered of new Set([name, ...parsePackageNames(provides)])) {
      const keys = byName.get(offered);
      if (keys === undefined) byName.set(offered, [key]);
      else keys.push(key);
    }
  }
  return fields.map((field, at) => {
    const keys = parsePackageNames(field).flatMap((name) =>
      (byName.get(name) ?? []).slice(0, ALTERNATIVES_MAX),
    );
    return [...new Set(keys)].filter((key) => key !== providers[at]?.key);
  });
}

/** A crafted database could make every package provide what every package needs. */
const ALTERNATIVES_MAX = 16;

/** `a (>= 1) | b:any, c [amd64]` → a, b, c. */
function parsePackageNames(field: string): readonly string[] {
  return field
    .split(/[,|]/)
    .map((text) => /^\s*([a-z0-9][a-z0-9+.-]*)/i.exec(text)?.[1] ?? '')
    .filter((name) => name !== '');
}

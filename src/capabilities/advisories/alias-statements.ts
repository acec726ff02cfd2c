/** What one advisory says: its id and the other names of the same vulnerability. */
export interface AliasStatement {
  readonly id: string;
  readonly aliases: readonly string[];
}

export interface AliasGroup {
  /** Sorted. */
  readonly names: readonly string[];
  /** More than one CVE id: two vulnerabilities that some advisory calls one. */
  readonly conflict: boolean;
}

/**
 * The groups of names that mean one vulnerability, from `aliases` alone (never `related` or
 * `upstream`). Always from all statements that stand: a union that is only ever grown cannot be
 * undone when an advisory is withdrawn.
 */
export function groupAliases(statements: Iterable<AliasStatement>): readonly AliasGroup[] {
  const parents = new Map<string, string>();
  for (const { id, aliases } of statements) {
    joinNames(parents, id, id);
    for (const alias of aliases) joinNames(parents, id, alias);
  }
  const groups = new Map<string, string[]>();
  for (const name of [...parents.keys()].sort()) {
    const root = findRoot(parents, name);
    const names = groups.get(root);
    if (names === undefined) groups.set(root, [name]);
    else names.push(name);
  }
  return [...groups.values()].map((names) => ({ names, conflict: names.filter(isCve).length > 1 }));
}

/** The name to show first: the CVE id where there is one. */
export function pickDisplayName(names: readonly string[]): string {
  return names.find(isCve) ?? names[0] ?? '';
}

function isCve(name: string): boolean {
  return /^CVE-\d{4}-\d+$/i.test(name);
}

function joinNames(parents: Map<string, string>, one: string, other: string): void {
  const [a, b] = [findRoot(parents, one), findRoot(parents, other)];
  if (a !== b) parents.set(b, a);
}

function findRoot(parents: Map<string, string>, name: string): string {
  let root = name;
  for (let up = parents.get(root); up !== root; up = parents.get(root)) {
    if (up === undefined) {
      parents.set(root, root);
      break;
    }
    root = up;
  }
  for (let at = name; at !== root; ) {
    const up = parents.get(at) ?? root;
    parents.set(at, root);
    at = up;
  }
  return root;
}

import type { PropertyLookup } from './interpolate.ts';
import type { PomTree } from './pom-tree.ts';
import type { Pom, PomPart } from './read-pom.ts';

/** A part of a project or an ancestor that counts, nearest first. */
export interface PomSource {
  readonly pom: Pom;
  readonly part: PomPart;
}

/** What `${name}` stands for: the command line, then the nearest project that says it. */
export function createLookup(
  tree: PomTree,
  poms: readonly Pom[],
  sources: readonly PomSource[],
): PropertyLookup {
  const [own] = poms;
  const fixed = new Map<string, string | null>();
  if (own !== undefined)
    for (const prefix of ['project.', 'pom.', '']) {
      fixed.set(`${prefix}groupId`, own.group ?? own.parent?.group ?? null);
      fixed.set(`${prefix}artifactId`, own.artifact);
      fixed.set(`${prefix}version`, own.version ?? own.parent?.version ?? null);
      fixed.set(`${prefix}parent.groupId`, own.parent?.group ?? null);
      fixed.set(`${prefix}parent.artifactId`, own.parent?.artifact ?? null);
      fixed.set(`${prefix}parent.version`, own.parent?.version ?? null);
    }
  return (name) => {
    const given = tree.findGiven(own?.path ?? '', name);
    if (given !== null) return given;
    const builtIn = /^(?:project|pom)\./.test(name) ? fixed.get(name) : undefined;
    if (builtIn !== undefined) return builtIn === null ? null : { value: builtIn, place: null };
    for (const { pom, part } of sources) {
      const found = part.properties.get(name);
      if (found !== undefined)
        return { value: found.value, place: { file: pom.path, line: found.line } };
    }
    const bare = fixed.get(name);
    return bare === undefined || bare === null ? null : { value: bare, place: null };
  };
}

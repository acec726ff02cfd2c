import { posix } from 'node:path';
import { cutBefore } from '../../../../formats/text/cut.ts';
import { takeBaseName, takeDirectory } from '../../extractor.ts';
import type { MavenCoordinates } from './coordinates.ts';
import type { FoundProperty } from './interpolate.ts';
import type { Pom } from './read-pom.ts';

/** Properties that `.mvn/maven.config` gives on every command line, by the folder above `.mvn`. */
export type GivenProperties = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** All poms of one source tree, found by place and by coordinates, as Maven itself does. */
export class PomTree {
  readonly #byPath: ReadonlyMap<string, Pom>;
  readonly #byName: ReadonlyMap<string, readonly Pom[]>;
  readonly #given: GivenProperties;

  constructor(poms: readonly Pom[], given: GivenProperties = new Map()) {
    this.#byPath = new Map(poms.map((pom) => [pom.path, pom]));
    this.#byName = Map.groupBy(poms, ({ artifact }) => artifact);
    this.#given = given;
  }

  get(path: string): Pom | null {
    return this.#byPath.get(path) ?? null;
  }

  /** By its relative path where the file there is the parent, else by its coordinates. */
  findParent(pom: Pom): Pom | null {
    const { parent } = pom;
    if (parent === null) return null;
    const { relativePath } = parent;
    if (relativePath !== '') {
      const place = posix.normalize(posix.join(takeDirectory(pom.path), relativePath));
      for (const path of [place, posix.join(place, 'pom.xml')]) {
        const found = this.#byPath.get(path);
        if (found !== undefined && found !== pom && isCalled(found, parent)) return found;
      }
    }
    return this.find(parent, pom);
  }

  /** By coordinates, in any place; `other` is left out. */
  find(wanted: MavenCoordinates, other: Pom | null = null): Pom | null {
    const found = this.#byName
      .get(wanted.artifact)
      ?.find((pom) => pom !== other && isCalled(pom, wanted));
    return found ?? null;
  }

  /** Whether a project of this tree is meant, and not another version of it. */
  isOwn({
    group,
    artifact,
    version,
  }: Pick<MavenCoordinates, 'group' | 'artifact'> & { readonly version: string | null }): boolean {
    const found = this.#byName.get(artifact) ?? [];
    return found.some((pom) => {
      const own = pom.version ?? pom.parent?.version ?? '';
      // mutant other-version-of-an-own-project by maven-source: condition -> true
      if (version !== null && own !== version && !own.includes('${')) return false;
      return (pom.group ?? pom.parent?.group) === group && isProject(pom.path);
    });
  }

  /** The value that the command line of the project in that folder or above gives, or null. */
  findGiven(path: string, name: string): FoundProperty | null {
    for (let folder = takeDirectory(path); ; folder = takeDirectory(folder)) {
      const value = this.#given.get(folder)?.get(name);
      if (value !== undefined) return { value, place: null };
      if (folder === '') return null;
    }
  }
}

/** Versions with a property are compared as they are written. */
function isCalled(pom: Pom, { group, artifact, version }: MavenCoordinates): boolean {
  const own = pom.version ?? pom.parent?.version;
  return (
    pom.artifact === artifact &&
    (pom.group ?? pom.parent?.group) === group &&
    (own === version || (own?.includes('${') ?? false))
  );
}

/** A `.pom` in a folder of its version is a copy of what a repository has, not a project. */
export function isProject(path: string): boolean {
  const version = takeBaseName(takeDirectory(path));
  return version === '' || !takeBaseName(path).endsWith(`-${version}.pom`);
}

/** `-Dname=value` of a `.mvn/maven.config`: one argument a line, or several (Maven 3.8). */
export function readMavenConfig(text: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  const words = text.split(/\s+/).filter((word) => word !== '');
  for (const [at, word] of words.entries()) {
    const setting =
      word === '-D' ? (words[at + 1] ?? '') : /^(?:-D|--define=)(.+)$/.exec(word)?.[1];
    if (setting === undefined || setting === '') continue;
    const name = cutBefore(setting, '=');
    given.set(name, setting.slice(name.length + 1) || 'true');
  }
  return given;
}

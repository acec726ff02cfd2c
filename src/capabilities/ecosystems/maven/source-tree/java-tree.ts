import { posix } from 'node:path';
import { takeBaseName, takeDirectory } from '../../extractor.ts';
import type { BuildScript, ScriptDependency } from '../gradle/build-script.ts';
import type { Catalogue, CatalogueLibrary } from '../gradle/catalogue.ts';
import type { VerifiedHashes } from '../gradle/verification.ts';
import { isIvyFile } from '../ivy/ivy-file.ts';
import type { JavaLock, LockedArtifact } from '../lock/java-lock.ts';
import { type EffectivePom, EffectivePoms } from '../pom/effective-pom.ts';
import { isProject, PomTree } from '../pom/pom-tree.ts';
import { isSbtScript } from '../sbt/sbt-script.ts';
import type { JavaSource } from './java-document.ts';

/** A file of a source tree that was read. */
export interface JavaFile {
  readonly path: string;
  readonly source: JavaSource;
}

/** What a script requires, by itself or through a catalogue. */
export interface ScriptNeed extends ScriptDependency {
  /** Where the version is written: the script, or the catalogue. */
  readonly place: { readonly file: string; readonly line: number };
  readonly library: CatalogueLibrary | null;
}

/** A project of Maven: null for what its pom means where its parents or BOMs are a circle. */
export interface MavenProject {
  readonly path: string;
  readonly effective: EffectivePom | null;
  readonly lock: JavaLock | null;
}

/** Everything that the files of one source tree say together about Java packages. */
export class JavaTree {
  readonly poms: PomTree;
  readonly locks: readonly JavaLock[];
  readonly scripts: readonly BuildScript[];
  readonly hashes: VerifiedHashes;
  readonly #files: readonly JavaFile[];
  readonly #locksByFolder: ReadonlyMap<string, readonly JavaLock[]>;
  readonly #catalogues: readonly Catalogue[];
  #projects: readonly MavenProject[] | null = null;

  constructor(files: readonly JavaFile[]) {
    this.#files = files;
    const given = new Map<string, ReadonlyMap<string, string>>();
    for (const { path, source } of files)
      if (source.kind === 'maven-config')
        given.set(takeDirectory(takeDirectory(path)), source.given);
    const sources = files.map(({ source }) => source);
    this.poms = new PomTree(
      sources.flatMap((one) => (one.kind === 'pom' ? [one.pom] : [])),
      given,
    );
    this.locks = sources.flatMap((one) => (one.kind === 'lock' ? [one.lock] : []));
    this.scripts = sources.flatMap((one) => (one.kind === 'script' ? [one.script] : []));
    this.hashes = new Map(sources.flatMap((one) => (one.kind === 'hashes' ? [...one.hashes] : [])));
    this.#catalogues = sources.flatMap((one) => (one.kind === 'catalogue' ? [one.catalogue] : []));
    this.#locksByFolder = Map.groupBy(this.locks, findLockedFolder);
  }

  /** Found out once: many ask. */
  listProjects(): readonly MavenProject[] {
    this.#projects ??= this.#buildProjects();
    return this.#projects;
  }

  #buildProjects(): readonly MavenProject[] {
    const all = new EffectivePoms(this.poms);
    return this.#files.flatMap(({ path, source }) => {
      if (source.kind !== 'pom' || !isProject(path)) return [];
      const effective = all.find(source.pom);
      const own = { group: effective?.group, artifact: source.pom.artifact };
      const lock = this.#listLocks(takeDirectory(path), 'maven').find(
        ({ project }) =>
          project === null || (project.group === own.group && project.artifact === own.artifact),
      );
      return [{ path, effective, lock: lock ?? null }];
    });
  }

  /** Whether a pom is where a project in that folder says that its module is. */
  hasModule(folder: string, name: string): boolean {
    const place = posix.normalize(posix.join(folder, name));
    return [place, posix.join(place, 'pom.xml')].some((path) => this.poms.get(path) !== null);
  }

  /** Locks of one build tool that are for what is in a folder. */
  #listLocks(folder: string, tool: JavaLock['tool']): readonly JavaLock[] {
    return (this.#locksByFolder.get(folder) ?? []).filter((lock) => lock.tool === tool);
  }

  /** The locks for a script: of its own folder, or of one above for a script that others apply. */
  findScriptLocks({ path }: BuildScript): readonly JavaLock[] {
    if (isIvyFile(path)) return [];
    const tool = isSbtScript(path) ? 'sbt' : 'gradle';
    const isBuild = /^build\.gradle(?:\.kts)?$|\.sbt$/.test(takeBaseName(path));
    for (let folder = takeDirectory(path); ; folder = takeDirectory(folder)) {
      const found = this.#listLocks(folder, tool);
      if (found.length > 0 || folder === '' || isBuild) return found;
    }
  }

  /** Locks anywhere below the folder of a script: it may configure the projects there. */
  listLocksBelow({ path }: BuildScript): readonly JavaLock[] {
    const folder = takeDirectory(path);
    return this.locks.filter(
      (lock) => lock.tool === 'gradle' && (folder === '' || lock.path.startsWith(`${folder}/`)),
    );
  }

  resolveScript({ path, dependencies, uses }: BuildScript): readonly ScriptNeed[] {
    const own = dependencies.map((one) => ({
      ...one,
      ...this.#fillProperty(path, one),
      place: { file: path, line: one.line },
      library: null,
    }));
    const used = uses.flatMap(({ accessor, configuration, line }) =>
      this.#findLibraries(accessor).map(({ library, file }) => ({
        configuration,
        group: library.group,
        artifact: library.artifact,
        version: library.version,
        requested: library.requested,
        development: /test/i.test(configuration),
        line,
        place: { file, line: library.line },
        library,
      })),
    );
    return [...own, ...used];
  }

  /** `$x` of a script that gradle.properties sets, in its folder or above. */
  #fillProperty(
    path: string,
    { version, requested }: ScriptDependency,
  ): Pick<ScriptDependency, 'version'> {
    const name = /^\$\{?(?:project\.)?([A-Za-z_]\w*)\}?$/.exec(requested ?? '')?.[1];
    if (version !== null || name === undefined) return { version };
    const found = this.#files
      .filter(
        ({ path: file, source }) =>
          source.kind === 'properties' && isAbove(takeDirectory(file), path),
      )
      .flatMap(({ source }) =>
        source.kind === 'properties' ? (source.values.get(name) ?? []) : [],
      );
    return { version: found.at(-1) ?? null };
  }

  #findLibraries(
    accessor: string,
  ): readonly { readonly library: CatalogueLibrary; readonly file: string }[] {
    const [name = '', ...rest] = accessor.replace(/\.(?:get|asProvider)$/, '').split('.');
    const isBundle = rest[0] === 'bundles';
    const wanted = (isBundle ? rest.slice(1) : rest).join('.');
    return this.#catalogues
      .filter((one) => one.name === name)
      .flatMap(({ path, libraries, bundles }) => {
        const names = isBundle ? (bundles.get(wanted) ?? []) : [wanted];
        return libraries
          .filter((library) => names.includes(library.accessor))
          .map((library) => ({ library, file: path }));
      });
  }

  /** The library of that name in one catalogue. */
  findLibrary(file: string, name: string): CatalogueLibrary | null {
    const catalogue = this.#catalogues.find(({ path }) => path === file);
    const found = catalogue?.libraries.find(
      ({ group, artifact }) => `${group}:${artifact}` === name,
    );
    return found ?? null;
  }

  /** What a lock says of an artifact, with the hashes that Gradle verifies. */
  findHashes({ group, artifact, version, hashes }: LockedArtifact): LockedArtifact['hashes'] {
    return { ...this.hashes.get(`${group}:${artifact}:${version}`), ...hashes };
  }
}

/** The folder of the manifest that a lock is for. */
function findLockedFolder({ path }: JavaLock): string {
  return takeDirectory(path).replace(/(?:^|\/)gradle\/(?:dependency-)?locks$/, '');
}

function isAbove(folder: string, path: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

import type { TextEdit } from '../../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { takeBaseName, takeDirectory } from '../../extractor.ts';
import type { FileText, Fix, FixPlanner, FixQuestion, Remedy, Step } from '../../fix.ts';
import { isBuildScript } from '../gradle/build-script.ts';
import { isCatalogue } from '../gradle/catalogue.ts';
import { JAVA_FILES } from '../source-tree/extractors.ts';
import { type JavaFile, JavaTree } from '../source-tree/java-tree.ts';
import { mavenScheme } from '../version-order.ts';
import { manageVersion } from './manage-version.ts';
import { findVersionText, type VersionSpot } from './version-text.ts';

/** Raises versions where they are written: in a pom, a property, a script or a catalogue. */
export const mavenFixes: FixPlanner = {
  listFiles: (dependencies) => [
    ...new Set(
      dependencies
        .filter(isMaven)
        .flatMap(({ place }) => listFoldersAbove(place.file))
        .flatMap((folder) => BESIDE.map((name) => folder + name)),
    ),
  ],
  plan: (question) => {
    const plan = new MavenPlan(question);
    const asked = question.dependencies.filter((one) => isMaven(one) && question.isAsked(one));
    for (const dependency of asked) plan.add(dependency);
    plan.finish();
    return plan;
  },
};

const BESIDE = [
  ...['pom.xml', 'lockfile.json', '.mvn/maven.config', 'gradle.properties', 'gradle.lockfile'],
  ...['gradle/libs.versions.toml', 'build.gradle', 'build.gradle.kts', 'gradlew'],
];

function isMaven({ ecosystem }: DeclaredDependency): boolean {
  return ecosystem === 'maven';
}

class MavenPlan implements Fix {
  readonly edits = new Map<string, TextEdit[]>();
  readonly steps: Step[] = [];
  readonly open: Step[] = [];
  readonly fixed = new Set<string>();
  readonly #question: FixQuestion;
  readonly #tree: JavaTree;
  /** Folders with a lock to write again, by the build tool. */
  readonly #relock = new Map<string, 'maven' | 'gradle'>();
  /** By place of the text: one property may hold the version of several packages. */
  readonly #spots = new Map<string, { spot: VersionSpot; safe: string; what: string[] }>();
  readonly #managed = new Map<string, { name: string; safe: string }[]>();

  constructor(question: FixQuestion) {
    this.#question = question;
    this.#tree = new JavaTree(readFiles(question.files));
  }

  get commands(): readonly string[] {
    return [...this.#relock]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([folder, tool]) => this.#formatCommand(folder, tool));
  }

  add(dependency: DeclaredDependency): void {
    const remedy = this.#question.findRemedy(dependency);
    if (remedy === null) {
      // mutant maven-fix-keeps-what-is-pinned by fix-maven: condition -> false
      if (dependency.pinned !== 'yes') this.#leave(dependency, dependency.why);
      return;
    }
    const ids = remedy.findings.join(', ');
    if (remedy.safe === null) this.#leave(dependency, `${ids}: no known version is free of it`);
    else if (dependency.kind === 'direct') this.#raise(dependency, remedy, remedy.safe);
    else this.#manage(dependency, remedy, remedy.safe);
  }

  /** All packages that one text is the version of get the highest safe version among them. */
  #raise(dependency: DeclaredDependency, { findings }: Remedy, safe: string): void {
    const { name, version, place, requested } = dependency;
    const ids = findings.join(', ');
    const spot = findVersionText(this.#tree, this.#question.files, dependency);
    if (spot === null) {
      const why =
        requested === null
          ? `${dependency.why}: raise that, or state version ${safe} here`
          : `its version is not written as one text here: set it to ${safe} by hand`;
      this.#leave(dependency, `${ids}: ${why}`);
      return;
    }
    const key = `${spot.file} ${spot.start}`;
    const what = `${name} ${version ?? requested ?? ''} -> `;
    const known = this.#spots.get(key);
    const isHigher = known !== undefined && (mavenScheme.compare(known.safe, safe) ?? 0) < 0;
    if (known === undefined) this.#spots.set(key, { spot, safe, what: [`${what}(${ids})`] });
    else {
      if (isHigher) known.safe = safe;
      known.what.push(`${what}(${ids})`);
    }
    if (dependency.purl !== null) this.fixed.add(dependency.purl);
    this.#noteLock(place.file);
  }

  /** What only a lock names gets its version from dependencyManagement, which counts for all. */
  #manage(dependency: DeclaredDependency, { findings }: Remedy, safe: string): void {
    const { name, version, place } = dependency;
    const ids = findings.join(', ');
    const pom = `${toPrefix(takeDirectory(place.file))}pom.xml`;
    if (takeBaseName(place.file) !== 'lockfile.json' || !this.#question.files.has(pom)) {
      const what = `constraints { implementation("${name}:${safe}") }`;
      this.#leave(dependency, `${ids}: ${version ?? 'it'} is only in the lock; add ${what}`);
      return;
    }
    const entries = this.#managed.get(pom) ?? [];
    this.#managed.set(pom, [...entries, { name, safe }]);
    this.steps.push({
      place: pom,
      what: `${name} ${version ?? ''} -> ${safe} by dependencyManagement (${ids})`,
    });
    if (dependency.purl !== null) this.fixed.add(dependency.purl);
    this.#relock.set(takeDirectory(pom), 'maven');
  }

  finish(): void {
    for (const { spot, safe, what } of this.#spots.values()) {
      const { file, line, start, end, property } = spot;
      const text = this.#question.files.get(file)?.text ?? '';
      if (text.slice(start, end) === safe) continue;
      this.#edit(file, { start, end, text: safe });
      const named = what.map((one) => one.replace(' -> ', ` -> ${safe} `)).join(', ');
      const where = property === null ? named : `${named}, by ${property}`;
      this.steps.push({ place: `${file}:${line}`, what: where });
    }
    for (const [pom, entries] of this.#managed) {
      const edit = manageVersion(this.#question.files.get(pom)?.text ?? '', entries);
      if (edit !== null) this.#edit(pom, edit);
    }
  }

  #edit(file: string, edit: TextEdit): void {
    const edits = this.edits.get(file);
    if (edits === undefined) this.edits.set(file, [edit]);
    else edits.push(edit);
  }

  /** The lock beside a manifest is out of step after a change. */
  #noteLock(file: string): void {
    const folder = takeDirectory(file);
    const isGradle = isBuildScript(file) || isCatalogue(file);
    const prefix = toPrefix(folder);
    const locks = this.#tree.locks.filter(({ path, tool }) =>
      isGradle ? tool === 'gradle' : tool === 'maven' && path.startsWith(prefix),
    );
    for (const { path } of locks)
      this.#relock.set(isGradle ? '' : takeDirectory(path), isGradle ? 'gradle' : 'maven');
  }

  #formatCommand(folder: string, tool: 'maven' | 'gradle'): string {
    if (tool === 'gradle') {
      const gradle = this.#question.files.has('gradlew') ? './gradlew' : 'gradle';
      return `${gradle} dependencies --write-locks`;
    }
    const place = folder === '' ? '' : ` -f ${quote(`${folder}/pom.xml`)}`;
    return `mvn${place} io.github.chains-project:maven-lockfile:generate`;
  }

  #leave({ name, place }: DeclaredDependency, why: string): void {
    this.open.push({ place: `${place.file}:${place.line}`, what: `${name}: ${why}` });
  }
}

function readFiles(files: ReadonlyMap<string, FileText>): readonly JavaFile[] {
  return [...files].flatMap(([path, { bytes }]): readonly JavaFile[] => {
    const read = JAVA_FILES.find(({ wants }) => wants(path))?.read(path, bytes);
    return read?.ok === true && read.value !== null ? [{ path, source: read.value }] : [];
  });
}

function toPrefix(folder: string): string {
  return folder === '' ? '' : `${folder}/`;
}

function listFoldersAbove(file: string): readonly string[] {
  const folders = [''];
  for (let slash = file.indexOf('/'); slash !== -1; slash = file.indexOf('/', slash + 1))
    folders.push(file.slice(0, slash + 1));
  return folders;
}

function quote(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

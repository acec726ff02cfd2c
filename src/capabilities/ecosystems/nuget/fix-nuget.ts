import type { TextEdit } from '../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { takeBaseName, takeDirectory } from '../extractor.ts';
import type { Fix, FixPlanner, FixQuestion, Remedy, Step } from '../fix.ts';
import { isPackagesConfig } from './installed/packages-config.ts';
import { isMsbuildFile, isProjectFile } from './installed/project-file.ts';
import { isToolsFile } from './installed/tools.ts';
import { findVersionText } from './msbuild/find-version-text.ts';
import { joinPath, listFoldersUp } from './msbuild/paths.ts';
import { ProjectScope, type ResolvedReference } from './msbuild/project-scope.ts';
import { type ProjectFile, readProject } from './msbuild/read-project.ts';
import { foldNugetName } from './nuget-draft.ts';
import { parseRange } from './version-range.ts';

/** Sets versions in projects and central files; the lock is then written again by its command. */
export const nugetFixes: FixPlanner = {
  listFiles: (dependencies) => [
    ...new Set(
      dependencies
        .filter(isNuget)
        .flatMap(({ place }) => listFoldersUp(takeDirectory(place.file)))
        .flatMap((folder) => CENTRAL.flatMap((name) => joinPath(folder, name) ?? [])),
    ),
  ],
  plan: (question) => {
    const plan = new NugetPlan(question);
    for (const dependency of question.dependencies)
      if (isNuget(dependency) && question.isAsked(dependency)) plan.fix(dependency);
    return plan;
  },
};

const CENTRAL = ['Directory.Packages.props', 'Directory.Build.props', 'Directory.Build.targets'];

function isNuget({ ecosystem }: DeclaredDependency): boolean {
  return ecosystem === 'nuget';
}

class NugetPlan implements Fix {
  readonly edits = new Map<string, TextEdit[]>();
  readonly steps: Step[] = [];
  readonly open: Step[] = [];
  readonly fixed = new Set<string>();
  readonly #commands = new Set<string>();
  readonly #question: FixQuestion;
  readonly #projects = new Map<string, ProjectFile>();

  constructor(question: FixQuestion) {
    this.#question = question;
    for (const [file, { bytes }] of question.files) {
      const project = isMsbuildFile(file) ? readProject(file, bytes) : null;
      if (project?.ok === true) this.#projects.set(file, project.value);
    }
  }

  get commands(): readonly string[] {
    return [...this.#commands].sort();
  }

  fix(dependency: DeclaredDependency): void {
    const remedy = this.#question.findRemedy(dependency);
    if (remedy === null) this.#pin(dependency);
    else if (remedy.safe === null)
      this.#leave(dependency, `${remedy.findings.join(', ')}: no known version is free of it`);
    else this.#upgrade(dependency, remedy, remedy.safe);
  }

  #pin(dependency: DeclaredDependency): void {
    if (dependency.pinned === 'yes') return;
    this.#leave(dependency, dependency.why);
    const { file } = dependency.place;
    if (isProjectFile(file)) this.#commands.add(`dotnet restore --use-lock-file ${quote(file)}`);
  }

  #upgrade(dependency: DeclaredDependency, remedy: Remedy, safe: string): void {
    const { name, version, place } = dependency;
    const ids = remedy.findings.join(', ');
    if (isPackagesConfig(place.file)) {
      // The project names the folder of the version too, which only this command changes.
      this.#commands.add(`nuget update ${quote(place.file)} -Id ${name} -Version ${safe}`);
      this.#note(dependency, `${name} ${version ?? ''} -> ${safe} by the command (${ids})`);
    } else if (isToolsFile(place.file)) this.#setTool(dependency, safe, ids);
    else if (isMsbuildFile(place.file)) this.#setReference(dependency, safe, ids);
    else this.#addReference(dependency, safe, ids);
  }

  #setTool(dependency: DeclaredDependency, safe: string, ids: string): void {
    const { name, place } = dependency;
    if (takeBaseName(place.file) === 'global.json') {
      this.#leave(dependency, `${ids}: set it to ${safe} in ${place.file}`);
      return;
    }
    const manifest = `--tool-manifest ${quote(place.file)}`;
    this.#commands.add(`dotnet tool update ${name} --version ${safe} ${manifest}`);
    this.#note(dependency, `${name} -> ${safe} by the command (${ids})`);
  }

  #setReference(dependency: DeclaredDependency, safe: string, ids: string): void {
    const found = this.#findReferences(dependency);
    const [reference] = found;
    const written = reference?.item.override ?? reference?.version ?? null;
    if (reference === undefined || written === null || parseRange(written)?.kind === 'interval') {
      const asked = reference?.doubt ?? `set it to ${safe}: ${dependency.requested ?? ''}`;
      this.#leave(dependency, `${ids}: ${asked}`);
      return;
    }
    const isExact = parseRange(written)?.kind === 'exact';
    const place = reference.versionPlace;
    const text = this.#question.files.get(place.file)?.text ?? '';
    const span = findVersionText(text, { name: dependency.name, line: place.line });
    if (span === null || span.text.includes('$(')) {
      const where = `${place.file}:${place.line}`;
      this.#leave(dependency, `${ids}: its version is a property; set that to ${safe} (${where})`);
      return;
    }
    this.#edit(place.file, { ...span, text: isExact ? `[${safe}]` : safe });
    for (const { project } of found) this.#relock(project);
    const was = dependency.version ?? span.text;
    const at = { file: place.file, line: place.line };
    this.#note({ ...dependency, place: at }, `${dependency.name} ${was} -> ${safe} (${ids})`);
  }

  /** In each project that it counts for, so that all their locks are written again. */
  #findReferences({ name, place }: DeclaredDependency): readonly (ResolvedReference & {
    readonly project: string;
  })[] {
    const folded = foldNugetName(name);
    return [...this.#projects.values()].flatMap((project) => {
      if (!isProjectFile(project.file)) return [];
      const scope = new ProjectScope(project, this.#projects);
      return scope
        .listReferences()
        .filter((one) => one.file === place.file && one.item.line === place.line)
        .filter((one) => foldNugetName(one.name) === folded)
        .map((one) => ({ ...one, project: project.file }));
    });
  }

  /** What only the lock names is raised by a reference of the project: a direct one wins. */
  #addReference(dependency: DeclaredDependency, safe: string, ids: string): void {
    const { name, version, place } = dependency;
    const folder = takeDirectory(place.file);
    const projects = [...this.#projects.keys()].filter(
      (file) => isProjectFile(file) && takeDirectory(file) === folder,
    );
    const [project] = projects;
    if (project === undefined || projects.length > 1) {
      this.#leave(dependency, `${ids}: add a reference to ${name} ${safe} to the project`);
      return;
    }
    const command = `dotnet add ${quote(project)} package ${name} --version ${safe}`;
    this.#commands.add(command);
    this.#note(dependency, `${name} ${version ?? ''} -> ${safe} by a reference (${ids})`);
  }

  #relock(project: string): void {
    this.#commands.add(`dotnet restore --force-evaluate ${quote(project)}`);
  }

  #edit(file: string, edit: TextEdit): void {
    const edits = this.edits.get(file) ?? [];
    const isKnown = edits.some(({ start, end }) => start < edit.end && edit.start < end);
    if (!isKnown) this.edits.set(file, [...edits, edit]);
  }

  #note({ place, purl }: DeclaredDependency, what: string): void {
    if (purl !== null) this.fixed.add(purl);
    const step = { place: `${place.file}:${place.line}`, what };
    // One central version is asked for in many projects.
    if (!this.steps.some((one) => one.place === step.place && one.what === what))
      this.steps.push(step);
  }

  #leave({ name, place }: DeclaredDependency, why: string): void {
    this.open.push({ place: `${place.file}:${place.line}`, what: `${name}: ${why}` });
  }
}

function quote(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

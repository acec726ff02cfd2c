import { LIMITS } from '../../../../core/limits.ts';
import type { Skip } from '../../component.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../../declarations.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { createSkip, takeBaseName, takeDirectory } from '../../extractor.ts';
import { isPackagesConfig, readPackagesConfig } from '../installed/packages-config.ts';
import { isMsbuildFile, isOtherFile, isProjectFile } from '../installed/project-file.ts';
import { isToolsFile, readBuildPackages } from '../installed/tools.ts';
import { isPackagesLock, selectLock } from '../lock/lock-name.ts';
import { type NugetLock, readPackagesLock } from '../lock/read-lock.ts';
import { ProjectScope } from '../msbuild/project-scope.ts';
import { type ProjectFile, readProject } from '../msbuild/read-project.ts';
import { listExact } from './exact-dependencies.ts';
import {
  isNugetConfig,
  type NugetConfig,
  PackageSources,
  readNugetConfig,
} from './nuget-config.ts';
import { listProject } from './project-dependencies.ts';

/** Projects, their locks, tools and package sources of a source tree. */
export const nugetDeclarations: DeclarationReader = {
  wants: (path) => READERS.some((is) => is(path)) || isPaket(path),
  read,
};

const READERS = [isMsbuildFile, isPackagesLock, isPackagesConfig, isToolsFile, isNugetConfig];

/** Its packages are listed in inventories; where they come from is not judged here. */
function isPaket(path: string): boolean {
  return ['paket.lock', 'paket.dependencies'].includes(takeBaseName(path));
}

interface NugetTree {
  readonly projects: ReadonlyMap<string, ProjectFile>;
  readonly locks: readonly NugetLock[];
  readonly configs: ReadonlyMap<string, NugetConfig>;
}

async function read(paths: readonly string[], files: SourceFiles): Promise<Declarations> {
  const tree = await readTree(paths, files);
  const dependencies: DeclaredDependency[] = [];
  const problems: Skip[] = [];
  const used = new Set<NugetLock>();
  for (const [file, project] of tree.projects) {
    if (!isProjectFile(file)) continue;
    files.signal?.throwIfAborted();
    const scope = new ProjectScope(project, tree.projects);
    const lock = selectLock(file, scope.findLockSetting(), tree.locks);
    if (lock !== null) used.add(lock);
    const declared = files.combine([file], () =>
      listProject(scope, {
        file,
        lock,
        sources: new PackageSources(takeDirectory(file), tree.configs),
        tree: tree.projects,
      }),
    );
    dependencies.push(...(declared?.dependencies ?? []));
    problems.push(...(declared?.problems ?? []));
  }
  for (const lock of listLonely(tree, used))
    problems.push(
      createSkip(lock.file, 'FACT_UNKNOWN', 'no project here is locked by it', NO_PROJECT),
    );
  for (const file of paths) dependencies.push(...(await readExact(file, files, tree.configs)));
  return {
    found: paths.some((path) => !isNugetConfig(path) && isNamed(path)),
    dependencies,
    problems,
    notLookedAt: paths.filter(isPaket).map((place) => ({ kind: 'paket', place })),
  };
}

const NO_PROJECT = 'Remove the lock, or put the project beside it.';

/** A `.props` file alone is no sign of NuGet. */
function isNamed(path: string): boolean {
  return isProjectFile(path) || !isMsbuildFile(path) || /(?:^|\/)Directory\.[^/]+$/.test(path);
}

async function readTree(paths: readonly string[], files: SourceFiles): Promise<NugetTree> {
  const projects = new Map<string, ProjectFile>();
  const locks: NugetLock[] = [];
  const configs = new Map<string, NugetConfig>();
  for (const file of paths) {
    if (isPackagesLock(file)) {
      const lock = await files.parse(file, LIMITS.fileBytesMax, readPackagesLock);
      if (lock !== null) locks.push(lock);
    } else if (isNugetConfig(file)) {
      const config = await files.parse(file, LIMITS.dependencyFileBytesMax, readNugetConfig);
      if (config !== null) configs.set(takeDirectory(file), config);
    } else if (isMsbuildFile(file)) {
      const project = await files.parse(file, LIMITS.dependencyFileBytesMax, readMsbuild);
      if (project !== null) projects.set(file, project);
    }
  }
  return { projects, locks, configs };
}

function readMsbuild(file: string, bytes: Uint8Array): ReturnType<typeof readProject> {
  const read = readProject(file, bytes);
  // mutant file-of-other-props by nuget-declarations: remove
  if (!read.ok && isOtherFile(file, bytes)) return readProject(file, EMPTY);
  return read;
}

const EMPTY = new TextEncoder().encode('<Project/>');

function listLonely({ locks }: NugetTree, used: ReadonlySet<NugetLock>): readonly NugetLock[] {
  return locks.filter((lock) => !used.has(lock));
}

/** Files that name each package in one version. */
async function readExact(
  file: string,
  files: SourceFiles,
  configs: NugetTree['configs'],
): Promise<readonly DeclaredDependency[]> {
  const sources = new PackageSources(takeDirectory(file), configs);
  const bytesMax = LIMITS.dependencyFileBytesMax;
  if (isPackagesConfig(file)) {
    const listed = await files.parse(file, bytesMax, readPackagesConfig);
    return listed === null ? [] : listExact(file, listed.packages, sources);
  }
  if (!isToolsFile(file)) return [];
  const tools = await files.parse(file, bytesMax, readBuildPackages);
  const packages = (tools?.packages ?? []).map((one) => ({ ...one, development: true }));
  return listExact(file, packages, sources);
}

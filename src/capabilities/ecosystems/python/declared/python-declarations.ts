import { LIMITS } from '../../../../core/limits.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../../declarations.ts';
import { takeBaseName, takeDirectory } from '../../extractor.ts';
import { findLockReader } from '../lock/lock-names.ts';
import { listMemberFolders, type PythonLock } from '../lock/python-lock.ts';
import { findManifestReader } from '../manifest/manifest-extractor.ts';
import type { PythonManifest } from '../manifest/python-manifest.ts';
import { type RequirementsFile, readRequirements } from '../requirements/requirements-file.ts';
import { isConstraintsFile, isRequirementsFile } from '../requirements/requirements-name.ts';
import { settleEntries } from '../requirements/settle-entries.ts';
import { parsePipConf } from './pip-conf.ts';
import { listProject, type PythonDependencies, type PythonProject } from './python-dependencies.ts';
import { type ConfiguredIndex, configurePip, NO_INDEX } from './python-origin.ts';
import { listRequirements } from './requirement-dependencies.ts';

/** Manifests, locks, requirements files and `pip.conf` of a source tree. */
export const pythonDeclarations: DeclarationReader = {
  wants: (path) => isDeclaration(path) || isPipConf(path),
  read,
};

function isDeclaration(path: string): boolean {
  return (
    findLockReader(path) !== null || findManifestReader(path) !== null || isRequirementsFile(path)
  );
}

export function isPipConf(path: string): boolean {
  const base = takeBaseName(path);
  return base === 'pip.conf' || base === 'pip.ini';
}

async function read(paths: readonly string[], files: SourceFiles): Promise<Declarations> {
  const found = await readAll(paths, files);
  const listed: (PythonDependencies | null)[] = [];
  for (const project of listProjects(found)) {
    const [first = '.', ...others] = [
      ...(project.lock === null ? [] : [project.lock.file]),
      ...project.manifests.map(({ file }) => file),
    ];
    listed.push(files.combine([first, ...others], () => listProject(project)));
  }
  const find = (path: string): RequirementsFile | null => found.requirements.get(path) ?? null;
  for (const own of found.requirements.values())
    if (!isConstraintsFile(own.file))
      listed.push(
        files.combine([own.file], () =>
          listRequirements(own, find, findIndex(found, takeDirectory(own.file))),
        ),
      );
  const declared = listed.filter((one) => one !== null);
  return {
    found: paths.some(isDeclaration),
    dependencies: declared.flatMap(({ dependencies }) => dependencies),
    problems: declared.flatMap((one) => one.problems),
    notLookedAt: [],
  };
}

interface PythonFiles {
  readonly locks: readonly PythonLock[];
  readonly manifests: readonly PythonManifest[];
  readonly requirements: ReadonlyMap<string, RequirementsFile>;
  /** By folder. */
  readonly indexes: ReadonlyMap<string, ConfiguredIndex>;
}

async function readAll(paths: readonly string[], files: SourceFiles): Promise<PythonFiles> {
  const locks: PythonLock[] = [];
  const manifests: PythonManifest[] = [];
  const requirements = new Map<string, RequirementsFile>();
  const indexes = new Map<string, ConfiguredIndex>();
  for (const path of paths) {
    files.signal?.throwIfAborted();
    const readLock = findLockReader(path);
    const readManifest = findManifestReader(path);
    if (readLock !== null) {
      const lock = await files.parse(path, LIMITS.fileBytesMax, readLock);
      if (lock !== null) locks.push(lock);
    } else if (readManifest !== null) {
      const manifest = await files.parse(path, LIMITS.dependencyFileBytesMax, readManifest);
      if (manifest !== null) manifests.push(manifest);
    } else if (isRequirementsFile(path)) {
      const one = await files.parse(path, LIMITS.fileBytesMax, readRequirements);
      if (one !== null) requirements.set(path, one);
    } else {
      const conf = await files.parse(path, LIMITS.dependencyFileBytesMax, (_, bytes) =>
        parsePipConf(bytes),
      );
      if (conf !== null) indexes.set(takeDirectory(path), configurePip(conf));
    }
  }
  return { locks, manifests, requirements, indexes };
}

/** Each lock with the manifests that it is for; a manifest that no lock is for is alone. */
function listProjects(found: PythonFiles): readonly PythonProject[] {
  const members = found.locks.map((lock) => ({ lock, folders: listMemberFolders(lock) }));
  const taken = new Set<PythonManifest>();
  const locked = members.map(({ lock, folders }): PythonProject => {
    const manifests = found.manifests.filter(
      (manifest) =>
        folders.has(takeDirectory(manifest.file)) &&
        !lock.file.endsWith('.py.lock') &&
        (takeBaseName(manifest.file) === 'Pipfile') === (lock.tool === 'pipenv'),
    );
    for (const manifest of manifests) taken.add(manifest);
    return { lock, manifests, around: findIndex(found, takeDirectory(lock.file)) };
  });
  const alone = found.manifests.filter((manifest) => !taken.has(manifest));
  return [
    ...locked,
    ...alone.map((manifest): PythonProject => {
      const folder = takeDirectory(manifest.file);
      const lock = findCompiled(found, manifest);
      return { lock, manifests: [manifest], around: findIndex(found, folder) };
    }),
  ];
}

/** A requirements file with all that is required, beside a project, is a lock of it. */
function findCompiled(
  found: PythonFiles,
  { file, wanted, unknown }: PythonManifest,
): PythonLock | null {
  if (unknown !== null) return null;
  const find = (path: string): RequirementsFile | null => found.requirements.get(path) ?? null;
  for (const own of found.requirements.values()) {
    if (takeDirectory(own.file) !== takeDirectory(file) || isConstraintsFile(own.file)) continue;
    const { entries, uncovered } = settleEntries(own, find);
    if (uncovered !== null) continue;
    const names = new Set(entries.map(({ name }) => name));
    if (!wanted.every(({ name, part }) => part !== 'main' || names.has(name))) continue;
    // What it has is listed where it is: only what the manifest asks for is looked up here.
    const asked = new Set(wanted.map(({ name }) => name));
    const packages = entries.flatMap(({ name, version, address, hashes, line }) =>
      name === null || !asked.has(name) || address !== null
        ? []
        : [
            {
              key: `${name} ${version ?? ''}`,
              name,
              version,
              source: { kind: 'index' as const, url: own.indexes.index },
              hashes,
              needs: [],
              development: false,
              line,
            },
          ],
    );
    const base = { direct: null, isWhole: false, problems: [] };
    return { file: own.file, tool: 'pylock', packages, ...base };
  }
  return null;
}

/** What `pip.conf` in the folder, or at the root of the tree, sets. */
function findIndex({ indexes }: PythonFiles, folder: string): ConfiguredIndex {
  return indexes.get(folder) ?? indexes.get('') ?? NO_INDEX;
}

import { LIMITS } from '../../../../core/limits.ts';
import type { Skip } from '../../component.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../../declarations.ts';
import { takeBaseName, takeDirectory } from '../../extractor.ts';
import { findOtherLockKind, isNpmLock, isShadowedLock } from '../lock/lock-files.ts';
import { findManifestPlace } from '../lock/manifest-place.ts';
import { type NpmLock, readLock } from '../lock/read-lock.ts';
import { findLostFolders } from './folders.ts';
import { findLostLinks } from './lock-agreement.ts';
import { listNpmDependencies, type NpmDependencies } from './npm-dependencies.ts';
import type { NpmProject } from './npm-project.ts';
import { NO_NPMRC, type Npmrc, parseNpmrc } from './npmrc.ts';
import { type NpmManifest, readManifest } from './read-manifest.ts';

/** Manifests, locks and `.npmrc` of a source tree. */
export const npmDeclarations: DeclarationReader = {
  wants: (path) =>
    isManifest(path) || isNpmLock(path) || isNpmrc(path) || findOtherLockKind(path) !== null,
  read,
};

function isManifest(path: string): boolean {
  return takeBaseName(path) === 'package.json';
}

function isNpmrc(path: string): boolean {
  return takeBaseName(path) === '.npmrc';
}

async function read(paths: readonly string[], files: SourceFiles): Promise<Declarations> {
  const problems: Skip[] = [];
  const projects = await readProjects(paths, files, problems);
  const there = new Set(paths);
  const declared = projects.flatMap((project) => {
    const manifests = project.manifests.map(({ file }) => file);
    const [first = '.', ...others] =
      project.lock === null ? manifests : [project.lock.file, ...manifests];
    return files.combine([first, ...others], () => listProject(project, there)) ?? [];
  });
  return {
    found: paths.some((path) => isManifest(path) || isNpmLock(path)),
    dependencies: declared.flatMap(({ dependencies }) => dependencies),
    problems: [...problems, ...declared.flatMap((one) => one.problems)],
    notLookedAt: paths.flatMap((place) => {
      const kind = findOtherLockKind(place);
      return kind === null ? [] : [{ kind, place }];
    }),
  };
}

function listProject(project: NpmProject, there: ReadonlySet<string>): NpmDependencies {
  const { dependencies, problems } = listNpmDependencies(project);
  const { lock } = project;
  const isHere = (path: string): boolean => there.has(path);
  const lost = lock === null ? findLostFolders(project, isHere) : findLostLinks(lock, isHere);
  return { dependencies, problems: [...lost, ...problems] };
}

/** Each lock with the manifests that it is for; a manifest that no lock names is alone. */
async function readProjects(
  paths: readonly string[],
  files: SourceFiles,
  problems: Skip[],
): Promise<readonly NpmProject[]> {
  const locks = await readLocks(paths, files, problems);
  const npmrcs = new Set(paths.filter(isNpmrc));
  const others = paths.filter((path) => findOtherLockKind(path) !== null);
  const findNpmrc = (folder: string): Promise<Npmrc> => readNpmrc(npmrcs, files, folder);
  const members = new Map<string, { file: string; folder: string; manifest: NpmManifest }[]>();
  const alone: NpmProject[] = [];
  for (const file of paths.filter(isManifest)) {
    const manifest = await files.parse(file, LIMITS.dependencyFileBytesMax, readManifest);
    if (manifest === null) continue;
    const folder = takeDirectory(file);
    const home = findHome(folder, locks);
    if (home !== null) {
      const beside = members.get(home.of);
      const member = { file, folder: home.place, manifest };
      if (beside === undefined) members.set(home.of, [member]);
      else beside.push(member);
    } else if (manifest.wanted.length > 0 || manifest.problems.length > 0)
      alone.push({
        lock: null,
        otherLock: findOtherLock(folder, others),
        manifests: [{ file, folder: '', manifest }],
        npmrc: await findNpmrc(folder),
      });
  }
  const locked: NpmProject[] = [];
  for (const [folder, lock] of locks)
    locked.push({
      ...{ lock, otherLock: null, manifests: members.get(folder) ?? [] },
      npmrc: await findNpmrc(folder),
    });
  return [...locked, ...alone];
}

/** The lock of another package manager in the folder, or in the nearest one above: a workspace. */
function findOtherLock(folder: string, locks: readonly string[]): string | null {
  const above = locks.filter((lock) => {
    const of = takeDirectory(lock);
    return of === '' || of === folder || folder.startsWith(`${of}/`);
  });
  return above.toSorted((one, other) => other.length - one.length)[0] ?? null;
}

/** The manifests by folder. */
async function readLocks(
  paths: readonly string[],
  files: SourceFiles,
  problems: Skip[],
): Promise<ReadonlyMap<string, NpmLock>> {
  const all = new Set(paths.filter(isNpmLock));
  const locks = new Map<string, NpmLock>();
  for (const file of all) {
    if (isShadowedLock(file, all)) continue;
    const lock = await files.parse(file, LIMITS.fileBytesMax, readLock);
    if (lock === null) continue;
    // It does not pin what every npm installs, so it does not count as a lock.
    // mutant contradictory-lock-pins-nothing by deceptive-lock: condition -> false
    if (lock.contradiction !== null) problems.push(lock.contradiction);
    else locks.set(takeDirectory(file), lock);
  }
  return locks;
}

interface LockHome {
  /** The folder of the lock. */
  readonly of: string;
  /** The key of the manifest in the lock: its packages are found from there. */
  readonly place: string;
}

/** The lock for a manifest: that of its own folder, or of a folder above that names this folder. */
function findHome(folder: string, locks: ReadonlyMap<string, NpmLock>): LockHome | null {
  for (let of = folder; ; of = takeDirectory(of)) {
    const lock = locks.get(of);
    const place = lock === undefined ? null : findManifestPlace(lock, folder);
    if (place !== null) return { of, place };
    if (of === '') return null;
  }
}

async function readNpmrc(
  paths: ReadonlySet<string>,
  files: SourceFiles,
  folder: string,
): Promise<Npmrc> {
  const file = folder === '' ? '.npmrc' : `${folder}/.npmrc`;
  if (!paths.has(file)) return NO_NPMRC;
  const npmrc = await files.parse(file, LIMITS.dependencyFileBytesMax, (_, bytes) =>
    parseNpmrc(bytes),
  );
  return npmrc ?? NO_NPMRC;
}

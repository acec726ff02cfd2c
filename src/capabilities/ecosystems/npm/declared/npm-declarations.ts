import { LIMITS } from '../../../../core/limits.ts';
import type { Skip } from '../../component.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../../declarations.ts';
import { takeBaseName, takeDirectory } from '../../extractor.ts';
import { isDenoManifest, readDenoRequirements } from '../deno/deno-manifest.ts';
import { toProjectManifest } from '../installed/npm-manifest.ts';
import type { LinkedLock } from '../linked/linked-lock.ts';
import { gatherMembers } from '../linked/lock-members.ts';
import { findLinkedFormat } from '../linked/lock-table.ts';
import { findOtherLockKind, isNpmLock, isShadowedLock } from '../lock/lock-files.ts';
import { findManifestPlace } from '../lock/manifest-place.ts';
import { type NpmLock, readLock } from '../lock/read-lock.ts';
import { findLostFolders } from './folders.ts';
import { type LinkedProjectFiles, listLinkedDependencies } from './linked-dependencies.ts';
import { findAwayLinks, findLostLinks } from './lock-agreement.ts';
import { listNpmDependencies, type NpmDependencies } from './npm-dependencies.ts';
import type { NpmProject } from './npm-project.ts';
import { NO_NPMRC, type Npmrc, parseNpmrc } from './npmrc.ts';
import { type NpmManifest, readManifest } from './read-manifest.ts';
import { isSettings, listSettings, mergeSettings, readSettings } from './registry-settings.ts';

/** Manifests, locks and settings of a source tree. */
export const npmDeclarations: DeclarationReader = {
  wants: (path) =>
    isManifest(path) ||
    isDenoManifest(path) ||
    isNpmLock(path) ||
    findLinkedFormat(path) !== null ||
    isSettings(path) ||
    findOtherLockKind(path) !== null,
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
  const { projects, linked } = await readProjects(paths, files, problems);
  const there = new Set(paths);
  const declared = projects.flatMap((project) => {
    const manifests = project.manifests.map(({ file }) => file);
    const [first = '.', ...others] =
      project.lock === null ? manifests : [project.lock.file, ...manifests];
    return files.combine([first, ...others], () => listProject(project, there)) ?? [];
  });
  for (const project of linked) {
    const manifests = project.manifests.map(({ file }) => file);
    const list = (): NpmDependencies => listLinkedDependencies(project, (path) => there.has(path));
    declared.push(...[files.combine([project.lock.file, ...manifests], list) ?? []].flat());
  }
  return {
    found: paths.some(
      (path) => isManifest(path) || isNpmLock(path) || findLinkedFormat(path) !== null,
    ),
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
  // mutant declared-link-out-of-the-tree by outside-the-tree: remove element 2
  const lost =
    lock === null
      ? findLostFolders(project, isHere)
      : [...findLostLinks(lock, isHere), ...findAwayLinks(lock)];
  return { dependencies, problems: [...lost, ...problems] };
}

interface Projects {
  /** Locked by npm, or by nothing that is read here. */
  readonly projects: readonly NpmProject[];
  readonly linked: readonly LinkedProjectFiles[];
}

/** Each lock with the manifests that it is for; a manifest that no lock names is alone. */
async function readProjects(
  paths: readonly string[],
  files: SourceFiles,
  problems: Skip[],
): Promise<Projects> {
  const locks = await readLocks(paths, files, problems);
  const linked = await readLinkedLocks(paths, files);
  const npmrcs = new Set(paths.filter(isNpmrc));
  const known = new Set(linked.map(({ file }) => file));
  const unread = paths.filter(
    (path) =>
      findOtherLockKind(path) !== null || (findLinkedFormat(path) !== null && !known.has(path)),
  );
  const findNpmrc = (folder: string): Promise<Npmrc> => readNpmrc(npmrcs, files, folder);
  const members = new Map<string, { file: string; folder: string; manifest: NpmManifest }[]>();
  const alone: NpmProject[] = [];
  const manifests = await readManifests(paths, files);
  const linkedHomes = assignLinked(linked, manifests);
  for (const { file, manifest } of manifests) {
    const folder = takeDirectory(file);
    const home = findHome(folder, locks);
    if (home !== null) {
      const beside = members.get(home.of);
      const member = { file, folder: home.place, manifest };
      if (beside === undefined) members.set(home.of, [member]);
      else beside.push(member);
    } else if (linkedHomes.has(file)) continue;
    else if (manifest.wanted.length > 0 || manifest.problems.length > 0)
      alone.push({
        lock: null,
        otherLock: findOtherLock(folder, unread),
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
  const isFree = ({ file }: ReadManifest): boolean =>
    !locked.some((project) => project.manifests.some((one) => one.file === file));
  const others: LinkedProjectFiles[] = [];
  for (const lock of linked)
    others.push({
      lock,
      manifests: manifests.filter((one) => linkedHomes.get(one.file) === lock && isFree(one)),
      settings: await readNearSettings(paths, files, lock),
    });
  return { projects: [...locked, ...alone], linked: others };
}

/** The lock of another package manager in the folder, or in the nearest one above: a workspace. */
function findOtherLock(folder: string, locks: readonly string[]): string | null {
  const above = locks.filter((lock) => {
    const of = takeDirectory(lock);
    return of === '' || of === folder || folder.startsWith(`${of}/`);
  });
  return above.toSorted((one, other) => other.length - one.length)[0] ?? null;
}

interface ReadManifest {
  readonly file: string;
  readonly manifest: NpmManifest;
}

async function readManifests(
  paths: readonly string[],
  files: SourceFiles,
): Promise<readonly ReadManifest[]> {
  const read: ReadManifest[] = [];
  for (const file of paths.filter((path) => isManifest(path) || isDenoManifest(path))) {
    const parse = isManifest(file) ? readManifest : readDenoRequirements;
    const manifest = await files.parse(file, LIMITS.dependencyFileBytesMax, parse);
    if (manifest !== null) read.push({ file, manifest });
  }
  return read;
}

async function readLinkedLocks(
  paths: readonly string[],
  files: SourceFiles,
): Promise<readonly LinkedLock[]> {
  const locks: LinkedLock[] = [];
  for (const file of paths) {
    const format = findLinkedFormat(file);
    const lock = format && (await files.parse(file, LIMITS.fileBytesMax, format.read));
    if (lock !== null) locks.push(lock);
  }
  return locks;
}

/** By manifest, its lock: the nearest one, and of several in a folder the first by name. */
function assignLinked(
  locks: readonly LinkedLock[],
  manifests: readonly ReadManifest[],
): ReadonlyMap<string, LinkedLock> {
  const projects = manifests.map(({ file, manifest }) => toProjectManifest(file, manifest));
  const homes = new Map<string, LinkedLock>();
  const depth = ({ file }: LinkedLock): number => file.split('/').length;
  for (const lock of locks.toSorted((one, other) => depth(other) - depth(one)))
    for (const { path } of gatherMembers(lock, projects).manifests)
      if (!homes.has(path)) homes.set(path, lock);
  return homes;
}

/** The settings of its package manager beside a lock. */
async function readNearSettings(
  paths: readonly string[],
  files: SourceFiles,
  { file, tool }: LinkedLock,
): Promise<Npmrc> {
  const there = new Set(paths);
  const folder = takeDirectory(file);
  const found: Npmrc[] = [];
  for (const name of listSettings(tool.settings)) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (!there.has(path)) continue;
    const read = await files.parse(path, LIMITS.dependencyFileBytesMax, readSettings);
    found.push(read ?? NO_NPMRC);
  }
  return mergeSettings(found);
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

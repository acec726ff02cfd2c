import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Result } from '../../core/result.ts';
import type {
  DeclaredDependencies,
  DeclaredDependency,
  Skip,
  UnreadKind,
} from '../ecosystems/index.ts';
import {
  createSkip,
  findUnsupportedKind,
  isNpmLock,
  listNpmDependencies,
  NO_NPMRC,
  type NpmLock,
  type NpmManifest,
  type NpmProject,
  type Npmrc,
  parseNpmrc,
  readDockerfile,
  readLock,
  readManifest,
  SYSTEM_LIBRARY,
  takeBaseName,
  takeDirectory,
} from '../ecosystems/index.ts';
import type { FileTree } from './port.ts';

export interface DeclaredOptions {
  readonly signal?: AbortSignal;
}

/**
 * What a source tree declares, with what is wrong with it. No link is followed: a manifest that is
 * one is a problem.
 *
 * @example const { dependencies, outcome } = await declaredDependencies(tree);
 */
export async function readDeclaredDependencies(
  tree: FileTree,
  options: DeclaredOptions = {},
): Promise<DeclaredDependencies> {
  const seen = await surveyTree(tree, options.signal);
  const { problems } = seen;
  const dependencies: DeclaredDependency[] = [];
  for (const project of await readNpmProjects(tree, seen)) {
    const declared = listNpmDependencies(project);
    dependencies.push(...declared.dependencies);
    problems.push(...declared.problems);
  }
  for (const file of seen.dockerfiles) {
    options.signal?.throwIfAborted();
    const read = await parseFile(
      tree,
      file,
      LIMITS.dependencyFileBytesMax,
      problems,
      readDockerfile,
    );
    dependencies.push(
      ...(read?.dependencies ?? []).map(({ span: _, ...dependency }) => dependency),
    );
    for (const { kind, line } of read?.notLookedAt ?? [])
      recordPlace(seen.notLookedAt, kind, `${file}:${line}`);
  }
  if (dependencies.length > LIMITS.dependenciesMax)
    problems.push(
      createSkip(
        '.',
        'LIMIT_EXCEEDED',
        `over ${LIMITS.dependenciesMax} dependencies`,
        'Judge its parts.',
      ),
    );
  const notLookedAt = [...seen.notLookedAt].map(([kind, places]): UnreadKind => ({ kind, places }));
  return {
    dependencies: dependencies.slice(0, LIMITS.dependenciesMax).sort(comparePlaces),
    outcome: problems.length === 0 && notLookedAt.length === 0 ? 'complete' : 'partial',
    problems,
    notLookedAt,
    found: [
      ...(seen.manifests.length + seen.locks.length > 0 ? (['npm'] as const) : []),
      ...(seen.dockerfiles.length > 0 ? (['dockerfile'] as const) : []),
    ],
  };
}

interface TreeSurvey {
  readonly manifests: string[];
  readonly locks: string[];
  readonly npmrcs: Set<string>;
  readonly dockerfiles: string[];
  readonly notLookedAt: Map<string, string[]>;
  readonly problems: Skip[];
}

async function surveyTree(tree: FileTree, signal: AbortSignal | undefined): Promise<TreeSurvey> {
  const seen: TreeSurvey = {
    manifests: [],
    locks: [],
    npmrcs: new Set(),
    dockerfiles: [],
    notLookedAt: new Map(),
    problems: [],
  };
  let entries = 0;
  for await (const { path, kind, failure } of tree.entries({ descend })) {
    signal?.throwIfAborted();
    if (++entries > LIMITS.imageEntriesMax)
      throw new Failure(
        'LIMIT_EXCEEDED',
        `over ${LIMITS.imageEntriesMax} files`,
        'Judge its parts.',
      );
    const role = classifyFile(path);
    if (kind === 'unreadable')
      seen.problems.push({
        location: path,
        cause:
          failure ??
          new Failure('FILE_UNREADABLE', `${path} cannot be read`, 'Check its permissions.'),
      });
    else if (role !== null && kind !== 'directory' && kind !== 'file')
      seen.problems.push(
        createSkip(
          path,
          'UNSAFE_PATH',
          'it is a link or a special file, which is not followed',
          'Put the file itself there.',
        ),
      );
    else if (kind === 'file') recordFile(seen, path, role);
  }
  return seen;
}

function descend(path: string): boolean {
  return !/(?:^|\/)node_modules$/.test(path);
}

type Role = 'manifest' | 'lock' | 'npmrc' | 'dockerfile';

function classifyFile(path: string): Role | null {
  const name = takeBaseName(path);
  if (name === 'package.json') return 'manifest';
  if (isNpmLock(path)) return 'lock';
  if (name === '.npmrc') return 'npmrc';
  return isDockerfile(name) ? 'dockerfile' : null;
}

/** `Dockerfile`, `Dockerfile.web`, `web.dockerfile`, and what Podman calls them. */
export function isDockerfile(name: string): boolean {
  return (
    /^(?:Dockerfile|Containerfile)(?:[._-][^/]+)?$|\.(?:Dockerfile|Containerfile)$/i.test(name) &&
    !/ignore$/i.test(name)
  );
}

function recordFile(seen: TreeSurvey, path: string, role: Role | null): void {
  if (role === 'manifest') seen.manifests.push(path);
  else if (role === 'lock') seen.locks.push(path);
  else if (role === 'npmrc') seen.npmrcs.add(path);
  else if (role === 'dockerfile') seen.dockerfiles.push(path);
  const kind = findUnsupportedKind(path, 'source-tree') ?? detectWinget(path);
  if (kind !== null && kind !== SYSTEM_LIBRARY && role === null)
    recordPlace(seen.notLookedAt, kind, path);
}

/** winget export files and configurations, and manifests of packages, by their usual names. */
function detectWinget(path: string): string | null {
  return /(?:^|\/)(?:winget[^/]*\.(?:json|ya?ml)|[^/]+\.(?:winget|installer\.yaml|dsc\.yaml))$/i.test(
    path,
  )
    ? 'winget'
    : null;
}

const PLACES_MAX = 20;

function recordPlace(notes: Map<string, string[]>, kind: string, place: string): void {
  const places = notes.get(kind) ?? [];
  if (places.length < PLACES_MAX) places.push(place);
  notes.set(kind, places);
}

/** Each lock with the manifests that it is for; a manifest that no lock names stands by itself. */
async function readNpmProjects(tree: FileTree, seen: TreeSurvey): Promise<readonly NpmProject[]> {
  const locks = new Map<string, NpmLock>();
  for (const file of selectEffectiveLocks(seen.locks)) {
    const lock = await parseFile(tree, file, LIMITS.fileBytesMax, seen.problems, readLock);
    if (lock === null) continue;
    // What it pins is not what every npm installs: it counts as no lock.
    if (lock.contradiction !== null) seen.problems.push(lock.contradiction);
    else locks.set(takeDirectory(file), lock);
  }
  const members = new Map<string, { file: string; folder: string; manifest: NpmManifest }[]>();
  const alone: NpmProject[] = [];
  for (const file of seen.manifests) {
    const manifest = await parseFile(
      tree,
      file,
      LIMITS.dependencyFileBytesMax,
      seen.problems,
      readManifest,
    );
    if (manifest === null) continue;
    const folder = takeDirectory(file);
    const home = findHome(folder, locks);
    if (home !== null)
      members.set(home.of, [
        ...(members.get(home.of) ?? []),
        { file, folder: home.place, manifest },
      ]);
    else if (manifest.wanted.length > 0 || manifest.problems.length > 0)
      alone.push({
        lock: null,
        manifests: [{ file, folder: '', manifest }],
        npmrc: await readNpmrc(tree, folder, seen),
      });
  }
  const locked: NpmProject[] = [];
  for (const [folder, lock] of locks)
    locked.push({
      lock,
      manifests: members.get(folder) ?? [],
      npmrc: await readNpmrc(tree, folder, seen),
    });
  return [...locked, ...alone];
}

/**
 * Beside npm-shrinkwrap.json npm ignores package-lock.json (docs.npmjs.com, npm-shrinkwrap.json).
 */
function selectEffectiveLocks(locks: readonly string[]): readonly string[] {
  const all = new Set(locks);
  return locks.filter(
    (path) =>
      !all.has(path.replace(/package-lock\.json$/, 'npm-shrinkwrap.json')) ||
      path.endsWith('npm-shrinkwrap.json'),
  );
}

interface LockHome {
  /** The folder of the lock. */
  readonly of: string;
  /** Where the lock has the manifest: what its packages are found from. */
  readonly place: string;
}

/**
 * The lock that is for a manifest: of its own folder, or of one above that knows the folder as a
 * workspace or a link.
 */
function findHome(folder: string, locks: ReadonlyMap<string, NpmLock>): LockHome | null {
  if (locks.has(folder)) return { of: folder, place: '' };
  for (let above = folder; above !== ''; ) {
    above = takeDirectory(above);
    const lock = locks.get(above);
    const relative = above === '' ? folder : folder.slice(above.length + 1);
    if (lock === undefined) continue;
    if (lock.entries.has(relative)) return { of: above, place: relative };
    const link = lock.links.get(relative);
    if (link !== undefined && lock.lockfileVersion === 1) return { of: above, place: link };
  }
  return null;
}

async function readNpmrc(tree: FileTree, folder: string, seen: TreeSurvey): Promise<Npmrc> {
  const file = folder === '' ? '.npmrc' : `${folder}/.npmrc`;
  if (!seen.npmrcs.has(file)) return NO_NPMRC;
  const read = await parseFile(
    tree,
    file,
    LIMITS.dependencyFileBytesMax,
    seen.problems,
    (_, bytes) => parseNpmrc(bytes),
  );
  return read ?? NO_NPMRC;
}

/** Null, with a problem noted, for what cannot be read. */
async function parseFile<T>(
  tree: FileTree,
  file: string,
  bytesMax: number,
  problems: Skip[],
  read: (file: string, bytes: Uint8Array) => Result<T>,
): Promise<T | null> {
  const bytes = await tree.read(file, bytesMax);
  const value = bytes.ok ? read(file, bytes.value) : bytes;
  if (value.ok) return value.value;
  const { code, message, remedy } = value.failure;
  problems.push(createSkip(file, code, message, remedy, value.failure));
  return null;
}

function comparePlaces(one: DeclaredDependency, other: DeclaredDependency): number {
  if (one.place.file !== other.place.file) return one.place.file < other.place.file ? -1 : 1;
  if (one.place.line !== other.place.line) return one.place.line - other.place.line;
  return one.name < other.name ? -1 : Number(one.name > other.name);
}

import { LIMITS } from '../../../core/limits.ts';
import { formatPurl } from '../../../core/purl.ts';
import type { Result } from '../../../core/result.ts';
import type { Skip } from '../component.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../declarations.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { createSkip, takeDirectory } from '../extractor.ts';
import { describeManifest, requiresPackages } from './lock-extractors.ts';
import { findReachable, findShipped } from './lock-reach.ts';
import {
  joinFolder,
  type LockContent,
  type LockedPackage,
  type LockFormat,
  type ManifestContent,
  type ManifestRequest,
  type RegistryOrigin,
  type RegistrySettings,
  UNNAMED_REGISTRY,
} from './locked-package.ts';

/** What manifests require, as their lock resolves it, and all else that the lock has. */
export function createLockDeclarations(format: LockFormat): DeclarationReader {
  return {
    wants: (path) =>
      format.isLock(path) ||
      format.isManifest(path) ||
      format.isMark?.(path) === true ||
      format.settings?.wants(path) === true,
    read: (paths, files) => readDeclarations(format, paths, files),
  };
}

interface ManifestFile {
  readonly file: string;
  readonly content: ManifestContent;
}

/** A lock with the manifests that it is for, or manifests without one. */
interface LockedProject {
  readonly lock: { readonly file: string; readonly content: LockContent } | null;
  readonly manifests: ManifestFile[];
}

interface Reading {
  readonly format: LockFormat;
  readonly there: ReadonlySet<string>;
  /** By the folder that they are for. */
  readonly settings: ReadonlyMap<string, readonly RegistrySettings[]>;
}

async function readDeclarations(
  format: LockFormat,
  all: readonly string[],
  files: SourceFiles,
): Promise<Declarations> {
  const wanted = new Set(all);
  const paths = all.filter((path) => format.isShadowed?.(path, wanted) !== true);
  const settings = await readSettings(format, paths, files);
  const parse = <T>(
    file: string,
    bytesMax: number,
    read: (file: string, bytes: Uint8Array) => Result<T>,
  ): Promise<T | null> => files.parse(file, bytesMax, read);
  const locks = new Map<string, LockedProject[]>();
  for (const file of paths.filter((path) => format.isLock(path))) {
    const content = await parse(file, LIMITS.fileBytesMax, (path, bytes) =>
      format.readLock(path, bytes),
    );
    if (content === null) continue;
    const project: LockedProject = { lock: { file, content }, manifests: [] };
    const folder = takeDirectory(file);
    locks.set(folder, [...(locks.get(folder) ?? []), project]);
  }
  const projects = [...locks.values()].flat();
  const there = new Set(paths);
  for (const file of paths.filter((path) => format.isManifest(path))) {
    const content = await parse(file, LIMITS.dependencyFileBytesMax, (path, bytes) =>
      format.readManifest(path, bytes),
    );
    if (content === null) continue;
    const manifest = { file, content };
    const home = findHome(manifest, locks, { format, there });
    if (home !== null) home.manifests.push(manifest);
    else if (content.requests.length + content.problems.length > 0 || content.isOpen === true)
      projects.push({ lock: null, manifests: [manifest] });
  }
  const declared = projects.map((project) => {
    const of = project.manifests.map(({ file }) => file);
    const [first = '.', ...others] = project.lock === null ? of : [project.lock.file, ...of];
    const list = (): DeclaredProject => listProject(project, { format, there, settings });
    return files.combine([first, ...others], list);
  });
  return {
    found: paths.some((path) => format.isLock(path) || format.isManifest(path)),
    dependencies: declared.flatMap((one) => one?.dependencies ?? []),
    problems: declared.flatMap((one) => one?.problems ?? []),
    notLookedAt: [],
  };
}

async function readSettings(
  { settings }: LockFormat,
  paths: readonly string[],
  files: SourceFiles,
): Promise<Reading['settings']> {
  const found = new Map<string, RegistrySettings[]>();
  if (settings === undefined) return found;
  for (const path of paths.filter((one) => settings.wants(one))) {
    const read = await files.parse(path, LIMITS.dependencyFileBytesMax, (file, bytes) =>
      settings.read(file, bytes),
    );
    const folder = settings.findFolder(path);
    if (read !== null) found.set(folder, [...(found.get(folder) ?? []), read]);
  }
  return found;
}

/** The lock beside a manifest, or the nearest above that is for it. */
function findHome(
  { file, content }: ManifestFile,
  locks: ReadonlyMap<string, readonly LockedProject[]>,
  { format, there }: Pick<Reading, 'format' | 'there'>,
): LockedProject | null {
  const manifest = describeManifest(format, file, content);
  for (const folder of listFoldersUp(takeDirectory(file)))
    for (const project of locks.get(folder) ?? [])
      if (project.lock?.content.check(manifest, (path) => there.has(path)) != null) return project;
  return null;
}

function listFoldersUp(folder: string): readonly string[] {
  const folders = [folder];
  for (let up = folder; up !== ''; folders.push(up)) up = takeDirectory(up);
  return folders;
}

interface DeclaredProject {
  readonly dependencies: readonly DeclaredDependency[];
  readonly problems: readonly Skip[];
}

function listProject(project: LockedProject, reading: Reading): DeclaredProject {
  const { lock, manifests } = project;
  const problems: Skip[] = manifests.flatMap(({ content }) => content.problems);
  const direct = manifests.flatMap((manifest) => listDirect(lock, manifest, reading));
  if (lock === null) {
    for (const { file, content } of manifests)
      if (requiresPackages(content))
        problems.push(
          createSkip(
            file,
            'FACT_UNKNOWN',
            'no lock records the dependencies of its dependencies',
            `Lock them: ${reading.format.relock}`,
          ),
        );
    return { dependencies: direct.map(({ dependency }) => dependency), problems };
  }
  for (const { file, content } of manifests) {
    const manifest = describeManifest(reading.format, file, content);
    problems.push(...(lock.content.check(manifest, (path) => reading.there.has(path)) ?? []));
  }
  problems.push(...lock.content.problems);
  const taken = new Set(direct.map(({ key }) => key));
  const asked = new Set(lock.content.direct ?? []);
  const reached = findReachable(lock.content, lock.content.direct);
  const shipped = findShipped(
    lock.content,
    direct.map(({ dependency, development }) => ({ name: dependency.name, development })),
  );
  const rest = lock.content.packages
    .filter(({ key }) => !taken.has(key))
    .map((locked): DeclaredDependency => {
      const isStranger = reached !== null && !reached.has(locked.key);
      const development = locked.development || (!isStranger && shipped?.has(locked.key) === false);
      return {
        ...describeLocked(lock.file, { ...locked, development }, reading),
        // mutant lock-package-that-nothing-needs: condition -> false
        ...(isStranger ? judgeStranger(lock.file) : {}),
        requested: null,
        place: { file: lock.file, line: locked.line },
        kind: asked.has(locked.key) ? 'direct' : 'transitive',
      };
    });
  return { dependencies: [...direct.map(({ dependency }) => dependency), ...rest], problems };
}

function judgeStranger(file: string): Pick<DeclaredDependency, 'pinned' | 'why' | 'recorded'> {
  const why = `nothing requires it: ${file} disagrees with its manifest`;
  return { pinned: 'no', why, recorded: false };
}

interface DirectDependency {
  readonly key: string | null;
  readonly development: boolean;
  readonly dependency: DeclaredDependency;
}

function listDirect(
  lock: LockedProject['lock'],
  { file, content }: ManifestFile,
  reading: Reading,
): readonly DirectDependency[] {
  return content.requests.flatMap((request): readonly DirectDependency[] => {
    const folder = request.folder === null ? null : joinFolder(takeDirectory(file), request.folder);
    if (request.folder !== null)
      return folder === null ? [declareAway(file, request, reading)] : [];
    const found = lock === null ? null : lock.content.find(request, content);
    if (found === 'tree' || (found === null && request.kind !== 'required')) return [];
    const { development, spec, line } = request;
    const base = { requested: spec, place: { file, line }, kind: 'direct' as const };
    if (found === null || lock === null)
      return [
        {
          key: null,
          development,
          dependency: { ...declareUnlocked(lock?.file ?? null, file, request, reading), ...base },
        },
      ];
    const locked = describeLocked(lock.file, { ...found, development }, reading);
    return [{ key: found.key, development, dependency: { ...locked, ...base } }];
  });
}

type DescribedPackage = Omit<DeclaredDependency, 'requested' | 'place' | 'kind'>;

function describeLocked(file: string, locked: LockedPackage, reading: Reading): DescribedPackage {
  const { name, version, parts, pinned, why, development } = locked;
  return {
    ecosystem: reading.format.purlType,
    ...{ name, version, pinned, development },
    purl: formatPurl(parts),
    why,
    ...(findConfigured(file, locked, reading) ?? locked.registry),
    recorded: pinned === 'yes' && locked.lacksHash !== true,
  };
}

function declareUnlocked(
  lock: string | null,
  file: string,
  { name, spec, written, development, registryName }: ManifestRequest,
  reading: Reading,
): DescribedPackage {
  const { format } = reading;
  const plain = { name, origin: null, registry: UNNAMED_REGISTRY };
  const asked = registryName === undefined ? plain : { ...plain, registryName };
  const registry: RegistryOrigin =
    written !== null
      ? { registry: written, registryFrom: 'written' }
      : (findConfigured(file, asked, reading) ?? UNNAMED_REGISTRY);
  const open = `no lock: a newly published version of ${JSON.stringify(spec.slice(0, 60))} is installed instead`;
  return {
    ecosystem: format.purlType,
    ...{ name, version: null, development, ...registry },
    purl: formatPurl({ ...format.buildParts(name, '0'), version: null }),
    pinned: 'no',
    why: lock === null ? open : `${lock} lacks it: the two disagree`,
    recorded: false,
  };
}

function declareAway(file: string, request: ManifestRequest, reading: Reading): DirectDependency {
  const { development, line, spec } = request;
  const dependency: DeclaredDependency = {
    ...declareUnlocked(null, file, request, reading),
    ...{ pinned: 'unknown', why: 'it is a folder outside this tree', ...UNNAMED_REGISTRY },
    ...{ requested: spec, place: { file, line }, kind: 'direct' },
  };
  return { key: null, development, dependency };
}

/** The nearest settings count. */
function findConfigured(
  file: string,
  locked: Parameters<RegistrySettings['locate']>[0],
  { settings }: Reading,
): RegistryOrigin | null {
  if (settings.size === 0) return null;
  for (const folder of listFoldersUp(takeDirectory(file)))
    for (const one of settings.get(folder) ?? []) {
      const origin = one.locate(locked);
      if (origin !== null) return origin;
    }
  return null;
}

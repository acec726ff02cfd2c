import type {
  CoverageCheck,
  InstalledPackage,
  ProjectManifest,
  Skip,
} from '../ecosystems/index.ts';
import { createSkip, findByExtractor, takeDirectory } from '../ecosystems/index.ts';
import type { FileResult } from './file-requests.ts';

/**
 * The manifests of a source tree whose packages are not known: nothing locks or installs them, or
 * the lock or the installation is out of step with them. `isThere` follows links to a file.
 */
export function listUncovered(
  readings: readonly FileResult[],
  isThere: (path: string) => boolean,
): readonly Skip[] {
  const byEcosystem = Map.groupBy(readings, ({ request }) => findByExtractor(request.extractor));
  return [...byEcosystem.values()].flatMap((group) => {
    const coverage = gatherCoverage(group);
    return group.flatMap(({ request, extracted: { declares, installs, lacksManifest } }) => [
      ...(declares === undefined ? [] : findGaps(declares, coverage)),
      // mutant need-of-an-installed-package by lock-coverage: condition -> true
      ...(installs === undefined ? [] : findMissingNeed(request.path, installs, coverage, isThere)),
      // mutant lock-without-a-manifest by lock-coverage: remove element
      ...(lacksManifest === undefined || hasManifest(request.path, coverage)
        ? []
        : [lacksManifest]),
    ]);
  });
}

/**
 * Without what is installed in the folder of a manifest that a lock is for, which may be far below
 * the lock: a lock stands for the installation.
 */
export function dropInstalled(readings: readonly FileResult[]): readonly FileResult[] {
  const byEcosystem = Map.groupBy(readings, ({ request }) => findByExtractor(request.extractor));
  const dropped = new Set<FileResult>();
  for (const group of byEcosystem.values()) {
    const installed = group.filter(({ extracted }) => extracted.installs !== undefined);
    const covered = installed.length === 0 ? null : listCovered(group);
    // mutant installed-beside-the-lock-of-a-workspace by linked-locks: condition -> false
    for (const reading of installed)
      if (covered?.has(findOwner(reading)) === true) dropped.add(reading);
  }
  return readings.filter((reading) => !dropped.has(reading));
}

/** The folders of manifests that a lock is for. */
function listCovered(group: readonly FileResult[]): ReadonlySet<string> {
  const { locks } = gatherCoverage(group);
  const covered = new Set<string>();
  for (const { extracted } of group) {
    const { declares } = extracted;
    if (declares === undefined) continue;
    const home = takeDirectory(declares.path);
    const checks = listFoldersUp(home).flatMap((folder) => locks.get(folder) ?? []);
    if (checks.some((check) => check(declares, () => true) !== null)) covered.add(home);
  }
  return covered;
}

/** The folder of the project that a package is installed for, however deep it is. */
function findOwner({ extracted }: FileResult): string {
  const { folder = '', home = '' } = extracted.installs ?? {};
  // What is installed in an installed package is below its folder.
  const inner = home.slice(folder === '' ? 0 : folder.length + 1).split('/', 1)[0] ?? '';
  const at = `/${folder}/`.indexOf(`/${inner}/`);
  return at === -1 ? folder : folder.slice(0, Math.max(at - 1, 0));
}

function hasManifest(lock: string, { manifests }: Coverage): boolean {
  return manifests.has(takeDirectory(lock));
}

/** The first one only: links are followed for each that is not found at once. */
function findMissingNeed(
  path: string,
  { home, needs, locate }: InstalledPackage,
  { installed }: Coverage,
  isThere: (path: string) => boolean,
): readonly Skip[] {
  const folders = listFoldersUp(home).slice(0, PLACES_MAX);
  const missing = needs.find(
    (name) =>
      !folders.some((folder) => installed.get(folder)?.has(name) === true) &&
      !folders.some((folder) => isThere(locate(folder, name))),
  );
  if (missing === undefined) return [];
  const why = `it needs ${JSON.stringify(missing.slice(0, 120))}, which is installed nowhere above it`;
  return [createSkip(path, 'FACT_UNKNOWN', why, 'Install the packages again, or lock them.')];
}

/** What the other files of one ecosystem say about its manifests. */
interface Coverage {
  readonly paths: ReadonlySet<string>;
  /** Their folders. */
  readonly manifests: ReadonlySet<string>;
  /** By folder. */
  readonly locks: ReadonlyMap<string, readonly CoverageCheck[]>;
  /** By folder, then by name. */
  readonly installed: ReadonlyMap<string, ReadonlyMap<string, InstalledPackage>>;
}

function gatherCoverage(readings: readonly FileResult[]): Coverage {
  const locks = new Map<string, CoverageCheck[]>();
  const installed = new Map<string, Map<string, InstalledPackage>>();
  for (const { request, extracted } of readings) {
    if (extracted.locks !== undefined)
      findOrAdd(locks, extracted.lockFolder ?? takeDirectory(request.path), () => []).push(
        extracted.locks,
      );
    const one = extracted.installs;
    if (one !== undefined) findOrAdd(installed, one.folder, () => new Map()).set(one.name, one);
  }
  const manifests = readings.filter(({ extracted }) => extracted.declares !== undefined);
  return {
    paths: new Set(readings.map(({ request }) => request.path)),
    manifests: new Set(manifests.map(({ request }) => takeDirectory(request.path))),
    locks,
    installed,
  };
}

function findOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = create();
  map.set(key, value);
  return value;
}

function findGaps(manifest: ProjectManifest, coverage: Coverage): readonly Skip[] {
  const folders = listFoldersUp(takeDirectory(manifest.path));
  const wasRead = (path: string): boolean => coverage.paths.has(path);
  for (const folder of folders)
    for (const check of coverage.locks.get(folder) ?? []) {
      const gaps = check(manifest, wasRead);
      if (gaps !== null) return gaps;
    }
  if (manifest.uncovered === null) return [];
  const places = folders.flatMap((folder) => coverage.installed.get(folder) ?? []);
  return findUninstalled(manifest, manifest.uncovered, places);
}

/** Folders above the nearest ones are not searched for each request: work is bounded. */
const PLACES_MAX = 64;

function findUninstalled(
  { path, requests }: ProjectManifest,
  uncovered: Skip,
  places: readonly ReadonlyMap<string, InstalledPackage>[],
): readonly Skip[] {
  const near = places.slice(0, PLACES_MAX);
  // mutant uninstalled-manifest by lock-coverage: condition -> false
  if (near.length === 0) return [uncovered];
  const lacking = requests.filter((request) => {
    const found = near.find((names) => names.has(request.name))?.get(request.name);
    // mutant installed-version-that-is-not-allowed by lock-coverage: value -> found === undefined
    return found === undefined ? request.kind === 'required' : !found.meets(request);
  });
  if (lacking.length === 0) return [];
  const [first] = lacking;
  const more = lacking.length > 1 ? ` (and ${lacking.length - 1} more)` : '';
  const why = `it requires ${JSON.stringify(first?.name)}${more}, which is not installed as required`;
  return [createSkip(path, 'FACT_UNKNOWN', why, 'Lock what it requires, or install it again.')];
}

/** The folder itself and each one above it, up to the root, which is the empty text. */
function listFoldersUp(folder: string): readonly string[] {
  const folders = [folder];
  for (let up = folder; up !== ''; ) {
    up = takeDirectory(up);
    folders.push(up);
  }
  return folders;
}

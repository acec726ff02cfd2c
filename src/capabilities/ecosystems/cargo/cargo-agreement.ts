import type { Skip } from '../component.ts';
import {
  type CoverageCheck,
  createSkip,
  type PackageRequest,
  type ProjectManifest,
  takeDirectory,
} from '../extractor.ts';
import { joinFolder, joinPath, quoteName } from '../locked/locked-package.ts';
import { allowsCrate } from './cargo-requirement.ts';
import { CHECKSUM, type CrateIndex, findCrate, type LockedCrate, RELOCK } from './crate-index.ts';

/** How a request for a folder begins. */
export const FOLDER_SPEC = 'path:';
/** How a request for a repository begins. */
export const GIT_SPEC = 'git:';
/** A request whose terms are in the manifest of the workspace. */
export const INHERITED_SPEC = 'workspace';

/**
 * What a lock lacks of a manifest. It is for the manifest beside it, and for those below whose
 * crate it names without a source.
 */
export function createCargoCheck(file: string, index: CrateIndex): CoverageCheck {
  const home = takeDirectory(file);
  return (manifest, wasRead) => {
    const isBeside = takeDirectory(manifest.path) === home;
    const own = manifest.name === null ? null : findOwn(index, manifest.name);
    // mutant vendored-crate-that-is-not-locked: operand -> true
    if (
      own === null &&
      isLocked(index, manifest) &&
      wasRead(joinPath(takeDirectory(manifest.path), CHECKSUM))
    )
      return [];
    // mutant cargo-lock-is-for-any-crate: condition -> false
    if (own === null && !isBeside) return null;
    const folders = findLostFolders(manifest, wasRead);
    if (own !== null)
      return [
        ...folders,
        ...manifest.requests.flatMap((one) => findGap(index, own, manifest, one)),
      ];
    if (manifest.name === null || manifest.requests.length === 0) return folders;
    const why = `${file} lacks the crate ${quoteName(manifest.name)} itself: the two disagree`;
    return [...folders, skipManifest(manifest, why)];
  };
}

function findOwn({ byName }: CrateIndex, name: string): LockedCrate | null {
  return byName.get(name)?.find(({ source }) => source === null) ?? null;
}

function isLocked({ byName }: CrateIndex, { name }: Pick<ProjectManifest, 'name'>): boolean {
  return name !== null && byName.has(name);
}

function findGap(
  index: CrateIndex,
  own: LockedCrate,
  manifest: ProjectManifest,
  request: PackageRequest,
): readonly Skip[] {
  if (request.kind !== 'required' || request.spec.startsWith(FOLDER_SPEC)) return [];
  const found = pickNeeded(index, own, request);
  if (found === null) {
    const why = `it requires ${quoteName(request.name)}, which the lock lacks: the two disagree`;
    return [skipManifest(manifest, why)];
  }
  if (agrees(request, found)) return [];
  const why =
    `it requires ${quoteName(request.name)} ${quoteName(request.spec)}, and the lock has ` +
    `${found.version}: the two disagree`;
  return [skipManifest(manifest, why)];
}

/** A patch may put a folder or a repository in the place of any version. */
function agrees({ spec }: PackageRequest, { version, source }: LockedCrate): boolean {
  if (spec === INHERITED_SPEC || source === null) return true;
  if (spec.startsWith(GIT_SPEC)) return source.startsWith('git+');
  return source.startsWith('git+') || allowsCrate(spec, version) !== false;
}

/** Of several locked versions, one that the request allows. */
function pickNeeded(
  index: CrateIndex,
  own: LockedCrate,
  request: PackageRequest,
): LockedCrate | null {
  const needed = own.dependencies
    .filter((written) => written === request.name || written.startsWith(`${request.name} `))
    .flatMap((written) => findCrate(index, written) ?? []);
  return needed.find((one) => agrees(request, one)) ?? needed[0] ?? null;
}

/** What a manifest asks for, as the lock has it; a vendored crate is itself a part of the tree. */
export function findRequested(
  index: CrateIndex,
  name: string | null,
  request: PackageRequest,
): LockedCrate | 'tree' | null {
  const own = name === null ? null : findOwn(index, name);
  if (own === null) return isLocked(index, { name }) ? 'tree' : null;
  const found = pickNeeded(index, own, request);
  return found?.source === null ? 'tree' : found;
}

/** Folders that it takes crates from, and that are not here: what they need is not known. */
function findLostFolders(
  manifest: ProjectManifest,
  wasRead: (path: string) => boolean,
): readonly Skip[] {
  return manifest.requests.flatMap(({ name, spec }) => {
    if (!spec.startsWith(FOLDER_SPEC)) return [];
    const written = spec.slice(FOLDER_SPEC.length);
    const folder = joinFolder(takeDirectory(manifest.path), written);
    // mutant crate-in-a-folder-that-is-not-here: condition -> true
    if (folder !== null && wasRead(joinPath(folder, 'Cargo.toml'))) return [];
    const why = `${quoteName(name)} is in ${quoteName(written)}, which has no Cargo.toml here`;
    const remedy = 'Name the folder that holds both, or restore it.';
    return [createSkip(manifest.path, 'FACT_UNKNOWN', why, remedy)];
  });
}

function skipManifest({ path }: ProjectManifest, why: string): Skip {
  return createSkip(path, 'FACT_UNKNOWN', why, `Write the lock again: ${RELOCK}`);
}

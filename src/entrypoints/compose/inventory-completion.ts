import type { Inventory } from '../../capabilities/ecosystems/index.ts';
import {
  completeLicences,
  completeRequirements,
  createFolderLicences,
  createSbomLicences,
  type LicenceSource,
  type PackageFolder,
} from '../../capabilities/inventory/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { nameSubject, openSbom } from './take-inventory.ts';
import { parseTarget } from './targets.ts';
import { openTree } from './trees.ts';

/** Takes an inventory and adds what it lacks: licences, what needs what. */
export type InventoryCompletion = (inventory: Inventory) => Promise<Inventory>;

/** The places that a call names; a command that takes only one kind has no member for the other. */
export interface CompletionPlaces {
  readonly licensesFrom?: readonly string[];
  readonly needsFrom?: readonly string[];
}

/** All that a call names beside its target, opened before anything else is done. */
export async function openCompletion(
  { licensesFrom = [], needsFrom = [] }: CompletionPlaces,
  cwd: string,
): Promise<InventoryCompletion> {
  const folders: PackageFolder[] = [];
  for (const place of needsFrom) folders.push(await openPackageFolder(place, cwd));
  const addLicences = await openLicenceSources(licensesFrom, cwd);
  return async (inventory) =>
    addLicences(folders.length === 0 ? inventory : await completeRequirements(inventory, folders));
}

async function openPackageFolder(text: string, cwd: string): Promise<PackageFolder> {
  const target = parseTarget(text, cwd);
  if (target.kind === 'tree' || target.kind === 'rootfs')
    return { name: nameSubject(text), tree: orThrow(await openTree(target.path)) };
  throw new Failure('USAGE', `${text} is no folder`, 'Name a folder: "$(go env GOMODCACHE)".');
}

/**
 * Licences from folders of packages and from SBOMs, opened before anything else is done. A name
 * that is neither is USAGE.
 */
async function openLicenceSources(
  places: readonly string[],
  cwd: string,
): Promise<InventoryCompletion> {
  const sources: LicenceSource[] = [];
  for (const place of places) sources.push(await openLicenceSource(place, cwd));
  return async (inventory) =>
    sources.length === 0 ? inventory : completeLicences(inventory, sources);
}

async function openLicenceSource(text: string, cwd: string): Promise<LicenceSource> {
  const target = parseTarget(text, cwd);
  const name = nameSubject(text);
  if (target.kind === 'tree' || target.kind === 'rootfs')
    return createFolderLicences(name, orThrow(await openTree(target.path)));
  if (target.kind === 'sbom') {
    const bytes = await readFileBounded(target.path, LIMITS.documentBytesMax);
    const { inventory } = openSbom(bytes);
    return createSbomLicences(`${name} (${sha256(bytes)})`, inventory);
  }
  throw new Failure(
    'USAGE',
    `${text} is neither a folder nor an SBOM`,
    'Name a folder of packages, such as the module cache of Go, or an SBOM that states licences.',
  );
}

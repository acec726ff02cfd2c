import { resolve } from 'node:path';
import type { Garbage, StorageCheck } from '../../adapters/oci-server/index.ts';
import { Failure } from '../../core/failure.ts';
import { isThere } from './is-there.ts';

/** Removes what nobody can reach in the folder of a registry. */
export async function removeGarbage(
  folder: string,
  cwd: string,
  options: { readonly ageMinMs: number; readonly dryRun: boolean },
): Promise<Garbage> {
  const root = requireRegistryFolder(folder, cwd);
  const { collectGarbage } = await import('../../adapters/oci-server/index.ts');
  return collectGarbage(root, { ...options, nowMs: Date.now() });
}

/** Reads everything in the folder of a registry. */
export async function checkRegistryFolder(
  folder: string,
  cwd: string,
  signal: AbortSignal,
): Promise<StorageCheck> {
  const root = requireRegistryFolder(folder, cwd);
  const { checkStorage } = await import('../../adapters/oci-server/index.ts');
  return checkStorage(root, signal);
}

/** Another folder has nothing that may be removed, and is no registry without a flaw. */
function requireRegistryFolder(folder: string, cwd: string): string {
  const root = resolve(cwd, folder);
  // mutant folder-that-is-no-registry by registry-gc: condition -> true
  if (isThere(resolve(root, 'oci-layout')) && isThere(resolve(root, 'uploads'))) return root;
  throw new Failure(
    'NOT_FOUND',
    `${folder} is not the folder of an embedded registry`,
    'Name the folder that waybill registry serve was given.',
  );
}

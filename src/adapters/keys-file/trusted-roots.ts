import { join } from 'node:path';
import { parseTrustedRoot, ROOT_NAME, type TrustedRoot } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, type Result } from '../../core/result.ts';
import { readRegularFile } from '../../system/files/read-file.ts';

/**
 * The trusted roots of sigstore that a trust document names: `truststore/sigstore/NAME.json`. One
 * that cannot be read is kept as its failure, so only the signatures that need it are undetermined.
 */
export async function loadTrustedRoots(
  folder: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Result<TrustedRoot>>> {
  const roots = new Map<string, Result<TrustedRoot>>();
  for (const name of names) roots.set(name, await loadTrustedRoot(folder, name));
  return roots;
}

async function loadTrustedRoot(folder: string, name: string): Promise<Result<TrustedRoot>> {
  // A name cannot leave the folder.
  // mutant trusted-root-outside-its-folder by trusted-roots: condition -> false
  if (!ROOT_NAME.test(name)) return broken(name, 'its name', null);
  const path = join(folder, 'truststore', 'sigstore', `${name}.json`);
  const bytes = await readRegularFile(path, LIMITS.configBytesMax);
  if (!bytes.ok) return broken(name, bytes.failure.message, bytes.failure);
  const root = parseTrustedRoot(bytes.value);
  return root.ok ? root : broken(name, root.failure.message, root.failure);
}

function broken(name: string, why: string, cause: Failure | null): Result<never> {
  const message = `the trusted root ${JSON.stringify(name)} cannot be used: ${why}`;
  const remedy = 'Put its trusted_root.json there: waybill trust import-cosign.';
  return failed(new Failure('TRUST_INVALID', message, remedy, cause === null ? {} : { cause }));
}

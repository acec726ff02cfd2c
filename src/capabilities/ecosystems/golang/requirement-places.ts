import { LIMITS } from '../../../core/limits.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import type { NamedPackage } from '../licence-place.ts';
import type { PackageRequirements, RequirementPlace } from '../requirement-place.ts';
import { isModulePath, isModuleVersion } from './go-draft.ts';
import { escapePath } from './licence-places.ts';
import { parseGoMod } from './module/go-mod.ts';

/**
 * The go.mod of a module in the module cache (go.dev/ref/mod#module-cache): it is there for each
 * one that a build looks at, whether its code was needed or not.
 */
export function findGoRequirements({ name, version }: NamedPackage): RequirementPlace | null {
  if (!isModulePath(name) || !isModuleVersion(version)) return null;
  return {
    path: `cache/download/${escapePath(name)}/@v/${escapePath(version)}.mod`,
    bytesMax: LIMITS.dependencyFileBytesMax,
    read: (bytes) => readRequirements(bytes),
  };
}

function readRequirements(bytes: Uint8Array): Result<PackageRequirements> {
  const mod = parseGoMod('go.mod', bytes);
  if (!mod.ok) return failed(mod.failure);
  const { requirements } = mod.value;
  const select = (isIndirect: boolean) =>
    requirements.filter((one) => one.isIndirect === isIndirect).map(({ path }) => path);
  return ok({ own: select(false), listed: select(true) });
}

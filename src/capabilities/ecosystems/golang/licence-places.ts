import type { NamedPackage } from '../licence-place.ts';
import { createLicencePlace, type LicencePlace } from '../licence-place.ts';
import { DEVELOPMENT, isModulePath, isModuleVersion } from './go-draft.ts';
import { parseGoMod } from './module/go-mod.ts';
import { parseVendorList, type VendoredModule } from './module/vendor-list.ts';

/**
 * Modules state their licences in files alone. They are in the module cache (`PATH@VERSION`, with
 * `!` before what was a capital letter), in a vendor folder that lists this version, and for the
 * module of a source tree beside its go.mod, which names no version.
 */
export function listGoLicencePlaces({ name, version }: NamedPackage): readonly LicencePlace[] {
  if (!isModulePath(name)) return [];
  const own = createLicencePlace('', {
    path: 'go.mod',
    holds: (bytes) => {
      const mod = parseGoMod('go.mod', bytes);
      // mutant licence-of-another-module by licences: value -> true
      return mod.ok && mod.value.module === name;
    },
  });
  if (version === DEVELOPMENT || !isModuleVersion(version)) return [own];
  const vendored = createLicencePlace(`vendor/${name}`, {
    path: 'vendor/modules.txt',
    holds: (bytes) => {
      const list = parseVendorList('vendor/modules.txt', bytes);
      return list.ok && list.value.modules.some((one) => holdsVersion(one, name, version));
    },
  });
  return [createLicencePlace(`${escapePath(name)}@${escapePath(version)}`), vendored, own];
}

/** The code of what replaces a module is in the folder of the module. */
function holdsVersion(
  { path, version, replacedBy }: VendoredModule,
  name: string,
  wanted: string,
): boolean {
  return replacedBy === null && path === name && version === wanted;
}

/** golang.org/x/mod/module, EscapePath. */
export function escapePath(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

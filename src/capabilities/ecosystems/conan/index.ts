import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { nameByPackage } from '../package-address.ts';
import { semverScheme } from '../semver-order.ts';
import { conanFormat } from './conan-format.ts';

/** Packages of Conan for C and C++. */
export const conan: Ecosystem = {
  name: 'conan',
  purlTypes: ['conan'],
  advisories: nameByPackage('ConanCenter', semverScheme, ({ name }) => name),
  extractors: createLockExtractors(conanFormat),
  markers: [
    { pattern: /(?:^|\/)conan\.lock$/, means: 'read' },
    { pattern: /(?:^|\/)conanfile\.(?:txt|py)$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(conanFormat),
};

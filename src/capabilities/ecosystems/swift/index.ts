import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { joinName, nameByPackage } from '../package-address.ts';
import { semverScheme } from '../semver-order.ts';
import { swiftFormat } from './swift-format.ts';

/** Packages of Swift; advisories name them by the address of their repository. */
export const swift: Ecosystem = {
  name: 'swift',
  purlTypes: ['swift'],
  advisories: {
    ...nameByPackage('SwiftURL', semverScheme, (parts) => foldAddress(joinName(parts))),
    foldName: foldAddress,
  },
  extractors: createLockExtractors(swiftFormat),
  markers: [
    { pattern: /(?:^|\/)\.?[Pp]ackage\.resolved$/, means: 'read' },
    { pattern: /(?:^|\/)Package\.swift$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(swiftFormat),
};

/** The hosts of repositories compare their names without case. */
function foldAddress(address: string): string {
  // mutant repository-of-swift-in-another-case by caseless-names: value -> address
  return address.toLowerCase();
}

import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { nameByPackage, takeOnePart } from '../package-address.ts';
import { dartFormat } from './dart-format.ts';
import { pubScheme } from './pub-order.ts';

/** Packages of Dart and Flutter, as pubspec.lock names them. */
export const dart: Ecosystem = {
  name: 'dart',
  purlTypes: ['pub'],
  advisories: nameByPackage('Pub', pubScheme, takeOnePart),
  extractors: createLockExtractors(dartFormat),
  markers: [
    { pattern: /(?:^|\/)pubspec\.lock$/, means: 'read' },
    { pattern: /(?:^|\/)pubspec\.yaml$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(dartFormat),
};

import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { createNumberScheme } from '../number-order.ts';
import { nameByPackage, takeOnePart } from '../package-address.ts';
import { installedR } from './installed-r.ts';
import { renvFormat } from './renv-format.ts';

/** The order of R (`package_version`): lists of numbers with dots or hyphens. */
export const cranScheme = createNumberScheme('cran', /^\d+(?:[.-]\d+)*$/);

/** Packages of R, as renv locks them. */
export const r: Ecosystem = {
  name: 'r',
  purlTypes: ['cran'],
  advisories: nameByPackage('CRAN', cranScheme, takeOnePart),
  extractors: [...createLockExtractors(renvFormat), installedR],
  markers: [
    { pattern: /(?:^|\/)renv\.lock$/, means: 'read' },
    { pattern: /(?:^|\/)DESCRIPTION$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(renvFormat),
};

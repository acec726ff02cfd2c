import type { PurlParts } from '../../../core/purl.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { createLockFixes } from '../locked/lock-fixes.ts';
import { type AdvisoryNaming, createNotCovered, joinName } from '../package-address.ts';
import { phpRecipe } from './fix-php.ts';
import { installedPhp } from './installed-php.ts';
import { packagistScheme } from './packagist-order.ts';
import { phpFormat, recipeLock } from './php-format.ts';

const OSV = 'Packagist';
/** Modules of Drupal are in a registry of their own, under a name of their own. */
const DRUPAL = ['8', '7'].map((release) => `${OSV}:https://packages.drupal.org/${release}`);

const packagistNaming: AdvisoryNaming = {
  osv: OSV,
  scheme: packagistScheme,
  locate({ version }, parts: PurlParts) {
    // mutant package-of-php-without-a-vendor by npm-naming: condition -> false
    if (parts.namespace === null || parts.namespace.includes('/'))
      return createNotCovered(`${OSV} has no packages with such a name: vendor/name`);
    return {
      kind: 'address',
      address: {
        ecosystems: parts.namespace === 'drupal' ? [OSV, ...DRUPAL] : [OSV],
        name: joinName(parts),
        version,
        scheme: packagistScheme,
      },
      doubt: null,
    };
  },
};

/** Packages of PHP, locked or installed by Composer. */
export const php: Ecosystem = {
  name: 'php',
  purlTypes: ['composer'],
  advisories: packagistNaming,
  extractors: [...createLockExtractors(phpFormat), installedPhp, recipeLock],
  markers: [
    { pattern: /(?:^|\/)composer\.lock$/, means: 'read' },
    { pattern: /(?:^|\/)composer\/installed\.json$/, means: 'read' },
    { pattern: /(?:^|\/)composer\.json$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(phpFormat),
  fixes: createLockFixes(phpRecipe),
};

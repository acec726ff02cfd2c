import type { PurlParts } from '../../../core/purl.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { createLockFixes } from '../locked/lock-fixes.ts';
import { type AdvisoryNaming, joinName } from '../package-address.ts';
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
  locate: ({ version }, parts: PurlParts) => ({
    kind: 'address',
    address: {
      ecosystems: parts.namespace === 'drupal' ? [OSV, ...DRUPAL] : [OSV],
      name: joinName(parts),
      version,
      scheme: packagistScheme,
    },
    doubt: null,
  }),
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

import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { bundleFormat } from './bundle-format.ts';
import { combineFormulae, homebrewReceipt } from './receipt.ts';

/** Formulae of Homebrew, installed or asked for; no advisories name them. */
export const homebrew: Ecosystem = {
  name: 'homebrew',
  purlTypes: ['brew'],
  extractors: [homebrewReceipt, ...createLockExtractors(bundleFormat)],
  combine: combineFormulae,
  markers: [
    { pattern: /(?:^|\/)Brewfile\.lock\.json$/, means: 'read' },
    { pattern: /(?:^|\/)Brewfile$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(bundleFormat),
};

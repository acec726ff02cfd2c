import type { Ecosystem } from '../ecosystem.ts';
import { homebrewReceipt } from './receipt.ts';

/** Formulae that Homebrew installed; no advisories name them. */
export const homebrew: Ecosystem = {
  name: 'homebrew',
  purlTypes: ['brew'],
  extractors: [homebrewReceipt],
};

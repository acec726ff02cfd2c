import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { createNumberScheme } from '../number-order.ts';
import { nameByPackage, takeOnePart } from '../package-address.ts';
import { cabalFormat } from './cabal-format.ts';

/** The order of Cabal (pvp.haskell.org): lists of numbers. */
export const hackageScheme = createNumberScheme('hackage', /^\d+(?:\.\d+)*$/);

/** Packages of Haskell, as Cabal freezes them. */
export const haskell: Ecosystem = {
  name: 'haskell',
  purlTypes: ['hackage'],
  advisories: nameByPackage('Hackage', hackageScheme, takeOnePart),
  extractors: createLockExtractors(cabalFormat),
  markers: [
    { pattern: /(?:^|\/)(?:cabal\.project\.freeze|stack(?:-[^/]*)?\.yaml\.lock)$/, means: 'read' },
    {
      pattern: /(?:^|\/)(?:[^/]*\.cabal|cabal\.project|stack(?:-[^/]*)?\.yaml)$/,
      means: 'declares',
    },
  ],
  declarations: createLockDeclarations(cabalFormat),
};

import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { nameByPackage } from '../package-address.ts';
import { semverScheme } from '../semver-order.ts';
import { mixFormat } from './mix-format.ts';

/** Packages of Hex for Elixir, as mix.lock names them; those of Erlang are the same packages. */
export const elixir: Ecosystem = {
  name: 'elixir',
  purlTypes: ['hex'],
  advisories: nameByPackage('Hex', semverScheme),
  extractors: createLockExtractors(mixFormat),
  markers: [
    { pattern: /(?:^|\/)mix\.lock$/, means: 'read' },
    { pattern: /(?:^|\/)mix\.exs$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(mixFormat),
};

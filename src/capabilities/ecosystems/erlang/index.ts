import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { rebarFormat } from './rebar-format.ts';

/** What rebar.lock names: its packages are those of Hex, as Elixir's. */
export const erlang: Ecosystem = {
  name: 'erlang',
  purlTypes: [],
  extractors: createLockExtractors(rebarFormat),
  markers: [
    { pattern: /(?:^|\/)rebar\.lock$/, means: 'read' },
    { pattern: /(?:^|\/)rebar\.config$/, means: 'declares' },
  ],
  declarations: createLockDeclarations(rebarFormat),
};

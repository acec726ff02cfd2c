import { EXPLOITED } from './exploited.ts';
import type { LibraryPolicy } from './library-policy.ts';
import { LICENCES } from './licences.ts';
import { S2C2F } from './s2c2f.ts';
import { SLSA } from './slsa.ts';
import { SSDF } from './ssdf.ts';
import { TWO_PERSONS } from './two-persons.ts';

export const LIBRARY: readonly LibraryPolicy[] = [
  SLSA,
  S2C2F,
  SSDF,
  LICENCES,
  EXPLOITED,
  TWO_PERSONS,
];

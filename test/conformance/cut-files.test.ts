import { expect, it } from 'vitest';
import { findSilentCuts, MAY_BE_SILENT } from '../long/fuzz/cuts.ts';

it('B3: a file that was cut gives a result or a Failure, and never a shorter list', () => {
  // `npm run test:long` cuts at each byte.
  expect(findSilentCuts(100)).toEqual(MAY_BE_SILENT);
});

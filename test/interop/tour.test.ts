import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, run } from '../../tools/process.ts';

it('ten repositories, ten build tools and eight bases get as far as README says', async () => {
  const tour = await run(process.execPath, [join(root, 'test/tour/run.ts')], {
    timeoutMs: 170_000,
  });
  expect(tour.stderr).not.toContain('worse:');
  expect(tour.code).toBe(0);
});

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './process.ts';

test('no module of ours is imported for what it does, so a bundle drops what is unused', () => {
  const files = globSync('src/**/*.ts', { cwd: root });
  const bare = files.filter((file) =>
    /^import\s*['"]/m.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(bare).toEqual([]);
});

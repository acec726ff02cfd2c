import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SHARED_PIECES } from './bundle-options.ts';
import { root } from './process.ts';

test('no module of ours is imported for what it does, so a bundle drops what is unused', () => {
  const files = globSync('src/**/*.ts', { cwd: root });
  const bare = files.filter((file) =>
    /^import\s*['"]/m.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(bare).toEqual([]);
});

test('what nearly every command loads needs no package, which would be loaded with it', () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  for (const { name, test: isIn } of SHARED_PIECES) {
    const shared = files.filter((file) => isIn.test(`/${file}`));
    expect(shared.length, name).toBeGreaterThan(5);
    const needy = shared.filter((file) =>
      /^(?:import|export) (?!type)[^;]* from '(?![.]|node:)/m.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
    expect(needy, name).toEqual([]);
  }
});

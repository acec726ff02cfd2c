import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { root, run } from '../../tools/process.ts';

/** These modules start serving when they are loaded, in a thread. */
const THREADS = /-thread\.ts$/;

const RUN_SOURCES =
  `import { main } from ${JSON.stringify(pathToFileURL(join(root, 'src/entrypoints/cli/main.ts')).href)};` +
  'await main(process.argv.slice(1));';

it('Node.js loads every source module directly: types are stripped, nothing is built', async () => {
  const modules = globSync('src/**/*.ts', { cwd: root })
    .filter((path) => !/\.(test|contract)\.ts$/.test(path))
    .filter((path) => !THREADS.test(path));
  const urls = modules.map((path) => pathToFileURL(join(root, path)).href);
  expect(urls.length).toBeGreaterThan(400);
  const script = `for (const url of ${JSON.stringify(urls)}) await import(url);\nprocess.exit(0);`;
  const { code, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  expect([code, stderr]).toEqual([0, '']);
});

it.each([
  ['its sources', ['--input-type=module', '--eval', RUN_SOURCES, '--']],
  ['a bundle of them', [join(root, 'bin/waybill.js')]],
])('the command line of a checkout runs from %s', async (_, words) => {
  const asked = [...words, 'policy', 'show', '--default'];
  const { code, stdout, stderr } = await run(process.execPath, asked);
  expect([code, stdout.includes('rules:'), stderr]).toEqual([0, true, '']);
  const told = await run(process.execPath, [...words, 'version']);
  expect(told.stdout).toMatch(/ \(checkout\)$/m);
});

// node test/support/bundle-command.ts FOLDER: bundles the command line of this checkout.
// FOLDER is then laid out like the package.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { BUNDLE_OPTIONS } from '../../tools/bundle-options.ts';
import { root } from '../../tools/process.ts';

/** The entry points of the command line and of each thread, by their names below `dist`. */
const ENTRIES = {
  'entrypoints/compose/main': 'src/entrypoints/cli/main.ts',
  'entrypoints/server/advisories-thread': 'src/entrypoints/server/advisories-thread.ts',
  'entrypoints/server/audit-thread': 'src/entrypoints/server/audit-thread.ts',
  'entrypoints/server/database-thread': 'src/entrypoints/server/database-thread.ts',
} as const;

/**
 * Bundles the sources with their packages. Lazy imports stay in separate files. All code has the
 * same depth as `compose/installation.ts`, which finds its files by relative paths.
 */
async function bundleCommand(folder: string): Promise<void> {
  const bundle = await rolldown({
    ...BUNDLE_OPTIONS,
    cwd: root,
    input: ENTRIES,
  });
  await bundle.write({
    dir: join(folder, 'dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'entrypoints/compose/[name]-[hash].js',
  });
  await bundle.close();
  mkdirSync(join(folder, 'dist/entrypoints/cli'));
  writeFileSync(
    join(folder, 'dist/entrypoints/cli/main.js'),
    "export { main } from '../compose/main.js';\n",
  );
  for (const part of ['bin', 'data', 'package.json']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node test/support/bundle-command.ts FOLDER');
await bundleCommand(folder);

// npm run build: bundles the sources and their packages in dist/, from an empty folder
// (docs/adr/0033-bundled-package.md). Node.js strips no types below node_modules.
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { BUNDLE_OPTIONS, ENTRIES, SHARED_PIECES } from './bundle-options.ts';
import { formatManifest, formatNotices, listBundledPackages } from './bundled-packages.ts';
import { root } from './process.ts';

/**
 * Bundles the checkout in `tree` with the packages of its node_modules into its dist/. Lazy imports
 * stay in files of their own. All code is as deep as `compose/installation.ts`, which finds its
 * files by relative paths. Beside the code are the manifest and the notices of every package that
 * is inside, where readers of installed packages look for them. Returns the paths of all files
 * that were read.
 */
export async function buildInto(
  tree: string,
  dist = resolve(tree, 'dist'),
): Promise<readonly string[]> {
  const folder = realpathSync(tree);
  rmSync(dist, { recursive: true, force: true });
  const { rolldown } = await loadBundler();
  const bundle = await rolldown({ ...BUNDLE_OPTIONS, cwd: folder, input: ENTRIES });
  const { output } = await bundle.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'entrypoints/compose/[name]-[hash].js',
    codeSplitting: { groups: [...SHARED_PIECES] },
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  // Also the doors, of which nothing may be left: what they name decides what is bundled.
  const files = await bundle.watchFiles;
  await bundle.close();
  const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
  const packages = listBundledPackages(folder, modules);
  for (const one of packages)
    writeText(join(dist, one.folder, 'package.json'), formatManifest(one));
  writeText(join(dist, 'THIRD-PARTY-NOTICES.txt'), formatNotices(packages));
  return files.filter((path) => isAbsolute(path));
}

/**
 * Each of its threads keeps memory: 0.5 GB in all for one, 1 GB for one on each of 16 processors.
 * One is as fast for sources of this size.
 */
async function loadBundler(): Promise<typeof import('rolldown')> {
  for (const name of THREAD_COUNTS) process.env[name] ??= '1';
  return import('rolldown');
}

const THREAD_COUNTS = [
  'RAYON_NUM_THREADS',
  'ROLLDOWN_WORKER_THREADS',
  'ROLLDOWN_MAX_BLOCKING_THREADS',
];

function writeText(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

if (import.meta.main) {
  await buildInto(root).catch((thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exitCode = 1;
  });
}

import { realpathSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import type { OutputChunk } from 'rolldown';
import { BUNDLE_OPTIONS, ENTRIES, LASTING, SHARED_PIECES } from '../bundle-options.ts';
import { type BundledPackage, listBundledPackages } from '../bundled-packages.ts';
import { deferRequires } from './defer-requires.ts';

/** The same entry points by their last names: `main`, `audit-thread`. */
const STARTS = Object.fromEntries(
  Object.entries(ENTRIES).map(([name, source]) => [basename(name), source]),
);

export interface Bundle {
  /**
   * Functions of a CommonJS module by their names, which `require` has after `./`. Lazy imports are
   * separate pieces and stay lazy.
   */
  readonly pieces: ReadonlyMap<string, string>;
  readonly packages: readonly BundledPackage[];
  /** The files that were read. Also the doors, of which nothing may be left. */
  readonly files: readonly string[];
}

/** Bundles the sources in `within`, with their packages in `node_modules` there. */
export async function bundle(within: string): Promise<Bundle> {
  const folder = realpathSync(within);
  const { chunks, files } = await buildChunks(folder, STARTS, 'cjs');
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
  return {
    pieces: new Map(
      chunks.map((one) => [
        one.fileName,
        wrap(`${deferRequires(one.code)}${isLasting(one) ? formatNeeds(one, chunks) : ''}`),
      ]),
    ),
    packages: listBundledPackages(folder, modules),
    files,
  };
}

/** The loader of the pieces in one file: a script of the executable, or a module of the package. */
export async function bundleLoader(form: 'cjs' | 'esm'): Promise<string> {
  const source = form === 'cjs' ? 'load-asset.ts' : 'load-file.ts';
  const { chunks } = await buildChunks(import.meta.dirname, { load: source }, form);
  return chunks.map(({ code }) => code).join('');
}

const wrap = (code: string): string =>
  `(function (exports, require, module, __filename, __dirname) {${code}\n})`;

/** Whether it begins what runs for days, while its package may be replaced. */
function isLasting({ moduleIds, isEntry, name }: OutputChunk): boolean {
  return (
    (isEntry && name !== 'main') ||
    LASTING.some((path) => moduleIds.some((id) => id.endsWith(path)))
  );
}

/** Loads all pieces at once that it could need without an `import()`. */
function formatNeeds(chunk: OutputChunk, chunks: readonly OutputChunk[]): string {
  const byName = new Map(chunks.map((one) => [one.fileName, one]));
  const needed = new Set<string>([chunk.fileName]);
  // A set also gives what is added to it meanwhile.
  for (const name of needed)
    for (const id of byName.get(name)?.imports ?? []) if (byName.has(id)) needed.add(id);
  needed.delete(chunk.fileName);
  return `for (const id of ${JSON.stringify([...needed].map((id) => `./${id}`))}) require(id);\n`;
}

async function buildChunks(
  folder: string,
  input: Readonly<Record<string, string>>,
  format: 'cjs' | 'esm',
): Promise<{ readonly chunks: readonly OutputChunk[]; readonly files: readonly string[] }> {
  const { rolldown } = await loadBundler();
  const build = await rolldown({ ...BUNDLE_OPTIONS, cwd: folder, input });
  const { output } = await build.generate({
    format,
    exports: 'named',
    entryFileNames: '[name]',
    chunkFileNames: '[name]-[hash]',
    codeSplitting: { groups: [...SHARED_PIECES] },
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  const files = await build.watchFiles;
  await build.close();
  return {
    chunks: output.filter((part) => part.type === 'chunk'),
    files: files.filter((path) => isAbsolute(path)),
  };
}

/**
 * Each of its threads keeps memory: 0.6 GB in all for one, 1 GB for one on each of 16 processors.
 * One is as fast for sources of this size. What it frees goes back to the system at once, before
 * the pieces are compiled beside it. Pages of 2 MB are zeroed whole each time they are used again,
 * which took more time than the bundling beside other work, and a quarter of the memory.
 */
export async function loadBundler(): Promise<typeof import('rolldown')> {
  for (const [name, value] of SETTINGS) process.env[name] ??= value;
  return import('rolldown');
}

const SETTINGS = [
  ['RAYON_NUM_THREADS', '1'],
  ['ROLLDOWN_WORKER_THREADS', '1'],
  ['ROLLDOWN_MAX_BLOCKING_THREADS', '1'],
  ['MIMALLOC_PURGE_DELAY', '0'],
  ['MIMALLOC_ALLOW_THP', '0'],
] as const;

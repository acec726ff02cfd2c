import { realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { BUNDLE_OPTIONS } from '../bundle-options.ts';

/** The entry points of the command line and of each thread in a built package. */
const ENTRIES = {
  main: 'dist/entrypoints/cli/main.js',
  'advisories-thread': 'dist/entrypoints/server/advisories-thread.js',
  'audit-thread': 'dist/entrypoints/server/audit-thread.js',
  'database-thread': 'dist/entrypoints/server/database-thread.js',
  'desk-thread': 'dist/entrypoints/server/desk-thread.js',
  'trial-thread': 'dist/entrypoints/server/trial-thread.js',
} as const;

export interface Bundle {
  /**
   * CommonJS modules by the name that `require` uses. Lazy imports are separate chunks and stay
   * lazy.
   */
  readonly pieces: ReadonlyMap<string, string>;
  /**
   * The folders of the packages that the bundle contains, relative to the package:
   * `node_modules/zod`.
   */
  readonly packages: readonly string[];
  /** The loader, and the entry point: `main`, or a thread. */
  readonly starts: ReadonlyMap<keyof typeof ENTRIES, string>;
}

/** Bundles the built package in `within`, with its packages in `node_modules` there. */
export async function bundle(within: string): Promise<Bundle> {
  const folder = realpathSync(within);
  const chunks = await buildChunks(folder, ENTRIES);
  const [loader] = await buildChunks(import.meta.dirname, { load: 'load.ts' });
  const begin = (entry: string): string => {
    const run =
      entry === 'main' ? 'load("./main").main(process.argv.slice(2));' : `load("./${entry}");`;
    return `${loader?.code}\n${run}\n`;
  };
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
  return {
    pieces: new Map(chunks.map(({ fileName, code }) => [`./${fileName}`, code])),
    packages: [...new Set(modules.flatMap((id) => findPackage(folder, id)))].sort(),
    starts: new Map(
      Object.keys(ENTRIES).map((entry) => [entry as keyof typeof ENTRIES, begin(entry)]),
    ),
  };
}

async function buildChunks(
  folder: string,
  input: Readonly<Record<string, string>>,
): Promise<readonly OutputChunk[]> {
  const build = await rolldown({
    ...BUNDLE_OPTIONS,
    cwd: folder,
    input,
  });
  const { output } = await build.generate({
    format: 'cjs',
    exports: 'named',
    entryFileNames: '[name]',
    chunkFileNames: '[name]-[hash]',
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await build.close();
  return output.filter((part) => part.type === 'chunk');
}

/** `<folder>/node_modules/a/node_modules/@b/c/index.js` → `node_modules/a/node_modules/@b/c`. */
function findPackage(folder: string, id: string): readonly string[] {
  if (id.startsWith('\0')) return []; // the bundler's own
  const path = relative(folder, id);
  if (path.startsWith('..')) throw new Error(`${id} is bundled, but is not part of the package`);
  const found = /^(?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+/.exec(path)?.[0];
  return found === undefined ? [] : [found.slice(0, -1)];
}

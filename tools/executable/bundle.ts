import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { BUNDLE_OPTIONS, ENTRIES } from '../bundle-options.ts';
import { type BundledPackage, listBundledPackages } from '../bundled-packages.ts';

/** The same entry points by their last names: `main`, `audit-thread`. */
const STARTS = Object.fromEntries(
  Object.entries(ENTRIES).map(([name, source]) => [basename(name), source]),
);

export interface Bundle {
  /**
   * CommonJS modules by the name that `require` uses. Lazy imports are separate chunks and stay
   * lazy.
   */
  readonly pieces: ReadonlyMap<string, string>;
  readonly packages: readonly BundledPackage[];
  /** The loader, and the entry point: `main`, or a thread. */
  readonly starts: ReadonlyMap<string, string>;
}

/** Bundles the sources in `within`, with their packages in `node_modules` there. */
export async function bundle(within: string): Promise<Bundle> {
  const folder = realpathSync(within);
  const chunks = await buildChunks(folder, STARTS);
  const [loader] = await buildChunks(import.meta.dirname, { load: 'load.ts' });
  const begin = (entry: string): string => {
    const run =
      entry === 'main' ? 'load("./main").main(process.argv.slice(2));' : `load("./${entry}");`;
    return `${loader?.code}\n${run}\n`;
  };
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
  return {
    pieces: new Map(chunks.map(({ fileName, code }) => [`./${fileName}`, code])),
    packages: listBundledPackages(folder, modules),
    starts: new Map(Object.keys(STARTS).map((entry) => [entry, begin(entry)])),
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

// npm run build: bundles the sources and their packages in dist/, from an empty folder
// (docs/adr/0033-bundled-package.md). Node.js strips no types below node_modules.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ENTRIES } from './bundle-options.ts';
import { type BundledPackage, formatManifest, formatNotices } from './bundled-packages.ts';
import { buildPage, PAGE_FOLDER } from './page/build-page.ts';
import { bundle, bundleLoader } from './pieces/bundle.ts';
import { compilePieces } from './pieces/compile-pieces.ts';
import { root } from './process.ts';

interface BuildOptions {
  readonly dist?: string;
  /** The Node.js that the compiled code is for. */
  readonly node?: string;
  /** Whether the page is built too. A checkout builds it when it is first served. */
  readonly page?: boolean;
}

/**
 * Bundles the checkout in `tree` with the packages of its node_modules into its dist/. Lazy imports
 * stay in files of their own, and beside each is what V8 made of it
 * (docs/adr/0046-compiled-pieces.md). All code is as deep as `compose/installation.ts`, which finds
 * its files by relative paths. Beside the code are the manifest and the notices of every package
 * that is inside, where readers of installed packages look for them. Returns the paths of all files
 * that were read.
 */
export async function buildInto(
  tree: string,
  { dist = resolve(tree, 'dist'), node = process.execPath, page = true }: BuildOptions = {},
): Promise<readonly string[]> {
  rmSync(dist, { recursive: true, force: true });
  const { pieces, packages, files } = await bundle(tree);
  const write = (path: string, content: string | Uint8Array): void =>
    writeFile(join(dist, path), content);
  for (const [id, text] of pieces) write(`entrypoints/compose/${id}.cjs`, text);
  const compiled = await compilePieces(node, pieces);
  for (const [id, code] of compiled.pieces) write(`${compiled.folder}/${id}`, code);
  write('load.js', await bundleLoader('esm'));
  for (const name of Object.keys(ENTRIES)) write(`${name}.js`, formatEntry(name));
  const shown = page ? await buildPage(tree, join(dist, PAGE_FOLDER)) : { packages: [] };
  const inside = mergePackages(packages, shown.packages);
  for (const one of inside) write(`${one.folder}/package.json`, formatManifest(one));
  write('THIRD-PARTY-NOTICES.txt', formatNotices(inside));
  return files;
}

/** Sorted by folder; a package of both is named once. */
function mergePackages(
  ...lists: readonly (readonly BundledPackage[])[]
): readonly BundledPackage[] {
  const byFolder = new Map(lists.flat().map((one) => [one.folder, one]));
  return [...byFolder.values()].sort((one, other) => (one.folder < other.folder ? -1 : 1));
}

/** The module of an entry point: the command line exports `main`, a thread begins to serve. */
function formatEntry(name: string): string {
  const id = basename(name);
  const start = `load("./${id}")`;
  const rest = id === 'main' ? `export const { main } = ${start};` : `${start};`;
  return `import { load } from "../../load.js";\n${rest}\n`;
}

function writeFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

if (import.meta.main) {
  await buildInto(root).catch((thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exitCode = 1;
  });
}

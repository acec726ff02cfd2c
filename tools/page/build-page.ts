import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Rolldown } from 'vite';
import { type BundledPackage, listBundledPackages } from '../bundled-packages.ts';
import { loadBundler } from '../pieces/bundle.ts';

export interface BuiltPage {
  /** The packages that the code came from. */
  readonly packages: readonly BundledPackage[];
  /** The files that were read, except packages. */
  readonly files: readonly string[];
}

/** Where the page is in a built package, and in the cache of a checkout. */
export const PAGE_FOLDER = 'page';

/**
 * Builds the page of the workspace `web` of a checkout into `folder`: index.html and files whose
 * names contain a hash of their content, each with its Brotli form beside it
 * (docs/adr/0050-page.md). Nothing depends on where or when it is built.
 */
export async function buildPage(tree: string, folder: string): Promise<BuiltPage> {
  await loadBundler();
  const { build } = await import('vite');
  const root = realpathSync(join(tree, 'web'));
  const modules: string[] = [];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    root,
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    // Relative to the page, so that a proxy may serve it under a path.
    base: './',
    mode: 'production',
    // React has another form where this variable is `test`.
    oxc: { jsx: { runtime: 'automatic', development: false } },
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'modules-of-page',
        generateBundle(_options, output: Rolldown.OutputBundle) {
          for (const part of Object.values(output))
            if (part.type === 'chunk') modules.push(...part.moduleIds);
        },
      },
    ],
    build: {
      outDir: resolve(folder),
      emptyOutDir: true,
      assetsDir: 'assets',
      // A data: address would need a weaker policy of content.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2023',
      reportCompressedSize: false,
    },
  });
  const assets = join(folder, 'assets');
  for (const name of readdirSync(assets))
    writeFileSync(join(assets, `${name}.br`), compress(readFileSync(join(assets, name))));
  const own = modules.filter((id) => isAbsolute(id)).map((id) => id.replace(/\?.*$/s, ''));
  return {
    packages: listBundledPackages(realpathSync(tree), own),
    files: own.filter((id) => !relative(root, id).startsWith('..')),
  };
}

function compress(bytes: Uint8Array): Uint8Array {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
    },
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import { getAsset, getAssetKeys, isSea } from 'node:sea';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { toFileFailure } from '../../system/files/errno.ts';

/**
 * The only file that knows where the parts of Waybill are: in the folder of a checkout or of the
 * npm package, or in the executable, under the same names
 * (docs/adr/0020-single-file-executable.md).
 */

/** A part that is text, by its path in the package. */
export function readPart(path: 'package.json' | 'data/advisories-sample.ndjson'): string {
  if (isSea()) return getAsset(path, 'utf8');
  try {
    return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
}

export function findForm(): 'checkout' | 'package' | 'executable' {
  if (isSea()) return 'executable';
  // A checkout runs its sources or a bundle of them (bin/waybill.js).
  const isCheckout = /\.ts$|\/node_modules\/\.cache\/waybill\//.test(import.meta.url);
  return isCheckout ? 'checkout' : 'package';
}

/**
 * The files of the page by their paths: `index.html`, `assets/NAME`. Empty where it has not been
 * built: a checkout builds it when `waybill serve` starts (docs/adr/0050-page.md).
 */
export function readPage(): ReadonlyMap<string, Uint8Array> {
  if (isSea()) {
    const names = getAssetKeys().filter((name) => name.startsWith('page/'));
    return new Map(
      names.map((name) => [name.slice('page/'.length), new Uint8Array(getAsset(name))]),
    );
  }
  const folder = new URL(`${findPageFolder()}/`, import.meta.url);
  const names = listFiles(folder);
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder))]));
}

/** Relative to this file, or to the piece of a bundle that contains it. */
function findPageFolder(): string {
  if (findForm() === 'package') return '../../page';
  return import.meta.url.endsWith('.ts')
    ? '../../../node_modules/.cache/waybill/page'
    : '../../../../../page';
}

function listFiles(folder: URL): readonly string[] {
  try {
    const assets = readdirSync(new URL('assets', folder)).map((name) => `assets/${name}`);
    return ['index.html', ...assets];
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw toFileFailure('page', thrown);
  }
}

/** Starts `server/NAME-thread.ts` in a thread of its own. */
export function startThread(
  name: 'advisories' | 'audit' | 'database' | 'desk' | 'trial',
  workerData: unknown,
  resourceLimits: ResourceLimits = {},
): Worker {
  const options = { workerData, resourceLimits };
  if (isSea()) return new Worker(getAsset(`${name}-thread`, 'utf8'), { eval: true, ...options });
  // The folder contains .ts files in development and .js files when installed; tsc does not rewrite
  // the address of a worker.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`../server/${name}-thread.${extension}`, import.meta.url), options);
}

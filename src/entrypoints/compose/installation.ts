import { readFileSync } from 'node:fs';
import { getAsset, isSea } from 'node:sea';
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

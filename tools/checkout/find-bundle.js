// JavaScript, because bin/waybill.js loads it at each start of a checkout: stripping types costs
// more than the rest of this file.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where a checkout keeps bundles of its sources, and the note of the newest one. */
export function placeOfBundles(root) {
  const folder = join(root, 'node_modules/.cache/waybill/bundles');
  // Another checkout may share these node_modules. A slash at the end names no other one.
  const name = createHash('sha256').update(resolve(root)).digest('hex').slice(0, 16);
  return { folder, note: join(folder, `${name}.json`) };
}

/**
 * The folder of the newest bundle, laid out like the package; null if any file that it was made
 * from has changed since.
 */
export function findBundle(root) {
  try {
    const { folder, inputs } = JSON.parse(readFileSync(placeOfBundles(root).note, 'utf8'));
    // Two thousand paths as they are: to normalise each takes longer than to ask for its state.
    const isFresh = inputs.every(([path, modifiedMs, bytes]) => {
      const { mtimeMs, size } = statSync(`${root}/${path}`);
      return mtimeMs === modifiedMs && size === bytes;
    });
    return isFresh && statSync(folder).isDirectory() ? folder : null;
  } catch {
    return null;
  }
}

import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/**
 * Where `npm run test:interop` builds other programs, unless WAYBILL_PEERS names a folder that has
 * them.
 */
export const peersFolder = resolve(
  import.meta.dirname,
  '../..',
  process.env['WAYBILL_PEERS'] ?? '.cache/peers',
);

/** The path of another program, built for the tests or on the PATH; null when it is absent. */
export function findPeer(name: string): string | null {
  const folders = [peersFolder, ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/**
 * Like findPeer. If the program is absent, this function writes a message to stderr and the caller
 * skips.
 *
 * @example const oras = peer('oras'); // describe.skipIf(oras === null)('oras …', …)
 */
export function peer(name: string): string | null {
  const path = findPeer(name);
  if (path === null)
    console.warn(`skipped: ${name} is not here (npm run test:interop says how to get it)`);
  return path;
}

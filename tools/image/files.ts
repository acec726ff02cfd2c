import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file to be packed. Of its mode only this counts: what else a disk says depends on who wrote
 * there.
 */
export interface PackedFile {
  /** `/` between segments. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/**
 * The regular files below a folder, in the order of their bytes; links are left out, and not
 * followed.
 */
export function filesBelow(
  folder: string,
  isWanted: (path: string) => boolean = () => true,
): readonly PackedFile[] {
  return pathsBelow(folder, '')
    .filter(isWanted)
    .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map((path) => {
      const { mode } = statSync(join(folder, path));
      return { path, content: readFileSync(join(folder, path)), executable: (mode & 0o100) !== 0 };
    });
}

function pathsBelow(folder: string, prefix: string): readonly string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) return pathsBelow(folder, `${path}/`);
    return entry.isFile() ? [path] : [];
  });
}

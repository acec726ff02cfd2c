import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file to be packed. Only this part of its mode counts, because the rest depends on who wrote the
 * file.
 */
export interface PackedFile {
  /** `/` between segments. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** The regular files below a folder, in byte order. Links are omitted and not followed. */
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

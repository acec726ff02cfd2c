import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePercent } from '../../core/percent.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import type { ExportSession, ReadCall } from './export-session.ts';
import type { ExportFolder } from './update-state.ts';

/** A single file that a server has and that is new here. */
export interface FetchedFile {
  readonly path: string;
  readonly bytes: number;
  /** Removes the file; `isUsed`: it is not asked for again while the server has the same one. */
  end(isUsed: boolean): Promise<void>;
}

/**
 * Reads a file that is replaced as a whole, such as a catalogue. Null where it is still the one
 * that was used; `isThere` says that what was used of it is still here.
 */
export async function fetchFile(
  session: ExportSession,
  folder: ExportFolder,
  name: string,
  { isThere, ...call }: ReadCall & { readonly isThere: boolean },
): Promise<FetchedFile | null> {
  // mutant file-state-without-its-data by advisory-threats: condition -> true
  const known = isThere ? folder.readFile(name) : null;
  const read = await session.read(name, known, call);
  if (read === null) return null;
  const path = join(folder.path, encodePercent(name));
  makeFolders(folder.path, 0o700);
  writeWhole(path, read.bytes, 0o600);
  const { etag, lastModified } = read;
  return {
    path,
    bytes: read.bytes.length,
    end: async (isUsed) => {
      if (isUsed) folder.rememberFile(name, { etag, lastModified });
      await rm(path, { force: true });
    },
  };
}

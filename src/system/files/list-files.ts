import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { toFileFailure } from './errno.ts';

/** What is below a folder, with whole paths, sorted. */
export interface FolderListing {
  readonly files: readonly string[];
  /** Links to anything, pipes and sockets: where they lead is not looked at. */
  readonly links: readonly string[];
}

export interface ListingOptions {
  /** Files and links; more are a LIMIT_EXCEEDED. */
  readonly entriesMax: number;
  /** Whether a folder of this name is looked into; each is by default. */
  readonly enters?: (name: string) => boolean;
}

/**
 * All files below a folder. Unlike `readdir` with `recursive`, it follows no link, to a folder
 * neither.
 */
export function listFiles(
  folder: string,
  { entriesMax, enters = () => true }: ListingOptions,
): FolderListing {
  const [files, links]: [string[], string[]] = [[], []];
  const open = [folder];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const entry of readEntries(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (enters(entry.name)) open.push(path);
      } else if (entry.isFile()) files.push(path);
      else links.push(path);
    }
    // mutant folder-without-an-end by list-files: condition -> false
    if (files.length + links.length + open.length > entriesMax)
      throw new Failure(
        'LIMIT_EXCEEDED',
        `${folder} holds more than ${entriesMax} files`,
        'Name a part of it.',
      );
  }
  return { files: files.sort(), links: links.sort() };
}

function readEntries(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
}

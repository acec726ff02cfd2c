import { statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { toFileFailure } from '../../system/files/errno.ts';
import { listFiles } from '../../system/files/list-files.ts';
import { readSmallFile, readWhole } from '../../system/files/read-file.ts';
import type { Io } from './io.ts';

/** A file of manifests as it was read. */
export interface ManifestFile {
  /** As the user named it, or below the folder that they named. */
  readonly name: string;
  /** Null for standard input. */
  readonly path: string | null;
  readonly bytes: Uint8Array;
}

export interface ManifestFiles {
  readonly files: readonly ManifestFile[];
  /** Links below a folder: where they lead is not looked at. */
  readonly links: readonly string[];
}

/**
 * The files that `-f` names, in their order: a file of any name, `-` for standard input, and of a
 * folder all `.yaml`, `.yml` and `.json` files below it, without those in hidden folders.
 */
export async function loadManifestFiles(
  named: readonly string[],
  io: Pick<Io, 'cwd' | 'stdin'>,
): Promise<ManifestFiles> {
  const budget = { files: LIMITS.manifestFilesMax, bytes: LIMITS.manifestsBytesMax };
  const [files, links]: [ManifestFile[], string[]] = [[], []];
  for (const name of named) {
    if (name === '-') {
      const bytes = await readWhole('standard input', LIMITS.manifestFileBytesMax, io.stdin);
      files.push({ name: 'standard input', path: null, bytes });
      continue;
    }
    const path = resolve(io.cwd, name);
    const found = isFolder(path) ? listFolder(path, name) : { paths: [path], links: [] };
    links.push(...found.links);
    budget.files -= found.paths.length;
    // mutant manifest-files-without-an-end by manifest-files: condition -> false
    if (budget.files < 0) throw createTooMany(`over ${LIMITS.manifestFilesMax} files`);
    for (const one of found.paths) {
      const bytes = readSmallFile(one, LIMITS.manifestFileBytesMax);
      budget.bytes -= bytes.length;
      // mutant manifest-bytes-without-an-end by manifest-files: condition -> false
      if (budget.bytes < 0) throw createTooMany(`over ${LIMITS.manifestsBytesMax} bytes`);
      files.push({ name: one === path ? name : join(name, relative(path, one)), path: one, bytes });
    }
  }
  return { files, links };
}

const ENDINGS = /[.](?:ya?ml|json)$/i;

/** Without `.git` and the like; a hidden file beside manifests counts. */
function listFolder(path: string, name: string): { paths: readonly string[]; links: string[] } {
  const enters = (own: string): boolean => !own.startsWith('.');
  const { files, links } = listFiles(path, { entriesMax: LIMITS.targetsMax, enters });
  return {
    paths: files.filter((one) => ENDINGS.test(one)),
    // A link may lead to a folder of manifests, whatever its name is.
    links: links.map((one) => join(name, relative(path, one))),
  };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
}

function createTooMany(what: string): Failure {
  return new Failure('LIMIT_EXCEEDED', `the manifests have ${what}`, 'Name fewer in one call.');
}

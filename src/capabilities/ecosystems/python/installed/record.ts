import { posix } from 'node:path';
import type { RecordedFile } from '../../extractor.ts';

/** So many files of one package are remembered. */
const FILES_MAX = 200_000;

/**
 * RECORD of a wheel: one line of `path,hash,size` for each file, the path from the folder that
 * holds the package (packaging.python.org, "Recording installed projects"). Paths that lead above
 * `root` are dropped.
 */
export function readRecord(folder: string, text: string): readonly RecordedFile[] {
  const files: RecordedFile[] = [];
  for (const line of text.split('\n')) {
    if (files.length >= FILES_MAX) break;
    const [, quoted, plain, size] =
      /^(?:"((?:[^"]|"")*)"|([^",]*)),[^,]*,(\d*)\r?$/.exec(line) ?? [];
    const written = quoted?.replaceAll('""', '"') ?? plain ?? '';
    const path = written === '' ? null : locateRecorded(folder, written);
    if (path !== null) files.push({ path, size: size ? Number(size) : null });
  }
  return files;
}

/** `installed-files.txt` of an egg-info folder: a path for each file, from that folder. */
export function readInstalledFiles(folder: string, text: string): readonly RecordedFile[] {
  return text
    .split(/\r?\n/)
    .slice(0, FILES_MAX)
    .flatMap((line) => {
      const path = line === '' ? null : locateRecorded(folder, line);
      return path === null ? [] : [{ path, size: null }];
    });
}

/**
 * The path from the root of the target; null where it leads out of the installation that the folder
 * is in: what is above `lib/python3.12/site-packages` has at most its own prefix.
 */
function locateRecorded(folder: string, written: string): string | null {
  const ups = /^(?:\.\.\/)*/.exec(written)?.[0].length ?? 0;
  // mutant record-that-leads-away by python-installed: condition -> false
  if (written.startsWith('/') || ups > PARENTS_MAX * 3) return null;
  const path = posix.normalize(posix.join(folder, written));
  return path.startsWith('../') || path === '..' ? null : path;
}

/** `../../../bin/pip` is from `lib/python3.12/site-packages`; egg-info is one deeper. */
const PARENTS_MAX = 4;

import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { LIMITS } from '../../../core/limits.ts';
import { listFiles } from '../../../system/files/list-files.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import type { Collector } from './found-document.ts';

const FILES_MAX = 1_000_000;
/** A file that was written a moment ago may still be written. */
const SETTLED_MS = 1_000;

/** The files below a folder that may be documents; links are not followed. */
export function collectFolder(folder: string): Collector {
  return async function* (isKnown) {
    const { files } = listFiles(folder, {
      entriesMax: FILES_MAX,
      enters: (name) => !SKIPPED.has(name),
    });
    for (const path of files) {
      if (!DOCUMENT.test(path)) continue;
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined) continue; // it went while the folder was read
      const { size, mtimeMs } = stats;
      const mark = `${relative(folder, path)} ${size} ${mtimeMs}`;
      if (isKnown(mark) || Date.now() - mtimeMs < SETTLED_MS) continue;
      const read = () => readFileBounded(path, LIMITS.documentBytesMax);
      yield { name: relative(folder, path), mark, subject: null, read };
    }
  };
}

const SKIPPED: ReadonlySet<string> = new Set(['.git', 'node_modules']);
/** What SBOMs, scans, statements and records are called. */
export const DOCUMENT = /\.(?:json|xml|spdx|sarif|intoto|jsonl|ndjson)$/i;

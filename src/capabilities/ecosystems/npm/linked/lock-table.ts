import { LIMITS } from '../../../../core/limits.ts';
import { orThrow, type Result } from '../../../../core/result.ts';
import { type Extractor, takeBaseName } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { BUN, readBunLock } from '../bun/read-bun-lock.ts';
import { DENO, readDenoLock } from '../deno/read-deno-lock.ts';
import { PNPM, readPnpmLock } from '../pnpm/read-pnpm-lock.ts';
import { readYarnLock, YARN } from '../yarn/read-yarn-lock.ts';
import { extractLinked } from './linked-extraction.ts';
import type { LinkedLock, LockTool } from './linked-lock.ts';

/** One format of lock, by the name of its file. */
export interface LockFormat {
  readonly fileName: string;
  readonly tool: LockTool;
  readonly read: (file: string, bytes: Uint8Array) => Result<LinkedLock>;
}

/** The locks of all package managers but npm. */
export const LINKED_FORMATS: readonly LockFormat[] = [
  { fileName: 'pnpm-lock.yaml', tool: PNPM, read: readPnpmLock },
  { fileName: 'yarn.lock', tool: YARN, read: readYarnLock },
  { fileName: 'bun.lock', tool: BUN, read: readBunLock },
  { fileName: 'deno.lock', tool: DENO, read: readDenoLock },
];

/** The format of a lock at a path; null for every other file. */
export function findLinkedFormat(path: string): LockFormat | null {
  const name = takeBaseName(path);
  return LINKED_FORMATS.find(({ fileName }) => fileName === name) ?? null;
}

/** One for each format: `pnpm-lock`, `yarn-lock`, `bun-lock`, `deno-lock`. */
export const linkedLocks: readonly Extractor[] = LINKED_FORMATS.map(({ fileName, tool, read }) => ({
  name: `${tool.name}-lock`,
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: [fileName], where: (path) => !/(?:^|\/)node_modules\//.test(path) }),
  extract: ({ path, bytes }) => extractLinked(orThrow(read(path, bytes))),
}));

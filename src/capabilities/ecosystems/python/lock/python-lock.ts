import { posix } from 'node:path';
import type { Skip } from '../../component.ts';
import { createSkip, takeDirectory } from '../../extractor.ts';

/** The tool that wrote a lock. */
export type LockTool = 'uv' | 'poetry' | 'pdm' | 'pipenv' | 'pylock';

/** Where a locked package comes from. */
export type LockedSource =
  /** An index; null where the lock names none. */
  | { readonly kind: 'index'; readonly url: string | null }
  /** The commit is null where the lock names none. */
  | { readonly kind: 'git'; readonly url: string; readonly commit: string | null }
  | { readonly kind: 'archive'; readonly url: string }
  /** An archive or a folder of the disk, from the root of the tree; null where it is outside. */
  | { readonly kind: 'file' | 'folder'; readonly path: string | null };

export interface LockedPackage {
  /** Of this package in its lock. */
  readonly key: string;
  /** Normalised. */
  readonly name: string;
  /** Null where the lock names none. */
  readonly version: string | null;
  readonly source: LockedSource;
  /** `sha256:…`, one for each archive. */
  readonly hashes: readonly string[];
  /** Keys of the packages that it requires. */
  readonly needs: readonly string[];
  readonly development: boolean;
  /** From 1. */
  readonly line: number;
}

/** What any lock of Python packages says. */
export interface PythonLock {
  readonly file: string;
  readonly tool: LockTool;
  readonly packages: readonly LockedPackage[];
  /** Keys of what the project itself requires; null where the lock does not say. */
  readonly direct: readonly string[] | null;
  /** Whether the lock has all groups and extras of its project, as those of uv and Poetry do. */
  readonly isWhole: boolean;
  readonly problems: readonly Skip[];
}

/** Folders of the tree that are projects of the lock, with its own. */
export function listMemberFolders({ file, packages }: PythonLock): ReadonlySet<string> {
  const folders = new Set([takeDirectory(file)]);
  for (const { source } of packages)
    if (source.kind === 'folder' && source.path !== null) folders.add(source.path);
  return folders;
}

/** A part of the source tree that the lock is in, which is what is built. */
export function isOwnPart({ source }: LockedPackage): boolean {
  return source.kind === 'folder' && source.path !== null;
}

/** A path of a lock from the root of the tree; null where it leads out of it. */
export function locatePath(file: string, path: string): string | null {
  const plain = path.replace(/^file:(?:\/\/)?/, '').replaceAll('\\', '/');
  // mutant python-path-out-of-the-tree by python-locks: condition -> false
  if (/^(?:\/|~|[A-Za-z]:)/.test(plain)) return null;
  const joined = posix.normalize(posix.join(takeDirectory(file), plain));
  if (joined === '..' || joined.startsWith('../')) return null;
  return joined === '.' ? '' : joined.replace(/\/$/, '');
}

/** So many flaws of one lock are named. */
const FLAWS_MAX = 20;

export function listFlaws(file: string, flaws: readonly string[], remedy: string): readonly Skip[] {
  return flaws.slice(0, FLAWS_MAX).map((why) => createSkip(file, 'MALFORMED', why, remedy));
}

/** Unknown is not empty: each of these tools writes an empty list where it locks nothing. */
export const NO_PACKAGES = 'it has no list of packages, not even an empty one';

export function quoteName(text: string | null): string {
  return JSON.stringify((text ?? '').slice(0, 80));
}

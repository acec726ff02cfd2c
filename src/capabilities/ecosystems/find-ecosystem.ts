import { takeBaseName } from './extractor.ts';
import { isNpmLock } from './npm/installed/npm-lock.ts';
import { findUnsupportedKind } from './unsupported/markers.ts';

/** What a path of a source tree says of the languages and package managers there. */
export interface EcosystemMarker {
  readonly ecosystem: string;
  /** Whether an inventory reads the file; what it does not read makes it partial. */
  readonly read: boolean;
}

/**
 * By the marks that an inventory goes by, and by the name alone: no file is opened.
 *
 * @example ecosystemOf('web/package-lock.json') // { ecosystem: 'npm', read: true }
 */
export function findEcosystem(path: string): EcosystemMarker | null {
  if (isNpmLock(path)) return { ecosystem: 'npm', read: true };
  const kind = findUnsupportedKind(path, 'source-tree');
  if (kind !== null) return { ecosystem: kind, read: false };
  return takeBaseName(path) === 'package.json' ? { ecosystem: 'npm', read: false } : null;
}

import { takeBaseName } from '../../extractor.ts';
import { DECLARED_KINDS } from '../../unsupported/declared-kinds.ts';

/** The names of a lock; the first one counts when both are present. */
export const LOCK_NAMES = ['npm-shrinkwrap.json', 'package-lock.json'] as const;

export function isNpmLock(path: string): boolean {
  const name = takeBaseName(path);
  return name === 'package-lock.json' || name === 'npm-shrinkwrap.json';
}

/**
 * Beside npm-shrinkwrap.json npm ignores package-lock.json (docs.npmjs.com, npm-shrinkwrap.json).
 */
export function isShadowedLock(path: string, paths: ReadonlySet<string>): boolean {
  return (
    path.endsWith('package-lock.json') &&
    paths.has(path.replace(/package-lock\.json$/, 'npm-shrinkwrap.json'))
  );
}

/** Locks for the same manifests that are not read here, with their kind. */
const OTHER_LOCKS: ReadonlyMap<string, string> = new Map(
  DECLARED_KINDS.filter(({ kind }) => ['pnpm-lock', 'bun-lock'].includes(kind)).flatMap(
    ({ kind, files }) => files.map((file) => [file, kind] as const),
  ),
);

/** The kind of a lock that another package manager wrote; null for any other file. */
export function findOtherLockKind(path: string): string | null {
  const name = takeBaseName(path);
  return OTHER_LOCKS.get(name) ?? (/^pnpm-lock\..+\.yaml$/.test(name) ? 'pnpm-lock' : null);
}

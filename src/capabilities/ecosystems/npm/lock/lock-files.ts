import { takeBaseName } from '../../extractor.ts';

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

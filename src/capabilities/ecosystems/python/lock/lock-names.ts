import type { Result } from '../../../../core/result.ts';
import { takeBaseName } from '../../extractor.ts';
import { isInstalledPlace } from '../requirements/requirements-name.ts';
import { readPdmLock } from './pdm-lock.ts';
import { readPipfileLock } from './pipfile-lock.ts';
import { readPoetryLock } from './poetry-lock.ts';
import { readPylock } from './pylock.ts';
import type { PythonLock } from './python-lock.ts';
import { readUvLock } from './uv-lock.ts';

type LockReader = (file: string, bytes: Uint8Array) => Result<PythonLock>;

const READERS: ReadonlyMap<string, LockReader> = new Map([
  ['uv.lock', readUvLock],
  ['poetry.lock', readPoetryLock],
  ['pdm.lock', readPdmLock],
  ['pylock.toml', readPylock],
  ['Pipfile.lock', readPipfileLock],
]);

const PATTERNS: readonly { readonly pattern: RegExp; readonly reader: LockReader }[] = [
  { pattern: /\.py\.lock$/, reader: readUvLock },
  { pattern: /^pylock\.[^.]+\.toml$/, reader: readPylock },
  { pattern: /^pdm\.[^.]+\.lock$/, reader: readPdmLock },
];

/** The reader of a lock; null for any other file. uv locks the script `x.py` in `x.py.lock`. */
export function findLockReader(path: string): LockReader | null {
  const base = takeBaseName(path);
  if (!base.endsWith('.lock') && !base.endsWith('.toml')) return null;
  const reader =
    READERS.get(base) ?? PATTERNS.find(({ pattern }) => pattern.test(base))?.reader ?? null;
  return reader === null || isInstalledPlace(path) ? null : reader;
}

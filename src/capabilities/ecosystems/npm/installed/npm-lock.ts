import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import { type Extraction, type Extractor, type FoundFile, takeDirectory } from '../../extractor.ts';
import { isNpmLock, isShadowedLock } from '../lock/lock-files.ts';
import { readLock } from '../lock/read-lock.ts';
import { buildLockDrafts, listDirect } from './lock-drafts.ts';

/** Every package that a lock names; a lock with problems gives a partial inventory. */
export const npmLock: Extractor = {
  name: 'npm-lock',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: (path) => isNpmLock(path) && !/(?:^|\/)node_modules\//.test(path),
  extract,
  covers: takeDirectory,
  isShadowed: isShadowedLock,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const lock = orThrow(readLock(path, bytes));
  const { drafts, skips } = buildLockDrafts(lock);
  const contradiction = lock.contradiction === null ? [] : [lock.contradiction];
  // mutant lock-contradiction-is-a-gap by deceptive-lock: remove element
  const said = { drafts, skips: [...contradiction, ...lock.problems, ...skips] };
  const direct = listDirect(lock);
  return direct === null ? said : { ...said, direct };
}

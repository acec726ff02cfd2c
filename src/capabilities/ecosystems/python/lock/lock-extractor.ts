import { Failure } from '../../../../core/failure.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import type { Extraction, Extractor, FoundFile } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { createLockCheck } from './lock-coverage.ts';
import { buildLockDrafts } from './lock-drafts.ts';
import { findLockReader } from './lock-names.ts';

/** Every package that a lock of uv, Poetry, PDM or Pipenv, or a pylock.toml, names. */
export const pythonLock: Extractor = {
  name: 'python-lock',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({
    endings: ['.lock', '.toml'],
    where: (path) => findLockReader(path) !== null,
  }),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const read = findLockReader(path);
  if (read === null) throw new Failure('UNSUPPORTED', 'it is no known lock', 'Rename it.');
  const lock = orThrow(read(path, bytes));
  const { drafts, skips } = buildLockDrafts(lock);
  const known = new Set(drafts.map(({ key }) => key));
  const direct = lock.direct?.filter((key) => known.has(key));
  return {
    drafts,
    skips: [...lock.problems, ...skips],
    locks: createLockCheck(lock),
    ...(direct === undefined ? {} : { direct }),
  };
}

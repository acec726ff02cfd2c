import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import type { Skip } from '../../component.ts';
import { createSkip, type Extractor, NOTHING, takeDirectory } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { parseNpmrc } from '../declared/npmrc.ts';
import { LOCK_NAMES } from '../lock/lock-files.ts';

/** An `.npmrc` beside a lock may make npm ignore it: what is installed is then unknown. */
export const npmrcGap: Extractor = {
  name: 'npmrc',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['.npmrc'], where: (path) => !/(?:^|\/)node_modules\//.test(path) }),
  extract: ({ path, bytes }) =>
    orThrow(parseNpmrc(bytes)).ignoresLock ? { drafts: [], skips: [skipIgnored(path)] } : NOTHING,
  isShadowed: (path, paths) => {
    const folder = takeDirectory(path);
    return !LOCK_NAMES.some((name) => paths.has(folder === '' ? name : `${folder}/${name}`));
  },
};

/** `package-lock=false`. */
function skipIgnored(file: string): Skip {
  const why = '.npmrc makes npm ignore the lock beside it (package-lock=false)';
  return createSkip(file, 'FACT_UNKNOWN', why, 'Remove that line from .npmrc.');
}

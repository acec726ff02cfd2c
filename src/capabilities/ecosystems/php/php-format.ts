import { LIMITS } from '../../../core/limits.ts';
import { type Extractor, NOTHING, takeDirectory } from '../extractor.ts';
import { buildPlainParts, joinPath, type LockFormat } from '../locked/locked-package.ts';
import { wantFiles } from '../wanted-files.ts';
import { RELOCK, readComposerLock } from './composer-lock.ts';
import { readComposerManifest } from './composer-manifest.ts';
import { readComposerRepositories } from './composer-repositories.ts';
import { isInstalledList } from './installed-php.ts';

const isComposerManifest = wantFiles({ names: ['composer.json'] });

/** composer.lock and composer.json. */
export const phpFormat: LockFormat = {
  name: 'php',
  purlType: 'composer',
  isLock: wantFiles({ names: ['composer.lock'] }),
  isManifest: isComposerManifest,
  readLock: readComposerLock,
  readManifest: readComposerManifest,
  buildParts: (name, version) => buildPlainParts('composer', name.toLowerCase(), version),
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'composer.json'),
  settings: {
    wants: isComposerManifest,
    findFolder: takeDirectory,
    read: readComposerRepositories,
  },
  isMark: isInstalledList,
  isShadowed: isInstalled,
};

/** What is left of its development in a package that is installed in the same folder. */
function isInstalled(path: string, paths: ReadonlySet<string>): boolean {
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
    if (paths.has(`${path.slice(0, slash)}/composer/installed.json`)) return true;
  return false;
}

/**
 * symfony.lock says which recipes of Symfony Flex were applied: their files are in the tree, and
 * the packages in composer.lock.
 */
export const recipeLock: Extractor = {
  name: 'php-recipes',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['symfony.lock'] }),
  extract: () => NOTHING,
};

import { fail } from '../../../core/result.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { createLockDeclarations } from '../locked/lock-declarations.ts';
import { createLockExtractors } from '../locked/lock-extractors.ts';
import { buildPlainParts, type LockFormat } from '../locked/locked-package.ts';
import { NO_FILES, wantFiles } from '../wanted-files.ts';
import { combineStore } from './combine.ts';
import { readFlakeLock } from './flake-lock.ts';
import { readPinnedSources } from './pinned-sources.ts';
import { nixStore } from './store.ts';
import { nixDatabase } from './store-database.ts';

const isPinned = wantFiles({ names: ['nix/sources.json', 'npins/sources.json'] });

/** What asks for inputs is a program in the language of Nix, which is named and not read. */
const nixFormat: LockFormat = {
  name: 'nix',
  purlType: 'nix',
  isLock: wantFiles(
    { names: ['flake.lock', 'devenv.lock'] },
    { names: ['nix/sources.json', 'npins/sources.json'] },
  ),
  isManifest: NO_FILES,
  readLock: (path, bytes) =>
    isPinned(path) ? readPinnedSources(path, bytes) : readFlakeLock(path, bytes),
  readManifest: (path) => fail('UNSUPPORTED', `${path} is a program`, 'Read its lock.'),
  buildParts: (name, version) => buildPlainParts('nix', name, version),
  findManifest: (lock) => lock,
  relock: 'nix flake lock',
};

/** What is in the store of Nix, and the inputs that a project locks; no advisories name them. */
export const nix: Ecosystem = {
  name: 'nix',
  purlTypes: ['nix'],
  extractors: [...createLockExtractors(nixFormat).slice(0, 1), nixStore, nixDatabase],
  combine: combineStore,
  fixedFolders: ['nix/var/nix/db'],
  markers: [
    { pattern: /(?:^|\/)(?:flake|devenv)\.lock$/, means: 'read' },
    { pattern: /(?:^|\/)(?:nix|npins)\/sources\.json$/, means: 'read' },
  ],
  declarations: createLockDeclarations(nixFormat),
};

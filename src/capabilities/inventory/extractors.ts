import { dpkgCopyright } from './dpkg/copyright.ts';
import { osRelease } from './dpkg/os-release.ts';
import { dpkgOwnedFiles } from './dpkg/owned-files.ts';
import { dpkgStatus } from './dpkg/status.ts';
import type { Extractor, TargetKind } from './extractor.ts';
import { javaArchive } from './java-archive/java-archive.ts';
import { nodeModules } from './node-modules/node-modules.ts';
import { npmLock } from './npm-lock/npm-lock.ts';
import { npmManifest } from './npm-lock/npm-manifest.ts';

/** Every format that is read, in one visible list: to add one is to write its folder and a line here. */
const EXTRACTORS: readonly Extractor[] = [
  osRelease,
  dpkgStatus,
  dpkgCopyright,
  dpkgOwnedFiles,
  nodeModules,
  npmLock,
  npmManifest,
  javaArchive,
];

export function extractorsFor(target: TargetKind): readonly Extractor[] {
  return EXTRACTORS.filter(({ reads }) => reads.includes(target));
}

/**
 * Folders whose place is fixed. Where links lead such a folder elsewhere, its files are looked for there: a merged
 * /usr or a package database on another path must not hide packages.
 */
export const FIXED_FOLDERS: readonly string[] = [
  'etc',
  'usr/lib',
  'usr/share/doc',
  'var/lib/dpkg',
  'var/lib/dpkg/info',
  'var/lib/dpkg/status.d',
  'usr/lib/dpkg',
  'usr/lib/dpkg/status.d',
  'var/lib/rpm',
  'usr/lib/sysimage/rpm',
  'usr/share/rpm',
  'lib/apk/db',
  'var/lib/pacman/local',
];

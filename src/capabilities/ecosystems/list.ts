import { dpkgCopyright } from './debian/copyright.ts';
import { osRelease } from './debian/os-release.ts';
import { dpkgOwnedFiles } from './debian/owned-files.ts';
import { dpkgStatus } from './debian/status.ts';
import type { Extractor, TargetKind } from './extractor.ts';
import { javaArchive } from './maven/java-archive.ts';
import { npmLock } from './npm/installed/npm-lock.ts';
import { npmManifest } from './npm/installed/npm-manifest.ts';
import { nodeModules } from './npm/node-modules/node-modules.ts';

/**
 * Every format that is read, in one visible list: to add one is to write its folder and a line
 * here.
 */
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

export function selectExtractors(target: TargetKind): readonly Extractor[] {
  return EXTRACTORS.filter(({ reads }) => reads.includes(target));
}

/**
 * Folders whose place is fixed. Where links lead such a folder elsewhere, its files are looked for
 * there: a merged /usr or a package database on another path must not hide packages.
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

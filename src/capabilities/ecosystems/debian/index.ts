import type { Ecosystem } from '../ecosystem.ts';
import { coversFile, nameDistribution } from '../system-package.ts';
import { debianNaming } from './advisory-naming.ts';
import { chiselManifest } from './chisel.ts';
import { dpkgCopyright } from './copyright.ts';
import { osRelease } from './os-release.ts';
import { dpkgOwnedFiles } from './owned-files.ts';
import { dpkgStatus } from './status.ts';

/** Debian and its derivatives: packages of dpkg, with their distribution. */
export const debian: Ecosystem = {
  name: 'debian',
  purlTypes: ['deb'],
  formatName: ({ name }) => name,
  advisories: debianNaming,
  extractors: [osRelease, dpkgStatus, dpkgCopyright, dpkgOwnedFiles, chiselManifest],
  fixedFolders: [
    'etc',
    'usr/lib',
    'usr/share/doc',
    'var/lib/dpkg',
    'var/lib/dpkg/info',
    'var/lib/dpkg/status.d',
    'usr/lib/dpkg',
    'usr/lib/dpkg/status.d',
    'var/lib/chisel',
  ],
  suppliers: { debian: 'Debian', ubuntu: 'Ubuntu' },
  distribution: {
    title: 'Debian',
    completeParts: (parts, os) => nameDistribution(parts, os, os?.id ?? 'debian'),
    findLicencePath: ({ name }) => `usr/share/doc/${name}/copyright`,
    coversFile,
    files: { algorithm: 'md5', sign: /^(?:etc|(?:var|usr)\/lib)\/dpkg(?:\/|$)/ },
  },
};

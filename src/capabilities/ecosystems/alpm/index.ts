import type { Ecosystem } from '../ecosystem.ts';
import { coversFile, nameDistribution } from '../system-package.ts';
import { pacmanFiles, pacmanPackage } from './local-database.ts';

/** Arch Linux and its derivatives: packages of pacman. OSV has no advisories for them. */
export const alpm: Ecosystem = {
  name: 'pacman',
  purlTypes: ['alpm'],
  formatName: ({ name }) => name,
  extractors: [pacmanPackage, pacmanFiles],
  fixedFolders: ['var/lib/pacman/local'],
  suppliers: { arch: 'Arch Linux' },
  distribution: {
    title: 'pacman',
    completeParts: (parts, os) => nameDistribution(parts, os, os?.id ?? 'arch'),
    coversFile,
    files: { algorithm: 'sha256', sign: /^(?:etc\/pacman\.d|var\/lib\/pacman)(?:\/|$)/ },
  },
};

import type { Ecosystem } from '../ecosystem.ts';
import { coversFile, nameDistribution } from '../system-package.ts';
import { apkNaming } from './advisory-naming.ts';
import { apkInstalled } from './installed.ts';

/** Alpine, Wolfi, Chainguard and their derivatives: packages of apk-tools. */
export const apk: Ecosystem = {
  name: 'apk',
  purlTypes: ['apk'],
  formatName: ({ name }) => name,
  advisories: apkNaming,
  extractors: [apkInstalled],
  fixedFolders: ['lib/apk/db', 'usr/lib/apk/db'],
  suppliers: { alpine: 'Alpine Linux', wolfi: 'Wolfi', chainguard: 'Chainguard' },
  distribution: {
    title: 'apk',
    completeParts: (parts, os) => nameDistribution(parts, os, os?.id ?? 'alpine'),
    coversFile,
    files: { algorithm: 'sha1', sign: /^(?:etc|(?:usr\/)?lib)\/apk(?:\/|$)/ },
  },
};

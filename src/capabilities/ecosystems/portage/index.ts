import type { Ecosystem } from '../ecosystem.ts';
import { coversFile, nameDistribution } from '../system-package.ts';
import { portageContents, portageLicence, portagePackage } from './installed.ts';

/** Gentoo: packages of Portage. OSV has no advisories for them. */
export const portage: Ecosystem = {
  name: 'portage',
  purlTypes: ['ebuild'],
  extractors: [portagePackage, portageContents, portageLicence],
  fixedFolders: ['var/db/pkg'],
  distribution: {
    title: 'Portage',
    // The namespace is the category, not the vendor.
    completeParts: (parts, os) => nameDistribution(parts, os, parts.namespace ?? ''),
    findLicencePath: ({ listName = '' }) => `var/db/pkg/${listName}/LICENSE`,
    coversFile,
    files: { algorithm: 'md5', sign: /^(?:etc\/portage|var\/db\/pkg)(?:\/|$)/ },
  },
};

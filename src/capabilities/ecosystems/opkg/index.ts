import type { Ecosystem } from '../ecosystem.ts';
import { coversFile, nameDistribution } from '../system-package.ts';
import { opkgFiles, opkgStatus } from './status.ts';

/** OpenWrt and Yocto: packages of opkg. OSV has no advisories for them. */
export const opkg: Ecosystem = {
  name: 'opkg',
  purlTypes: ['opkg'],
  formatName: ({ name }) => name,
  extractors: [opkgStatus, opkgFiles],
  fixedFolders: ['usr/lib/opkg', 'usr/lib/opkg/info', 'var/lib/opkg', 'var/lib/opkg/info'],
  suppliers: { openwrt: 'OpenWrt' },
  distribution: {
    title: 'opkg',
    completeParts: (parts, os) => nameDistribution(parts, os, os?.id ?? 'openwrt'),
    coversFile,
  },
};

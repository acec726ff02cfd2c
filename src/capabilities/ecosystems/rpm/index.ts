import { getOwn } from '../../../core/own.ts';
import type { OperatingSystem } from '../component.ts';
import type { Ecosystem } from '../ecosystem.ts';
import type { Draft, PackageMaker } from '../extractor.ts';
import { coversFile, nameDistribution } from '../system-package.ts';
import { rpmNaming } from './advisory-naming.ts';
import { rpmManifest } from './container-manifest.ts';
import { rpmDatabase } from './rpmdb.ts';

/** Red Hat, SUSE and their derivatives: packages of rpm. */
export const rpm: Ecosystem = {
  name: 'rpm',
  purlTypes: ['rpm'],
  formatName: ({ name }) => name,
  advisories: rpmNaming,
  extractors: [rpmDatabase, rpmManifest],
  fixedFolders: ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm', 'usr/lib/rpm'],
  suppliers: {
    redhat: 'Red Hat',
    fedora: 'Fedora Project',
    centos: 'CentOS',
    almalinux: 'AlmaLinux',
    rocky: 'Rocky Enterprise Software Foundation',
    ol: 'Oracle',
    amzn: 'Amazon',
    opensuse: 'openSUSE',
    sles: 'SUSE',
    photon: 'VMware',
    azurelinux: 'Microsoft',
    mariner: 'Microsoft',
    mageia: 'Mageia',
  },
  distribution: {
    title: 'rpm',
    completeParts: (parts, os) => nameDistribution(parts, os, findNamespace(os)),
    coversFile: (draft, path, os) => coversFile({ ...draft, maker: findMaker(draft, os) }, path),
    files: {
      algorithm: 'sha256',
      sign: /^(?:(?:etc|(?:var|usr)\/lib|usr\/lib\/sysimage|usr\/share)\/rpm|root\/\.rpmdb)(?:\/|$)/,
    },
  },
};

/** The vendor as purls of other tools name it. */
function findNamespace(os: OperatingSystem | null): string {
  const id = os?.id ?? 'unknown';
  if (id === 'rhel') return 'redhat';
  return id.startsWith('opensuse') ? 'opensuse' : id;
}

/** What packages of a distribution say in `Vendor`, by the id of os-release. */
const VENDORS: Readonly<Record<string, RegExp>> = {
  rhel: /^Red Hat/,
  fedora: /^Fedora Project/,
  centos: /^CentOS/,
  almalinux: /^AlmaLinux/,
  rocky: /^Rocky/,
  ol: /^Oracle America/,
  amzn: /^Amazon/,
  sles: /^SUSE/,
  'opensuse-leap': /^(?:openSUSE|SUSE)/,
  'opensuse-tumbleweed': /^(?:openSUSE|SUSE)/,
  photon: /^(?:VMware|Broadcom)/,
  azurelinux: /^Microsoft/,
  mariner: /^Microsoft/,
  mageia: /^Mageia/,
};

function findMaker({ vendor }: Draft, os: OperatingSystem | null): PackageMaker {
  if (vendor === undefined) return 'unstated';
  const own = os === null ? undefined : getOwn(VENDORS, os.id);
  return own?.test(vendor) === true ? 'distribution' : 'other';
}

import { findSourcePackage, formatPackageVersion } from '../../../core/package-purl.ts';
import type { PurlParts } from '../../../core/purl.ts';
import {
  type AddressResult,
  type AdvisoryNaming,
  createNotCovered,
  type ScannedPackage,
  type Surroundings,
} from '../package-address.ts';
import { formatSourceName } from './source-name.ts';
import { rpmScheme } from './version-order.ts';

/** How the advisories of one distribution name its packages. */
interface Family {
  /** Vendors in purls of several tools, and ids of os-release. */
  readonly vendors: readonly string[];
  readonly names: 'packages' | 'sources';
  /** Its documents of VEX name the other ones as well: sources as such, or packages. */
  readonly also?: 'sources' | 'packages';
  /** Ecosystems of OSV for a release, which has its numbers; null where there is none. */
  locate(release: string): readonly string[] | null;
}

const MAJOR = /^([0-9]{1,3})(?:\.[0-9]+)*$/;

function locateMajor(osv: string): Family['locate'] {
  return (release) => {
    const major = MAJOR.exec(release)?.[1];
    return major === undefined ? null : [`${osv}:${major}`];
  };
}

/** ossf.github.io/osv-schema/#defined-ecosystems; AlmaLinux's own records name packages. */
const FAMILIES: readonly Family[] = [
  { vendors: ['almalinux', 'alma'], names: 'packages', locate: locateMajor('AlmaLinux') },
  {
    vendors: ['rocky', 'rocky-linux', 'rockylinux'],
    names: 'sources',
    locate: locateMajor('Rocky Linux'),
  },
  { vendors: ['redhat', 'rhel'], names: 'packages', also: 'sources', locate: locateRedHat },
  {
    vendors: ['opensuse', 'opensuse-leap', 'opensuse-tumbleweed', 'opensuse.leap'],
    names: 'sources',
    also: 'packages',
    locate: locateOpenSuse,
  },
  {
    vendors: ['suse', 'sles', 'sle', 'sled'],
    names: 'sources',
    also: 'packages',
    locate: locateSuse,
  },
  { vendors: ['mageia'], names: 'sources', locate: locateMajor('Mageia') },
  { vendors: ['photon'], names: 'packages', locate: locatePhoton },
];

/** The advisories of distributions with packages of rpm; some name source packages. */
export const rpmNaming: AdvisoryNaming = {
  osv: 'AlmaLinux',
  alsoOsv: ['Rocky Linux', 'Red Hat', 'openSUSE', 'SUSE', 'Mageia', 'Photon OS'],
  scheme: rpmScheme,
  locate: findRpmAddress,
};

function findRpmAddress(
  component: ScannedPackage,
  parts: PurlParts,
  surroundings: Surroundings,
): AddressResult {
  const vendor = parts.namespace ?? '';
  const family = FAMILIES.find(({ vendors }) => vendors.includes(vendor));
  if (family === undefined)
    return createNotCovered(`packages of ${vendor === '' ? 'no vendor' : vendor} are not covered`);
  const distro = parts.qualifiers['distro'] ?? surroundings.distro;
  if (distro === null) return createNotCovered(`its release of ${vendor} is unknown`);
  const ecosystems = family.locate(cutName(distro));
  if (ecosystems === null)
    return createNotCovered(
      `no advisories are known for its distribution ${JSON.stringify(distro.slice(0, 60))}`,
    );
  const version = formatPackageVersion(parts) || component.version;
  const own = { name: parts.name, version };
  const named = component.source ?? findSourcePackage(parts);
  const meant = family.names === 'sources' ? (named ?? own) : own;
  const isOfOtherBuilds = (fixed: string): boolean => isModular(fixed) !== isModular(meant.version);
  const isBySource = family.names === 'sources' || family.also === 'sources';
  const isDoubtful = isBySource && named === null && !surroundings.namesSources;
  const source = named ?? own;
  const other =
    family.also === 'sources' ? { ...source, name: formatSourceName(source.name) } : own;
  const isOther = family.also !== undefined && other.name !== meant.name;
  return {
    kind: 'address',
    address: {
      ...{ ecosystems, ...meant, scheme: rpmScheme, isOfOtherBuilds },
      ...(isOther ? { other } : {}),
    },
    doubt: isDoubtful ? 'its source package is unknown' : null,
  };
}

/**
 * Packages of a module are built for one of its streams, beside those of the distribution itself,
 * and their releases say so: `-1.module+el8.10.0+…`, `-1.module_el8.6.0+…` (modularity).
 */
function isModular(version: string): boolean {
  return /\.module[+_]/.test(version);
}

/** `rhel-8.4`, `opensuse-leap-15.5`, `8.4` → the numbers; a name without numbers stays. */
function cutName(distro: string): string {
  return /^(?:.*-)?([0-9][0-9.]*)$/.exec(distro.slice(0, 200))?.[1] ?? distro;
}

/** Repositories of a release, which are parts of its CPE. */
const RED_HAT_PARTS = ['baseos', 'appstream', 'crb', 'highavailability', 'nfv', 'realtime'];
const RED_HAT_MORE = ['resilientstorage', 'sap', 'sap_hana', 'supplementary'];
const RED_HAT_OLD = ['server', 'client', 'workstation', 'computenode'];

/** `Red Hat:enterprise_linux:8::baseos`; from 10 on with the minor release. */
function locateRedHat(release: string): readonly string[] | null {
  const [, major, minor = '0'] = /^([0-9]{1,3})(?:\.([0-9]{1,2}))?$/.exec(release) ?? [];
  if (major === undefined) return null;
  const numbers = Number(major) < 10 ? [major] : listMinors(major, Number(minor));
  const parts = Number(major) < 8 ? RED_HAT_OLD : [...RED_HAT_PARTS, ...RED_HAT_MORE];
  return numbers.flatMap((number) =>
    [`Red Hat:enterprise_linux:${number}`].flatMap((base) => [
      base,
      ...parts.map((part) => `${base}::${part}`),
    ]),
  );
}

function listMinors(major: string, minor: number): readonly string[] {
  const minors = Array.from({ length: minor + 1 }, (_, at) => `${major}.${at}`);
  return [major, ...minors];
}

function locateOpenSuse(release: string): readonly string[] | null {
  if (/tumbleweed|^20[0-9]{6}$/.test(release)) return ['openSUSE:Tumbleweed'];
  return /^[0-9]{2}\.[0-9]$/.test(release) ? [`openSUSE:Leap ${release}`] : null;
}

/** Products and modules of which one server consists, by their marketing names. */
const SUSE_MODULES = [
  'Basesystem',
  'Server Applications',
  'Development Tools',
  'Desktop Applications',
  'Containers',
  'Legacy',
  'Python 3',
  'Web and Scripting',
  'Package Hub',
  'Public Cloud',
];

/** `15.5` is Service Pack 5; there is none for `15`. */
function locateSuse(release: string): readonly string[] | null {
  const [, major, pack] = /^([0-9]{2})(?:\.([0-9]))?$/.exec(release) ?? [];
  if (major === undefined) return null;
  const name = pack === undefined || pack === '0' ? major : `${major} SP${pack}`;
  const products = [
    'Server',
    'Server for SAP Applications',
    'Desktop',
    'High Performance Computing',
  ];
  return [
    ...products.flatMap((product) => [
      `SUSE:Linux Enterprise ${product} ${name}`,
      `SUSE:Linux Enterprise ${product} ${name}-LTSS`,
    ]),
    ...SUSE_MODULES.map((module) => `SUSE:Linux Enterprise Module for ${module} ${name}`),
  ];
}

function locatePhoton(release: string): readonly string[] | null {
  return /^[0-9]{1,2}\.[0-9]{1,2}$/.test(release) ? [`Photon OS:${release}`] : null;
}

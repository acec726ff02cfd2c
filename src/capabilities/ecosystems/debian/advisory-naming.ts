import { findRelease } from '../../../core/distro.ts';
import { findSourcePackage } from '../../../core/package-purl.ts';
import type { PurlParts } from '../../../core/purl.ts';
import {
  type AddressResult,
  type AdvisoryNaming,
  createNotCovered,
  type PackageAddress,
  type ScannedPackage,
  type Surroundings,
} from '../package-address.ts';
import { listUbuntuEcosystems } from './ubuntu.ts';
import { debianScheme } from './version-order.ts';

/** The advisories of Debian and Ubuntu name source packages, by release. */
export const debianNaming: AdvisoryNaming = {
  osv: 'Debian',
  alsoOsv: ['Ubuntu'],
  scheme: debianScheme,
  locate: findDebianAddress,
};

const TITLES = new Map([
  ['debian', 'Debian'],
  ['ubuntu', 'Ubuntu'],
]);

function findDebianAddress(
  component: ScannedPackage,
  parts: PurlParts,
  surroundings: Surroundings,
): AddressResult {
  const vendor = parts.namespace ?? 'no vendor';
  const title = TITLES.get(vendor);
  if (title === undefined) return createNotCovered(`packages of ${vendor} are not covered`);
  const distro = parts.qualifiers['distro'] ?? surroundings.distro;
  if (distro === null) return createNotCovered(`its ${title} release is unknown`);
  const named = component.source ?? findSourcePackage(parts);
  const source = named ?? { name: parts.name, version: component.version };
  const names = listEcosystems(vendor, distro, source.version);
  if (names === null)
    return createNotCovered(
      `its distribution ${JSON.stringify(distro.slice(0, 60))} is not a${
        vendor === 'ubuntu' ? 'n' : ''
      } ${title} release`,
    );
  if (source.version === '') return createNotCovered('its source package has no version');
  // An SBOM without any source package names (cdxgen) would hide openssl behind libssl3.
  const doubt =
    named === null && !surroundings.namesSources ? 'its source package is unknown' : null;
  return { kind: 'address', address: { ...names, ...source, scheme: debianScheme }, doubt };
}

function listEcosystems(
  vendor: string,
  distro: string,
  version: string,
): Pick<PackageAddress, 'ecosystems' | 'overriding'> | null {
  if (vendor === 'ubuntu') return listUbuntuEcosystems(distro, version);
  const release = parseDebianRelease(distro);
  return release === null ? null : { ecosystems: [`Debian:${release}`, 'Debian'] };
}

/** `debian-12`, `debian-12.5`, `12`, `bookworm`, `debian-bookworm`. */
function parseDebianRelease(distro: string): string | null {
  const name = distro.toLowerCase().replace(/^debian-?/, '');
  return /^(\d{1,3})(?:\.\d+)*$/.exec(name)?.[1] ?? findRelease('debian', name);
}

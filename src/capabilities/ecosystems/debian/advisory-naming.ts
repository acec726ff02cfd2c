import { findRelease } from '../../../core/distro.ts';
import { findSourcePackage } from '../../../core/package-purl.ts';
import type { PurlParts } from '../../../core/purl.ts';
import {
  type AddressResult,
  type AdvisoryNaming,
  createNotCovered,
  type ScannedPackage,
  type Surroundings,
} from '../package-address.ts';
import { debianScheme } from './version-order.ts';

/** Debian's advisories name source packages, by release. */
export const debianNaming: AdvisoryNaming = {
  osv: 'Debian',
  scheme: debianScheme,
  locate: findDebianAddress,
};

function findDebianAddress(
  component: ScannedPackage,
  parts: PurlParts,
  surroundings: Surroundings,
): AddressResult {
  if (parts.namespace !== 'debian')
    return createNotCovered(`packages of ${parts.namespace ?? 'no vendor'} are not covered`);
  const distro = parts.qualifiers['distro'] ?? surroundings.distro;
  if (distro === null) return createNotCovered('its Debian release is unknown');
  const release = parseDebianRelease(distro);
  if (release === null)
    return createNotCovered(
      `its distribution ${JSON.stringify(distro.slice(0, 60))} is not a Debian release`,
    );
  const named = component.source ?? findSourcePackage(parts);
  const source = named ?? { name: parts.name, version: component.version };
  if (source.version === '') return createNotCovered('its source package has no version');
  const address = { ecosystems: [`Debian:${release}`, 'Debian'], ...source, scheme: debianScheme };
  // An SBOM without any source package names (cdxgen) would hide openssl behind libssl3.
  const doubt =
    named === null && !surroundings.namesSources ? 'its source package is unknown' : null;
  return { kind: 'address', address, doubt };
}

/** `debian-12`, `debian-12.5`, `12`, `bookworm`, `debian-bookworm`. */
function parseDebianRelease(distro: string): string | null {
  const name = distro.toLowerCase().replace(/^debian-?/, '');
  return /^(\d{1,3})(?:\.\d+)*$/.exec(name)?.[1] ?? findRelease('debian', name);
}

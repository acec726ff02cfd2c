import { findSourcePackage } from '../../../core/package-purl.ts';
import type { PurlParts } from '../../../core/purl.ts';
import {
  type AddressResult,
  type AdvisoryNaming,
  createNotCovered,
  type ScannedPackage,
  type Surroundings,
} from '../package-address.ts';
import { apkScheme } from './version-order.ts';

/** The advisories for packages of apk name source packages, those of Alpine by release. */
export const apkNaming: AdvisoryNaming = {
  osv: 'Alpine',
  alsoOsv: ['Wolfi', 'Chainguard', 'MinimOS', 'Alpaquita', 'BellSoft Hardened Containers'],
  scheme: apkScheme,
  locate: findApkAddress,
};

function findApkAddress(
  component: ScannedPackage,
  parts: PurlParts,
  surroundings: Surroundings,
): AddressResult {
  const ecosystems = findEcosystems(parts, surroundings.distro);
  if (typeof ecosystems === 'string') return createNotCovered(ecosystems);
  const named = component.source ?? findSourcePackage(parts);
  const source = named ?? { name: parts.name, version: component.version };
  if (source.version === '') return createNotCovered('its source package has no version');
  const doubt =
    named === null && !surroundings.namesSources ? 'its source package is unknown' : null;
  return { kind: 'address', address: { ecosystems, ...source, scheme: apkScheme }, doubt };
}

/** Names of OSV, or why there is none. */
function findEcosystems(
  { namespace, qualifiers }: PurlParts,
  around: string | null,
): readonly string[] | string {
  // These have one release that moves.
  if (namespace === 'wolfi') return ['Wolfi'];
  if (namespace === 'chainguard') return ['Chainguard', 'Wolfi'];
  if (namespace === 'minimos') return ['MinimOS'];
  const distro = qualifiers['distro'] ?? around;
  if (namespace === 'alpine') return findAlpine(distro);
  if (namespace === 'alpaquita' || namespace === 'bellsoft-hardened-containers') {
    const release = /(stream|[0-9]{2})(?:\.[0-9.]+)?$/.exec(distro ?? '')?.[1];
    const family = namespace === 'alpaquita' ? 'Alpaquita' : 'BellSoft Hardened Containers';
    return release === undefined ? `its release of ${family} is unknown` : [`${family}:${release}`];
  }
  return `packages of ${namespace ?? 'no vendor'} are not covered`;
}

/**
 * `alpine-3.18.4`, `3.18`, `v3.18`; a snapshot of edge has its date behind an underscore. OSV has
 * nothing of edge; the secdb of Alpine has.
 */
function findAlpine(distro: string | null): readonly string[] | string {
  if (distro === null) return 'its release of Alpine is unknown';
  const name = distro.toLowerCase().replace(/^alpine-?/, '');
  const [, release, tail = ''] = /^v?([0-9]{1,3}\.[0-9]{1,3})(.*)$/.exec(name) ?? [];
  if (release !== undefined && /^(?:\.[0-9]+)*$/.test(tail)) return [`Alpine:v${release}`];
  return name === 'edge' || release !== undefined
    ? ['Alpine:edge']
    : `its distribution ${JSON.stringify(distro.slice(0, 60))} is not a release of Alpine`;
}

import { encodePercent } from '../../../core/percent.ts';
import type { Component } from '../../ecosystems/index.ts';

/**
 * The purl of a component for other tools: Grype and Syft find the source package in the qualifier
 * `upstream`, whose version is left out where it is that of the binary.
 */
export function addUpstream({ purl, name, version, source }: Component): string {
  if (source === null || source.version === '' || !/^pkg:(?:deb|apk|rpm)\/[^#]*$/.test(purl))
    return purl;
  if (!/^[^@\s]+$/.test(source.name)) return purl;
  if (purl.startsWith('pkg:rpm/')) return addSourceRpm(purl, source);
  const isSameVersion = source.version === version;
  if (isSameVersion && source.name === name) return purl;
  const text = isSameVersion ? source.name : `${source.name}@${source.version}`;
  return addQualifier(purl, text);
}

/** For a package of rpm, the file of the source package, whose name has no epoch. */
function addSourceRpm(purl: string, { name, version }: NonNullable<Component['source']>): string {
  const build = version.replace(/^[0-9]+:/, '');
  return /^[^-\s]+-[^-\s]+$/.test(build) ? addQualifier(purl, `${name}-${build}.src.rpm`) : purl;
}

function addQualifier(purl: string, text: string): string {
  const value = encodePercent(text).replaceAll('%3A', ':');
  return `${purl}${purl.includes('?') ? '&' : '?'}upstream=${value}`;
}

import { encodePercent } from '../../../core/percent.ts';
import type { Component } from '../../ecosystems/index.ts';

/**
 * The purl of a component for other tools: Grype and Syft find the source package in the qualifier
 * `upstream`, whose version is left out where it is that of the binary.
 */
export function addUpstream({ purl, name, version, source }: Component): string {
  if (source === null || source.version === '' || !/^pkg:(?:deb|apk)\/[^#]*$/.test(purl))
    return purl;
  if (!/^[^@\s]+$/.test(source.name)) return purl;
  const isSameVersion = source.version === version;
  if (isSameVersion && source.name === name) return purl;
  const text = isSameVersion ? source.name : `${source.name}@${source.version}`;
  const value = encodePercent(text).replaceAll('%3A', ':');
  return `${purl}${purl.includes('?') ? '&' : '?'}upstream=${value}`;
}

import type { Purl } from '../../core/purl.ts';
import { cutBefore } from '../../formats/text/cut.ts';

/** `express@4.17.1` of a package URL. */
export function formatPackage(purl: Purl): string {
  return cutBefore(purl, '?#')
    .replace(/^pkg:[^/]+\//, '')
    .replaceAll('%40', '@');
}

/** Several stated licences all apply: `GPL-3.0-only AND (MIT OR ISC)`. Empty for none. */
export function formatLicences(stated: readonly string[]): string {
  // mutant licences-without-brackets by licence-report: condition -> true
  if (stated.length < 2) return stated.join(' AND ');
  return stated.map((one) => (one.includes(' ') ? `(${one})` : one)).join(' AND ');
}

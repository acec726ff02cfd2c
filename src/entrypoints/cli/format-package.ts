import type { Purl } from '../../core/purl.ts';
import { cutBefore } from '../../formats/text/cut.ts';

/** `express@4.17.1` of a package URL. */
export function formatPackage(purl: Purl): string {
  return cutBefore(purl, '?#')
    .replace(/^pkg:[^/]+\//, '')
    .replaceAll('%40', '@');
}

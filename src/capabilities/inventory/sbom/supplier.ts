import type { Purl } from '../../../core/purl.ts';

const DISTRIBUTORS: readonly (readonly [string, string])[] = [
  ['pkg:deb/debian/', 'Debian'],
  ['pkg:deb/ubuntu/', 'Ubuntu'],
  ['pkg:apk/alpine/', 'Alpine Linux'],
];

/** Who supplies a package, where its purl alone says it; null is unknown. */
export function findSupplier(purl: Purl): string | null {
  return DISTRIBUTORS.find(([prefix]) => purl.startsWith(prefix))?.[1] ?? null;
}

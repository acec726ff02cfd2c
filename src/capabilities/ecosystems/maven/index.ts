import type { PurlParts } from '../../../core/purl.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { nameByPackage } from '../package-address.ts';
import { javaArchive } from './java-archive.ts';
import { mavenScheme } from './version-order.ts';

/** Java archives by their Maven coordinates. */
export const maven: Ecosystem = {
  name: 'maven',
  purlTypes: ['maven'],
  formatName: (parts) => joinCoordinates(parts) ?? parts.name,
  advisories: nameByPackage(
    'Maven',
    mavenScheme,
    joinCoordinates,
    'it has no Maven group, so no advisory can be found by name',
  ),
  extractors: [javaArchive],
  markers: [{ pattern: /(?:^|\/)pom\.xml$/, means: 'unread' }],
};

function joinCoordinates({ namespace, name }: PurlParts): string | null {
  return namespace === null ? null : `${namespace}:${name}`;
}

import type { PurlParts } from '../../../core/purl.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { joinName, nameByPackage } from '../package-address.ts';
import { goDeclarations } from './declared/go-declarations.ts';
import { goFixes } from './fix-go.ts';
import { listGoLicencePlaces } from './licence-places.ts';
import { goMentions } from './mentions.ts';
import { goMod, goSum, goVendor, goWork } from './module/tree-extractors.ts';
import { goProgram } from './program/go-program.ts';
import { findGoRequirements } from './requirement-places.ts';
import { goScheme } from './version-order.ts';

/** Modules of Go, required by a source tree or built into a program. */
export const golang: Ecosystem = {
  name: 'go',
  purlTypes: ['golang'],
  advisories: { ...nameByPackage('Go', goScheme, joinPath), foldName },
  extractors: [goProgram, goMod, goSum, goWork, goVendor],
  markers: [
    { pattern: /(?:^|\/)go\.(?:mod|work|sum|work\.sum)$/, means: 'read' },
    { pattern: /(?:^|\/)vendor\/modules\.txt$/, means: 'read' },
  ],
  declarations: goDeclarations,
  mentions: goMentions,
  fixes: goFixes,
  listLicencePlaces: listGoLicencePlaces,
  findRequirements: findGoRequirements,
};

/** Other tools write a module below its repository with a subpath: github.com/a/b#c. */
function joinPath(parts: PurlParts): string {
  const { subpath } = parts;
  return foldName(subpath === null ? joinName(parts) : `${joinName(parts)}/${subpath}`);
}

/** Package URLs write paths in lower case (purl-spec, golang), advisories as they are. */
function foldName(path: string): string {
  return path.toLowerCase();
}

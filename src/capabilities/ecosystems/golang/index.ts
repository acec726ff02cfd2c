import type { Ecosystem } from '../ecosystem.ts';
import { type AdvisoryNaming, joinName } from '../package-address.ts';
import { goDeclarations } from './declared/go-declarations.ts';
import { goFixes } from './fix-go.ts';
import { listGoLicencePlaces } from './licence-places.ts';
import { goMentions } from './mentions.ts';
import { goMod, goSum, goVendor, goWork } from './module/tree-extractors.ts';
import { goProgram } from './program/go-program.ts';
import { findGoRequirements } from './requirement-places.ts';
import { goScheme } from './version-order.ts';

/**
 * A subpath names a package of the module (purl-spec), or a module below its repository (Syft:
 * `github.com/a/b#c`). Both are looked up.
 */
const goNaming: AdvisoryNaming = {
  osv: 'Go',
  scheme: goScheme,
  foldName,
  locate({ version }, parts) {
    const { subpath } = parts;
    const module = foldName(joinName(parts));
    const name = subpath === null ? module : `${module}/${foldName(subpath)}`;
    const address = { ecosystems: ['Go'], name, version, scheme: goScheme };
    // mutant subpath-of-a-module by go-matching: condition -> true
    if (subpath === null || isMajor(subpath, version))
      return { kind: 'address', address, doubt: null };
    const other = { name: module, version, onlyIf: `${subpath} is a package of ${module}` };
    return { kind: 'address', address: { ...address, other }, doubt: null };
  },
};

/** `v2` of v2.3.4 is the end of the path of a module (go.dev/ref/mod#major-version-suffixes). */
function isMajor(subpath: string, version: string): boolean {
  const [, major] = /(?:^|\/)v([1-9][0-9]{0,8})$/.exec(subpath) ?? [];
  return major !== undefined && major !== '1' && version.replace(/^v/, '').startsWith(`${major}.`);
}

/** Modules of Go, required by a source tree or built into a program. */
export const golang: Ecosystem = {
  name: 'go',
  purlTypes: ['golang'],
  advisories: goNaming,
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

/** Package URLs write paths in lower case (purl-spec, golang), advisories as they are. */
function foldName(path: string): string {
  return path.toLowerCase();
}

import { toSpdxExpression } from '../../formats/spdx/licence.ts';
import { trimCharacters } from '../../formats/text/cut.ts';

/** Longer texts are no declaration of a licence. */
const CHARACTERS_MAX = 2_000;
const PARTS_MAX = 60;

/**
 * The licence field of a package database, which has SPDX expressions and older names of its
 * distribution: `GPLv2+ and (MIT or BSD)`. A name that SPDX lacks is kept as a LicenseRef: without
 * it, the rest would look like the whole licence. Empty where nothing is declared.
 *
 * @example readSystemLicence('GPLv2+ and BSD', 'rpm') // ['GPL-2.0-or-later AND LicenseRef-rpm-BSD']
 */
export function readSystemLicence(text: string, database: string): readonly string[] {
  const plain = text.trim();
  if (plain === '' || plain.length > CHARACTERS_MAX) return [];
  const whole = toSpdxExpression(plain);
  if (whole !== null) return [whole];
  const tokens = joinTokens(plain, database);
  const expression = tokens === null ? null : toSpdxExpression(tokens);
  return [expression ?? formatReference(plain, database)];
}

/** Names between operators and parentheses, each as SPDX writes it; null for too many. */
function joinTokens(text: string, database: string): string | null {
  const found: string[] = [];
  let name: string[] = [];
  const endName = (): void => {
    if (name.length > 0) found.push(nameLicence(name.join(' '), database));
    name = [];
  };
  for (const word of text.match(/[()]|[^\s()]+/g) ?? []) {
    const operator = /^(?:and|or)$/i.test(word) ? word.toUpperCase() : null;
    if (operator !== null || word === '(' || word === ')') {
      endName();
      found.push(operator ?? word);
    } else name.push(word);
  }
  endName();
  return found.length > PARTS_MAX
    ? null
    : found.join(' ').replace(/\( /g, '(').replace(/ \)/g, ')');
}

/** Words that each name a licence, with nothing between them, are licences that all hold. */
function nameLicence(name: string, database: string): string {
  const known = findLicence(name);
  if (known !== null) return known;
  const words = name.split(/[\s,]+/).filter((word) => word !== '');
  const each = words.map(findLicence);
  if (words.length > 1 && each.every((licence) => licence !== null))
    return `(${each.join(' AND ')})`;
  return formatReference(name, database);
}

function findLicence(name: string): string | null {
  return FEDORA_NAMES.get(name.toLowerCase()) ?? toSpdxExpression(name);
}

/** The licence before an exception keeps its own name, so that a policy can know it. */
function formatReference(name: string, database: string): string {
  const at = name.search(/\swith\s/i);
  const base = at === -1 ? null : findLicence(name.slice(0, at));
  const label = base === null ? name : `${base}-${name.slice(at).trim()}`;
  const safe = label.replaceAll('+', '-or-later').replace(/[^A-Za-z0-9.-]+/g, '-');
  return `LicenseRef-${database}-${trimCharacters(safe.slice(0, 120), '-') || 'unnamed'}`;
}

/**
 * Short names of Fedora before it took those of SPDX, and of Alpine, as far as they name one
 * licence: `BSD` and `Public Domain` do not.
 */
const FEDORA_NAMES: ReadonlyMap<string, string> = new Map([
  ['gplv1', 'GPL-1.0-only'],
  ['gpl+', 'GPL-1.0-or-later'],
  ['gplv1+', 'GPL-1.0-or-later'],
  ['gplv2', 'GPL-2.0-only'],
  ['gpl2', 'GPL-2.0-only'],
  ['gplv2+', 'GPL-2.0-or-later'],
  ['gpl2+', 'GPL-2.0-or-later'],
  ['gplv3', 'GPL-3.0-only'],
  ['gpl3', 'GPL-3.0-only'],
  ['gplv3+', 'GPL-3.0-or-later'],
  ['gpl3+', 'GPL-3.0-or-later'],
  ['lgplv2', 'LGPL-2.0-only'],
  ['lgplv2+', 'LGPL-2.0-or-later'],
  ['lgplv2.1', 'LGPL-2.1-only'],
  ['lgplv2.1+', 'LGPL-2.1-or-later'],
  ['lgplv3', 'LGPL-3.0-only'],
  ['lgplv3+', 'LGPL-3.0-or-later'],
  ['agplv1', 'AGPL-1.0-only'],
  ['agplv3', 'AGPL-3.0-only'],
  ['agplv3+', 'AGPL-3.0-or-later'],
  ['asl 1.0', 'Apache-1.0'],
  ['asl 1.1', 'Apache-1.1'],
  ['asl 2.0', 'Apache-2.0'],
  ['mplv1.0', 'MPL-1.0'],
  ['mplv1.1', 'MPL-1.1'],
  ['mplv2.0', 'MPL-2.0'],
  ['boost', 'BSL-1.0'],
  ['artistic 2.0', 'Artistic-2.0'],
  ['artistic clarified', 'ClArtistic'],
  ['ofl', 'OFL-1.1'],
  ['psfl', 'PSF-2.0'],
]);

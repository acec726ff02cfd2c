import parse from 'spdx-expression-parse';
import deprecated from 'spdx-license-ids/deprecated.json' with { type: 'json' };
import current from 'spdx-license-ids/index.json' with { type: 'json' };

/** A declared expression is short; the parser's time must stay bounded. */
const EXPRESSION_CHARS_MAX = 500;
/** The time of the parser grows with the square of the length, and it recurses over it. */
const PARSED_CHARS_MAX = 2_048;
const NAME_CHARS_MAX = 256;

const KNOWN_MAX = 4_096;
const known = new Map<string, string | null>();

/**
 * The SPDX expression that a text means: identifiers in their own case (SPDX 2.3 annex D compares
 * them without it), Debian's short names, and other names that mean exactly one licence. Null for
 * prose, which is *unknown* and never a guess. Cached: an inventory has few different licences.
 *
 * @example toSpdxExpression('mit') // MIT
 */
export function toSpdxExpression(text: string): string | null {
  const present = known.get(text);
  if (present !== undefined) return present;
  const expression = findExpression(text.trim());
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, expression);
  return expression;
}

/** Prose is refused by its words: only a text of known words is parsed. */
function findExpression(text: string): string | null {
  if (text === '' || text.length > EXPRESSION_CHARS_MAX) return null;
  const named = findNamedLicence(text);
  if (named !== null) return named;
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  const meant: string[] = [];
  for (const word of words) {
    const one = findWord(word, meant.at(-1) === 'WITH');
    if (one === null) return null;
    meant.push(one);
  }
  const isAsWritten = meant.every((word, at) => word === words[at]);
  const joined = meant.join(' ').replaceAll('( ', '(').replaceAll(' )', ')');
  const expression = isAsWritten ? text : joined;
  return isSpdxExpression(expression) ? expression : null;
}

function findWord(word: string, isException: boolean): string | null {
  if (word === '(' || word === ')' || isException) return word;
  if (/^(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/.test(word)) return word;
  return OPERATORS.get(word.toLowerCase()) ?? findId(word);
}

/** Whether a text is an SPDX licence expression as it is written. */
export function isSpdxExpression(text: string): boolean {
  // mutant licence-expression-that-is-a-book by linear-reading: remove
  if (text.length > PARSED_CHARS_MAX) return false;
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a text is one identifier of the SPDX list, as it is written there. */
export function isSpdxId(text: string): boolean {
  return listIds().get(text.toLowerCase()) === text;
}

/**
 * Whether the SPDX list has no later version of a licence.
 *
 * @example isNewestVersion('AGPL', [3, 0]) // true
 */
export function isNewestVersion(family: string, version: readonly number[]): boolean {
  const prefix = `${family.toLowerCase()}-`;
  for (const id of listIds().keys()) {
    if (!id.startsWith(prefix)) continue;
    const [, text] =
      /^([0-9]+(?:[.][0-9]+)*)(?:-only|-or-later)?$/.exec(id.slice(prefix.length)) ?? [];
    if (text !== undefined && isLater(text.split('.').map(Number), version)) return false;
  }
  return true;
}

function isLater(one: readonly number[], other: readonly number[]): boolean {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** A short name of debian/copyright (copyright-format 1.0) that SPDX writes otherwise. */
export function findDebianLicence(name: string): string | null {
  return DEBIAN_NAMES.get(name.toLowerCase()) ?? null;
}

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['and', 'AND'],
  ['or', 'OR'],
  ['with', 'WITH'],
]);

function findId(word: string): string | null {
  const plus = word.endsWith('+') ? '+' : '';
  const id = listIds().get((plus === '' ? word : word.slice(0, -1)).toLowerCase());
  if (id !== undefined) return `${id}${plus}`;
  return listIds().get(word.toLowerCase()) ?? findDebianLicence(word);
}

let ids: ReadonlyMap<string, string> | null = null;

/** Made at the first use; deprecated identifiers last, so that a current one of that name wins. */
function listIds(): ReadonlyMap<string, string> {
  ids ??= new Map([...deprecated, ...current].map((id) => [id.toLowerCase(), id]));
  return ids;
}

function findNamedLicence(text: string): string | null {
  if (text.length > NAME_CHARS_MAX || listIds().get(text.toLowerCase()) === text) return null;
  return findDebianLicence(text) ?? ALIASES.get(toPlainName(text)) ?? null;
}

/** Other spellings of SPDX names: case, "License", "Version", commas and v do not matter. */
function toPlainName(text: string): string {
  return text
    .toLowerCase()
    .replace(/^the\s+/, '')
    .replace(/[,"]|\blicen[cs]ed?\b|\bversion\b/g, ' ')
    .replace(/v(?=[0-9])/g, '')
    .replace(/[\s_-]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** DEP-5 short names. */
const DEBIAN_NAMES: ReadonlyMap<string, string> = new Map([
  ['expat', 'MIT'],
  ['bsd-2-clause', 'BSD-2-Clause'],
  ['bsd-3-clause', 'BSD-3-Clause'],
  ['bsd-4-clause', 'BSD-4-Clause'],
  ['gpl-1', 'GPL-1.0-only'],
  ['gpl-1+', 'GPL-1.0-or-later'],
  ['gpl-2', 'GPL-2.0-only'],
  ['gpl-2+', 'GPL-2.0-or-later'],
  ['gpl-3', 'GPL-3.0-only'],
  ['gpl-3+', 'GPL-3.0-or-later'],
  ['lgpl-2', 'LGPL-2.0-only'],
  ['lgpl-2+', 'LGPL-2.0-or-later'],
  ['lgpl-2.1', 'LGPL-2.1-only'],
  ['lgpl-2.1+', 'LGPL-2.1-or-later'],
  ['lgpl-3', 'LGPL-3.0-only'],
  ['lgpl-3+', 'LGPL-3.0-or-later'],
  ['agpl-3', 'AGPL-3.0-only'],
  ['agpl-3+', 'AGPL-3.0-or-later'],
  ['gfdl-1.2', 'GFDL-1.2-only'],
  ['gfdl-1.2+', 'GFDL-1.2-or-later'],
  ['gfdl-1.3', 'GFDL-1.3-only'],
  ['gfdl-1.3+', 'GFDL-1.3-or-later'],
  ['mpl-1.1', 'MPL-1.1'],
  ['mpl-2.0', 'MPL-2.0'],
  ['apache-2', 'Apache-2.0'],
  ['apache-2.0', 'Apache-2.0'],
  ['artistic', 'Artistic-1.0-Perl'],
  ['artistic-2', 'Artistic-2.0'],
  ['artistic-2.0', 'Artistic-2.0'],
  ['zlib', 'Zlib'],
  ['isc', 'ISC'],
  ['cc0', 'CC0-1.0'],
  ['cc0-1.0', 'CC0-1.0'],
]);

/** Only names that mean exactly one licence: `BSD` or `GPL` alone do not, and stay unknown. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    MIT: ['mit', 'mit-x11', 'expat'],
    ISC: ['isc'],
    'Apache-2.0': [
      'apache-2',
      'apache-2.0',
      'apache2',
      'apache2.0',
      'apache-software-2.0',
      'asl-2.0',
      'apache-software-2',
    ],
    'Apache-1.1': ['apache-1.1', 'apache-software-1.1'],
    'BSD-2-Clause': ['bsd-2-clause', '2-clause-bsd', 'bsd-2', 'simplified-bsd', 'freebsd'],
    'BSD-3-Clause': [
      'bsd-3-clause',
      '3-clause-bsd',
      'bsd-3',
      'new-bsd',
      'revised-bsd',
      'modified-bsd',
    ],
    '0BSD': ['0bsd'],
    Zlib: ['zlib'],
    Unlicense: ['unlicense'],
    'CC0-1.0': ['cc0', 'cc0-1.0'],
    'BSL-1.0': ['bsl-1.0', 'boost-1.0', 'boost-software-1.0'],
    'MPL-1.1': ['mpl-1.1', 'mozilla-public-1.1'],
    'MPL-2.0': ['mpl-2.0', 'mpl-2', 'mozilla-public-2.0'],
    'EPL-1.0': ['epl-1.0', 'eclipse-public-1.0'],
    'EPL-2.0': ['epl-2.0', 'eclipse-public-2.0'],
    'GPL-2.0-only': ['gpl-2', 'gpl-2.0', 'gpl2', 'gpl2.0', 'gpl-2.0-only', 'gnu-gpl-2'],
    'GPL-2.0-or-later': ['gpl-2+', 'gpl-2.0+', 'gpl-2.0-or-later'],
    'GPL-3.0-only': ['gpl-3', 'gpl-3.0', 'gpl3', 'gpl3.0', 'gpl-3.0-only', 'gnu-gpl-3'],
    'GPL-3.0-or-later': ['gpl-3+', 'gpl-3.0+', 'gpl-3.0-or-later'],
    'LGPL-2.0-or-later': ['lgpl-2+', 'lgpl-2.0+'],
    'LGPL-2.1-only': ['lgpl-2.1', 'lgpl2.1', 'lgpl-2.1-only'],
    'LGPL-2.1-or-later': ['lgpl-2.1+', 'lgpl-2.1-or-later'],
    'LGPL-3.0-only': ['lgpl-3', 'lgpl-3.0', 'lgpl3', 'lgpl-3.0-only'],
    'LGPL-3.0-or-later': ['lgpl-3+', 'lgpl-3.0+', 'lgpl-3.0-or-later'],
    'AGPL-3.0-only': [
      'agpl-3',
      'agpl3',
      'agpl-3.0',
      'agpl-3.0-only',
      'gnu-agpl-3',
      'gnu-agpl-3.0',
      'gnu-affero-general-public-3',
      'gnu-affero-general-public-3.0',
    ],
    'AGPL-3.0-or-later': [
      'agpl-3+',
      'agpl-3.0+',
      'agpl-3.0-or-later',
      'gnu-affero-general-public-3-or-later',
      'gnu-affero-general-public-3.0-or-later',
    ],
    'BUSL-1.1': ['busl-1.1', 'bsl-1.1', 'business-source-1.1'],
    'Elastic-2.0': ['elastic-2.0', 'elastic-2', 'elv2'],
    'SSPL-1.0': [
      'sspl-1.0',
      'sspl-1',
      'server-side-public-1',
      'server-side-public-1.0',
      'server-side-public-v-1',
    ],
  }).flatMap(([id, names]) => names.map((name): [string, string] => [name, id])),
);

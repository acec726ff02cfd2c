import { LIMITS } from '../../../core/limits.ts';
import { compareDigits, isCommit, type VersionScheme } from '../version-scheme.ts';

/**
 * The order of Composer: a version in the form of `VersionParser::normalize`, so that 1.0 is 1.0.0,
 * compared as PHP's `version_compare` does. Branches (`dev-main`) have no place in it: what is in
 * them, no version says.
 */
export const packagistScheme: VersionScheme = {
  name: 'packagist',
  compare(one, other) {
    const [a, b] = [toParts(one), toParts(other)];
    return a === null || b === null ? null : compareParts(a, b);
  },
  // What Composer takes for no version may be a tag or a branch.
  isDoubtful: (version) => normalizeVersion(version.trim()) === null,
};

function toParts(text: string): readonly string[] | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > LIMITS.versionBytesMax) return null;
  // mutant branch-as-packagist-version: condition -> false
  if (/^dev-/i.test(trimmed) || !/\d/.test(trimmed)) return null;
  // mutant commit-as-packagist-version by versions: condition -> false
  if (isCommit(trimmed)) return null;
  const normal = normalizeVersion(trimmed);
  const written = normal ?? trimmed.replace(/^v(?=\d)/i, '');
  const parts = written.match(/\d+|[A-Za-z]+|#/g);
  if (parts === null || /[^\w.#+~-]/.test(written)) return null;
  return normal === null ? fillNumbers(parts) : parts;
}

/** Four numbers at the begin, as in what Composer takes: then both forms have one order. */
function fillNumbers(parts: readonly string[]): readonly string[] {
  const names = parts.findIndex((part) => !isNumber(part));
  const count = names === -1 ? parts.length : names;
  const missing = count === 0 || parts.includes('#') ? 0 : Math.max(4 - count, 0);
  return [...parts.slice(0, count), ...Array(missing).fill('0'), ...parts.slice(count)];
}

const CLASSIC = /^v?(\d{1,5})(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?(?!\d)(.*)$/i;
const DATE = /^v?(\d{4}(?:[.:-]?\d{2}){1,6}(?:[.:-]?\d{1,3}){0,2})(?!\d)(.*)$/i;
const MODIFIER =
  /^[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?\d+(?:[.-]\d+){0,49})?))?([.-]?dev)?$/i;
const BRANCH = /^v?(\d+|x)(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?[.-]?dev$/i;

/**
 * Composer, `VersionParser::normalize`; null for a text that Composer does not take.
 *
 * @example normalizeVersion('v1.2-b3') // 1.2.0.0-beta3
 */
export function normalizeVersion(text: string): string | null {
  const plain = text.replace(/^([^,\s+]+)\+[^\s]+$/, '$1');
  const classic = CLASSIC.exec(plain);
  const date = DATE.exec(plain);
  for (const [version, modifier] of [
    [
      classic
        ?.slice(1, 5)
        .map((part) => part ?? '0')
        .join('.'),
      classic?.[5],
    ],
    [date?.[1]?.replace(/\D/g, '.'), date?.[2]],
  ]) {
    const found = MODIFIER.exec(modifier ?? '?');
    if (version === undefined || found === null) continue;
    const [, stability = '', number = '', dev] = found;
    if (stability === '' || stability.toLowerCase() === 'stable')
      return dev === undefined ? version : `${version}-dev`;
    const tail = number.replace(/^[.-]+/, '');
    return `${version}-${expandStability(stability)}${tail}${dev === undefined ? '' : '-dev'}`;
  }
  const branch = BRANCH.exec(plain);
  if (branch === null) return null;
  const parts = branch.slice(1, 5).map((part) => (/^\d/.test(part ?? 'x') ? part : '9999999'));
  return `${parts.join('.')}-dev`;
}

function expandStability(stability: string): string {
  const lower = stability.toLowerCase();
  if (lower === 'a') return 'alpha';
  if (lower === 'b') return 'beta';
  if (lower === 'p' || lower === 'pl') return 'patch';
  return lower === 'rc' ? 'RC' : lower;
}

/** PHP, ext/standard/versioning.c: what is not in the list comes first, the end is a `#`. */
const FORMS: readonly (readonly [string, number])[] = [
  ['dev', 0],
  ['alpha', 1],
  ['a', 1],
  ['beta', 2],
  ['b', 2],
  ['rc', 3],
  ['#', 4],
  ['p', 5],
];
const NUMBER = 4;

function compareParts(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [a, b] = [one[at], other[at]];
    const order =
      a === undefined
        ? -compareToEnd(b ?? '')
        : b === undefined
          ? compareToEnd(a)
          : comparePart(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(one: string, other: string): number {
  return isNumber(one) && isNumber(other) ? compareDigits(one, other) : rank(one) - rank(other);
}

function compareToEnd(part: string): number {
  return isNumber(part) ? 1 : rank(part) - NUMBER;
}

function rank(part: string): number {
  if (isNumber(part)) return NUMBER;
  // PHP has `RC` and `rc` in its list, and no other spelling of a name in capitals.
  const name = part.startsWith('RC') ? part.toLowerCase() : part;
  return FORMS.find(([form]) => name.startsWith(form))?.[1] ?? -1;
}

function isNumber(part: string): boolean {
  return /^\d/.test(part);
}

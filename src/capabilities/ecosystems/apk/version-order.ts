import { LIMITS } from '../../../core/limits.ts';
import {
  compareDigits,
  compareText,
  isDigit,
  takeRun,
  type VersionScheme,
} from '../version-scheme.ts';

interface ApkVersion {
  readonly text: string;
  readonly numbers: readonly string[];
  readonly letter: string;
  readonly suffixes: readonly { readonly weight: number; readonly number: string }[];
  readonly build: string;
  /** What follows, which no version of apk has. */
  readonly rest: string;
  readonly isInvalid: boolean;
}

/**
 * apk-package(5): `number{.number}…{letter}{_suffix{number}}…{~hash}{-r#}`. The hash of a commit
 * has no order. A word is no version.
 */
export const apkScheme: VersionScheme = {
  name: 'apk',
  compare(one, other) {
    const a = parseVersion(one);
    const b = parseVersion(other);
    if (a === null || b === null) return null;
    if (a.isInvalid && b.isInvalid) return compareText(a.text, b.text);
    return (
      compareNumbers(a.numbers, b.numbers) ||
      compareText(a.letter, b.letter) ||
      compareSuffixes(a, b) ||
      compareDigits(a.build, b.build) ||
      Number(a.rest === '') - Number(b.rest === '')
    );
  },
};

/** In their order; a version without a suffix is between the first four and the others. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const NO_SUFFIX = { weight: SUFFIXES.indexOf(''), number: '0' };

function parseVersion(text: string): ApkVersion | null {
  if (text.length > LIMITS.versionBytesMax || !/^(?:[.]?[0-9]|[a-z]$)/.test(text)) return null;
  const numbers: string[] = [];
  let at = 0;
  while (/[0-9]/.test(text.charAt(at))) {
    const digits = takeRun(text, at, isDigit);
    numbers.push(digits);
    at += digits.length;
    if (text.charAt(at) === '.') at++;
  }
  const letter = /[a-z]/.test(text.charAt(at)) ? text.charAt(at) : '';
  at += letter.length;
  const suffixes: { weight: number; number: string }[] = [];
  for (let suffix = readSuffix(text, at); suffix !== null; suffix = readSuffix(text, at)) {
    suffixes.push(suffix);
    at += suffix.length;
  }
  const hash = text.charAt(at) === '~' ? takeRun(text, at + 1, isHex) : '';
  if (hash !== '') at += hash.length + 1;
  const isBuild = text.startsWith('-r', at);
  const build = isBuild ? takeRun(text, at + 2, isDigit) : '';
  const isInvalid = at < text.length && !isBuild;
  const rest = text.slice(isBuild ? at + 2 + build.length : at);
  return { text, numbers, letter, suffixes, build, rest, isInvalid };
}

function readSuffix(
  text: string,
  at: number,
): { weight: number; number: string; length: number } | null {
  if (text.charAt(at) !== '_') return null;
  const name = takeRun(text, at + 1, isLetter);
  const weight = SUFFIXES.indexOf(name);
  if (name === '' || weight === -1) return null;
  const number = takeRun(text, at + 1 + name.length, isDigit);
  return { weight, number, length: 1 + name.length + number.length };
}

/** A number after the first that begins with 0 is compared like a fraction. */
function compareNumbers(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [a, b] = [one[at], other[at]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const isFraction = at > 0 && (a.startsWith('0') || b.startsWith('0'));
    const order = isFraction ? compareText(a, b) : compareDigits(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

function compareSuffixes({ suffixes: one }: ApkVersion, { suffixes: other }: ApkVersion): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const a = one[at] ?? NO_SUFFIX;
    const b = other[at] ?? NO_SUFFIX;
    const order = a.weight - b.weight || compareDigits(a.number, b.number);
    if (order !== 0) return order;
  }
  return 0;
}

const isLetter = (code: number): boolean => code >= 97 && code <= 122;
const isHex = (code: number): boolean => isDigit(code) || (code >= 97 && code <= 102);

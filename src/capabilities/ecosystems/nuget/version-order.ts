import { LIMITS } from '../../../core/limits.ts';
import { compareDigits, compareText, type VersionScheme } from '../version-scheme.ts';

interface NugetVersion {
  /** Up to four; what is missing is 0. */
  readonly numbers: readonly string[];
  /** Empty for a release. */
  readonly labels: readonly string[];
}

const FORM = /^(\d+(?:\.\d+){0,3})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?$/;

/**
 * The order of NuGet.Versioning (`VersionComparer.Default`): Semantic Versioning with a fourth
 * number, without regard to case and to build metadata. Numbers may be of any size.
 */
export const nugetScheme: VersionScheme = {
  name: 'nuget',
  compare(one, other) {
    const a = parseVersion(one);
    const b = parseVersion(other);
    if (a === null || b === null) return null;
    for (let at = 0; at < 4; at++) {
      const order = compareDigits(a.numbers[at] ?? '0', b.numbers[at] ?? '0');
      if (order !== 0) return order;
    }
    return compareLabels(a.labels, b.labels);
  },
};

function parseVersion(text: string): NugetVersion | null {
  if (text.length > LIMITS.versionBytesMax) return null;
  const [, numbers, labels] = FORM.exec(text.trim()) ?? [];
  if (numbers === undefined) return null;
  const parts = labels?.split('.') ?? [];
  return parts.includes('') ? null : { numbers: numbers.split('.'), labels: parts };
}

/** Whether a text is one version, and no range. */
export function isNugetVersion(text: string): boolean {
  return parseVersion(text) !== null;
}

/**
 * As NuGet names a version in paths and locks: three numbers, a fourth only where it is not 0, no
 * leading zeros, no metadata. The text itself where it is no version.
 */
export function normaliseVersion(text: string): string {
  const version = parseVersion(text);
  if (version === null) return text;
  const numbers = version.numbers.map((number) => number.replace(/^0+(?=\d)/, ''));
  while (numbers.length < 3) numbers.push('0');
  if (numbers[3] === '0') numbers.pop();
  const label = version.labels.length === 0 ? '' : `-${version.labels.join('.')}`;
  return numbers.join('.') + label;
}

function compareLabels(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return other.length - one.length;
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const order = compareLabel(one[at] ?? '', other[at] ?? '');
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** What NuGet reads as a number, an Int32, comes before every text; a larger number is a text. */
function compareLabel(one: string, other: string): number {
  const a = readNumber(one);
  const b = readNumber(other);
  if (a !== null && b !== null) return a - b;
  if (a !== null || b !== null) return a === null ? 1 : -1;
  return compareText(one.toUpperCase(), other.toUpperCase());
}

function readNumber(label: string): number | null {
  if (!/^-?\d{1,32}$/.test(label)) return null;
  const value = Number(label);
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : null;
}

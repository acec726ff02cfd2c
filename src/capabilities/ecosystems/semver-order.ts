import { LIMITS } from '../../core/limits.ts';
import { rememberParsed } from './parse-memo.ts';
import { compareDigits, compareText, isCommit, type VersionScheme } from './version-scheme.ts';

interface SemanticVersion {
  readonly numbers: readonly string[];
  /** Empty for a release. */
  readonly prerelease: readonly string[];
}

// A leading v, missing parts and a prerelease without its hyphen are read as npm's loose mode reads
// them; npm wants the hyphen behind a number alone.
const FORM = /^[v=\s]*(\d+(?:\.\d+)*)([A-Za-z-][0-9A-Za-z.-]*)?(?:\+[0-9A-Za-z.+-]*)?$/;

/**
 * Semantic Versioning 2.0.0 §11 with numbers of any size. Numbers after the third order versions
 * that are otherwise equal, so that a fix in 1.1.3.5 does not cover 1.1.3.4.
 */
export const semverScheme: VersionScheme = {
  name: 'semver',
  compare(one, other) {
    const a = parseRemembered(one);
    const b = parseRemembered(other);
    return a === null || b === null ? null : compareParsed(a, b);
  },
};

const parseRemembered = rememberParsed(parseVersion);

function parseVersion(text: string): SemanticVersion | null {
  if (text.length > LIMITS.versionBytesMax) return null;
  const trimmed = text.trim();
  // mutant commit-as-semantic-version by versions: condition -> false
  if (isCommit(trimmed) || isShortCommit(trimmed)) return null;
  const [, numbers, suffix] = FORM.exec(trimmed) ?? [];
  if (numbers === undefined) return null;
  const isPlain = suffix !== undefined && !suffix.startsWith('-');
  // mutant number-with-letters-as-semantic-version by versions: condition -> false
  if (isPlain && !numbers.includes('.')) return null;
  const prerelease = suffix?.replace(/^-(?=[0-9A-Za-z-])/, '').split('.') ?? [];
  return { numbers: numbers.split('.'), prerelease };
}

/** Digits alone, as git shortens: a version of such packages has dots. */
function isShortCommit(text: string): boolean {
  return /^\d{7,12}$/.test(text);
}

function compareParsed(one: SemanticVersion, other: SemanticVersion): number {
  const count = Math.max(one.numbers.length, other.numbers.length);
  for (let at = 0; at < count; at++) {
    const order = compareDigits(one.numbers[at] ?? '0', other.numbers[at] ?? '0');
    if (order !== 0) return order;
  }
  return comparePrerelease(one.prerelease, other.prerelease);
}

/**
 * §11.3: a prerelease comes before its release. §11.4: identifier by identifier, the shorter list
 * first.
 */
function comparePrerelease(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return other.length - one.length;
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const order = compareIdentifier(one[at] ?? '', other[at] ?? '');
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function compareIdentifier(one: string, other: string): number {
  const a = /^\d+$/.test(one);
  const b = /^\d+$/.test(other);
  if (a && b) return compareDigits(one, other);
  if (a !== b) return a ? -1 : 1;
  return compareText(one, other);
}

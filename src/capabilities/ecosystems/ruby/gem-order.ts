import { LIMITS } from '../../../core/limits.ts';
import { compareDigits, compareText, isCommit, type VersionScheme } from '../version-scheme.ts';

/** `Gem::Version::VERSION_PATTERN`; in old gems letters may follow the first number at once. */
const FORM = /^\d[0-9A-Za-z]*(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/**
 * The order of RubyGems (rubygems, lib/rubygems/version.rb): runs of digits are numbers, runs of
 * letters are names and come before numbers, a hyphen means `.pre.`, zeros at the end of the
 * numbers do not count.
 */
export const gemScheme: VersionScheme = {
  name: 'rubygems',
  compare(one, other) {
    const [a, b] = [listSegments(one), listSegments(other)];
    return a === null || b === null ? null : compareSegments(a, b);
  },
};

/** The canonical segments; null for a text that is no version. */
export function listSegments(text: string): readonly string[] | null {
  const trimmed = text.trim();
  if (trimmed.length > LIMITS.versionBytesMax || !FORM.test(trimmed)) return null;
  // mutant commit-as-gem-version by versions: condition -> false
  if (isCommit(trimmed)) return null;
  const segments = trimmed.replaceAll('-', '.pre.').match(/\d+|[A-Za-z]+/g) ?? [];
  const names = segments.findIndex((segment) => !isNumber(segment));
  const split = names === -1 ? segments.length : names;
  return [...dropZeros(segments.slice(0, split)), ...dropZeros(segments.slice(split))];
}

function dropZeros(segments: readonly string[]): readonly string[] {
  const last = segments.findLastIndex((segment) => !/^0+$/.test(segment));
  return segments.slice(0, last + 1);
}

function isNumber(segment: string): boolean {
  return /^\d/.test(segment);
}

function compareSegments(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const order = compareSegment(one[at] ?? '0', other[at] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
}

function compareSegment(one: string, other: string): number {
  const [a, b] = [isNumber(one), isNumber(other)];
  if (a !== b) return a ? 1 : -1;
  return a ? compareDigits(one, other) : compareText(one, other);
}

/**
 * Whether a requirement allows a version: `~> 1.2`, `>= 1, < 3`; null where it is none that is
 * known.
 */
export function allowsGem(requirement: string, version: string): boolean | null {
  let allows = true;
  for (const part of requirement.split(',')) {
    const [, operator = '=', bound] = /^(=|!=|>=|<=|~>|>|<)? {0,50}(\S+)$/.exec(part.trim()) ?? [];
    const order = bound === undefined ? null : gemScheme.compare(version, bound);
    if (bound === undefined || order === null) return null;
    if (!holds(operator, order) || (operator === '~>' && !isBelowNext(version, bound)))
      allows = false;
  }
  return allows;
}

function holds(operator: string, order: number): boolean {
  if (operator === '=') return order === 0;
  if (operator === '!=') return order !== 0;
  if (operator === '>') return order > 0;
  if (operator === '<') return order < 0;
  return operator === '<=' ? order <= 0 : order >= 0;
}

/** `~> 1.2.3` allows what is below 1.3; names and what follows them do not count for that. */
function isBelowNext(version: string, bound: string): boolean {
  const numbers = bound.split(/[.-]/);
  const names = numbers.findIndex((part) => /[A-Za-z]/.test(part));
  const plain = names === -1 ? numbers : numbers.slice(0, names);
  const kept = plain.length > 1 ? plain.slice(0, -1) : plain;
  const last = BigInt(kept.at(-1) ?? '0') + 1n;
  const next = [...kept.slice(0, -1), last.toString()].join('.');
  return (gemScheme.compare(dropPrerelease(version), next) ?? 1) < 0;
}

/** `Gem::Version#release`: the part before the first name. */
function dropPrerelease(version: string): string {
  const parts = version.replaceAll('-', '.pre.').split('.');
  const first = parts.findIndex((part) => /[A-Za-z]/.test(part));
  return first === -1 ? version : parts.slice(0, Math.max(first, 1)).join('.');
}

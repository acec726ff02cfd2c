/**
 * How one ecosystem orders its versions. `compare` gives a negative number, zero or a positive
 * number, and null when one of the texts is not a version of the scheme: the caller must then say
 * *unknown*, and never guess.
 */
export interface VersionScheme {
  /** As a finding shows it: `semver`. */
  readonly name: string;
  compare(one: string, other: string): number | null;
  /**
   * Whether the place of a component's version beside a bound shows nothing: an order that takes
   * any text also puts branches, tags and placeholders somewhere.
   */
  isDoubtful?(version: string, bound: string): boolean;
}

/** Compares digits of any length as numbers: no rounding, and no BigInt for each comparison. */
export function compareDigits(one: string, other: string): number {
  if (one === other) return 0;
  const a = cutZeros(one);
  const b = cutZeros(other);
  if (a.length !== b.length) return a.length - b.length;
  return compareText(a, b);
}

/** Without a pattern: a scan compares hundreds of thousands of parts of versions. */
function cutZeros(digits: string): string {
  let at = 0;
  while (digits.charCodeAt(at) === 48) at++;
  return at === 0 ? digits : digits.slice(at);
}

/** By UTF-16 code unit, which is ASCII order where versions are ASCII. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** By its UTF-16 code. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** The text from a place on, as far as its characters belong together. */
export function takeRun(text: string, from: number, belongs: (code: number) => boolean): string {
  let end = from;
  while (end < text.length && belongs(text.charCodeAt(end))) end++;
  return text.slice(from, end);
}

/**
 * Whether a text is a commit, whole or shortened: git shortens to 7 digits or more. It says nothing
 * about the order of versions, whatever digits it begins with.
 */
export function isCommit(text: string): boolean {
  if (!/^[0-9a-f]{7,64}$/i.test(text)) return false;
  // Digits alone may be a date or a number.
  return /[a-f]/i.test(text) || text.length === 40 || text.length === 64;
}

/**
 * How one ecosystem orders its versions. `compare` gives a negative number, zero or a positive
 * number, and null when one of the texts is no version of the scheme: the caller must then say
 * *unknown*, never guess.
 */
export interface VersionScheme {
  /** As a finding shows it: `semver`. */
  readonly name: string;
  compare(one: string, other: string): number | null;
}

/** Digits of any length as numbers: no rounding, no BigInt built for every comparison. */
export function compareDigits(one: string, other: string): number {
  const a = one.replace(/^0+/, '');
  const b = other.replace(/^0+/, '');
  if (a.length !== b.length) return a.length - b.length;
  return compareText(a, b);
}

/** By UTF-16 code unit, which is ASCII order where versions are ASCII. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

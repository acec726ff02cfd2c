/**
 * Whether a version is in a range, where both are written as nearly all are: `1.2.3` in `^1.2.3`,
 * `~1.2.3` or `1.2.3`. Null for any other spelling, which a library must read
 * (docs.npmjs.com/cli/using-npm/semver, "caret ranges" and "tilde ranges"). A lock has thousands of
 * these pairs.
 *
 * @example isInPlainRange('1.4.0', '^1.2.3') // true
 */
export function isInPlainRange(version: string, range: string): boolean | null {
  const asked = PLAIN_RANGE.exec(range);
  const found = PLAIN_VERSION.exec(version);
  if (asked === null || found === null) return null;
  const [, sign, ...from] = asked;
  const [least, given] = [from.map(Number), found.slice(1).map(Number)];
  const firstOther = least.findIndex((part, at) => part !== given[at]);
  if (firstOther === -1) return true;
  if (sign === '') return false;
  // The first two parts must be the same, or those up to the first that is not 0; else all.
  const kept = sign === '~' ? 2 : least.findIndex((part) => part > 0) + 1 || 3;
  if (firstOther < kept) return false;
  return (given[firstOther] ?? 0) > (least[firstOther] ?? 0);
}

const PLAIN_VERSION = /^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$/;
const PLAIN_RANGE = /^([~^]?)(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$/;

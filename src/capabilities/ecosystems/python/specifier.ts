import { compareDigits } from '../version-scheme.ts';
import { describeVersion, pythonScheme } from './version-order.ts';

/**
 * Whether a version fulfils a version specifier (PEP 440, "Version specifiers"), prereleases
 * included: a lock that has one was allowed to. Null where that cannot be decided: the specifier or
 * the version is none.
 *
 * @example isAllowed('1.4.5', '~=1.4.2, !=1.4.4') // true
 */
export function isAllowed(version: string, specifier: string): boolean | null {
  if (specifier.length > 4_096) return null;
  let isKnown = true;
  for (const clause of splitClauses(specifier)) {
    const answer = fulfils(version, clause);
    if (answer === false) return false;
    if (answer === null) isKnown = false;
  }
  return isKnown ? true : null;
}

/** The version that a specifier fixes: `==1.2` or `===1.2`; null where it allows others. */
export function findPinned(specifier: string): string | null {
  const clauses = splitClauses(specifier);
  for (const clause of clauses) {
    const [, version = ''] = /^={2,3}\s*([^\s*]+)$/.exec(clause) ?? [];
    if (version !== '') return version;
  }
  return null;
}

function splitClauses(specifier: string): readonly string[] {
  return specifier
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '');
}

function fulfils(version: string, clause: string): boolean | null {
  const [, operator = '', wanted = ''] = /^(~=|={2,3}|!=|<=|>=|<|>)\s*(\S+)$/.exec(clause) ?? [];
  if (operator === '') return null;
  if (operator === '===') return version.toLowerCase() === wanted.toLowerCase();
  const given = describeVersion(version);
  if (given === null) return null;
  if (wanted.endsWith('.*')) {
    if (operator !== '==' && operator !== '!=') return null;
    const found = hasPrefix(given, wanted.slice(0, -2));
    return found === null ? null : found === (operator === '==');
  }
  if (operator === '~=') {
    const least = describeVersion(wanted);
    if (least === null || least.release.length < 2) return null;
    const prefix = `${least.epoch}!${least.release.slice(0, -1).join('.')}`;
    const isLater = (pythonScheme.compare(given.public, wanted) ?? -1) >= 0;
    return isLater && hasPrefix(given, prefix) === true;
  }
  return compareBy(operator, given, { version, wanted });
}

type Version = NonNullable<ReturnType<typeof describeVersion>>;

function compareBy(
  operator: string,
  given: Version,
  { version, wanted }: { readonly version: string; readonly wanted: string },
): boolean | null {
  const bound = describeVersion(wanted);
  if (bound === null) return null;
  // The local part of a version counts only where the specifier has one, or nothing is equal.
  const isWhole = wanted.includes('+') || operator === '<' || operator === '>';
  const order = pythonScheme.compare(isWhole ? version : given.public, wanted);
  if (order === null) return null;
  const isSameRelease = isPrefix(given, bound) && isPrefix(bound, given);
  if (operator === '==') return order === 0;
  if (operator === '!=') return order !== 0;
  if (operator === '<=') return order <= 0;
  if (operator === '>=') return order >= 0;
  if (operator === '<') return order < 0 && !(given.isPre && !bound.isPre && isSameRelease);
  const isLater = (given.isPost && !bound.isPost) || version.includes('+');
  return order > 0 && !(isLater && isSameRelease);
}

function hasPrefix(given: Version, prefix: string): boolean | null {
  const wanted = describeVersion(prefix);
  return wanted === null ? null : isPrefix(wanted, given);
}

/** Whether the release of one begins with that of the other; missing numbers are zeros. */
function isPrefix(prefix: Version, { epoch, release }: Version): boolean {
  return (
    compareDigits(epoch, prefix.epoch) === 0 &&
    prefix.release.every((part, at) => compareDigits(release[at] ?? '0', part) === 0)
  );
}

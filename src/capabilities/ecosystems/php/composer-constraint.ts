import { normalizeVersion, packagistScheme } from './packagist-order.ts';

/**
 * Whether a constraint of Composer allows a version; null where it is one that is not known, such
 * as that of a branch (getcomposer.org, "Versions and constraints").
 *
 * @example allowsComposer('^1.2 || ~2.0.3', '1.9.0') // true
 */
export function allowsComposer(constraint: string, version: string): boolean | null {
  if (constraint.length > 500 || normalizeVersion(version) === null) return null;
  const either = constraint.split(/\|\|?/).map((part) => allowsAll(part.trim(), version));
  if (either.includes(true)) return true;
  return either.includes(null) ? null : false;
}

function allowsAll(text: string, version: string): boolean | null {
  const [, from, to] = /^(\S+) +- +(\S+)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    const low = allowsOne(`>=${from}`, version);
    // `1.0 - 2.0` allows all of 2.0, `1.0 - 2.0.0` nothing after it.
    const isWhole = listNumbers(to).length < 3 && /^v?[\d.]+$/i.test(to);
    const high = allowsOne(isWhole ? `<${bumpLast(to)}` : `<=${to}`, version);
    return low === null || high === null ? null : low && high;
  }
  const all = joinOperators(text).map((part) => allowsOne(part, version));
  if (all.includes(false)) return false;
  return all.includes(null) || all.length === 0 ? null : true;
}

function joinOperators(text: string): string[] {
  return text
    .replace(/([<>=!~^]) {1,9}/g, '$1')
    .split(/[\s,]+/)
    .filter((part) => part !== '');
}

const PART = /^(>=|<=|!=|<>|==|=|>|<|\^|~)?v?(.*?)(?:@[a-z]{1,10})?$/i;

function allowsOne(part: string, version: string): boolean | null {
  if (part === '*' || /^@\w+$/.test(part)) return true;
  const [, operator = '=', bound = ''] = PART.exec(part) ?? [];
  const wildcard = /^(\d+(?:\.\d+)*)\.[x*](?:\.[x*])*$/i.exec(bound)?.[1];
  if (wildcard !== undefined)
    return operator === '=' ? isWithin(version, wildcard, bumpLast(wildcard)) : null;
  if (normalizeVersion(bound) === null) return null;
  if (operator === '^') return isWithin(version, bound, bumpCaret(bound));
  if (operator === '~') return isWithin(version, bound, bumpTilde(bound));
  const order = packagistScheme.compare(version, bound);
  if (order === null) return null;
  if (operator === '=' || operator === '==') return order === 0;
  if (operator === '!=' || operator === '<>') return order !== 0;
  if (operator === '>') return order > 0;
  if (operator === '<') return order < 0 && !isInDevelopment(version, bound);
  return operator === '>=' ? order >= 0 || isInDevelopment(version, bound) : order <= 0;
}

/** Composer puts `-dev` on bounds without a stability: `<2` means `<2.0.0.0-dev`. */
function isInDevelopment(version: string, bound: string): boolean {
  if (/[a-z]/i.test(bound)) return false;
  return (packagistScheme.compare(version, `${bound}-dev`) ?? -1) >= 0;
}

function isWithin(version: string, from: string, to: string): boolean {
  const low = packagistScheme.compare(version, from);
  const high = packagistScheme.compare(version, to);
  if (low === null || high === null) return false;
  return (low >= 0 || isInDevelopment(version, from)) && high < 0 && !isInDevelopment(version, to);
}

function listNumbers(bound: string): readonly string[] {
  const [plain = ''] = bound.split(/[^\d.]/);
  return plain.split('.').filter((part) => part !== '');
}

function bumpAt(numbers: readonly string[], at: number): string {
  const kept = numbers.slice(0, at + 1);
  return [...kept.slice(0, -1), (BigInt(kept.at(-1) ?? '0') + 1n).toString()].join('.');
}

function bumpLast(bound: string): string {
  const numbers = listNumbers(bound);
  return bumpAt(numbers, numbers.length - 1);
}

/** The first part that is not zero, else the last that is written. */
function bumpCaret(bound: string): string {
  const numbers = listNumbers(bound);
  const first = numbers.findIndex((part) => !/^0+$/.test(part));
  return bumpAt(numbers, first === -1 ? numbers.length - 1 : first);
}

/** The part before the last that is written. */
function bumpTilde(bound: string): string {
  const numbers = listNumbers(bound);
  return bumpAt(numbers, Math.max(numbers.length - 2, 0));
}

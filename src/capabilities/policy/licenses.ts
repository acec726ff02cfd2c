import parse from 'spdx-expression-parse';
import { toSpdxExpression } from '../../formats/spdx/licence.ts';

/**
 * Why not spdx-satisfies: it multiplies AND over OR (24 short clauses take half a minute), and it
 * takes any identifier of eight characters for an open-ended one, so that LGPL-3.0 was accepted
 * where only LGPL-2.0 was allowed.
 */
type LicenceVerdict = 'allowed' | 'refused' | 'unknown';

interface Licence {
  readonly id: string;
  /** Family and version, if the identifier ends in a version: `GPL` and [2, 0]. */
  readonly family: string | null;
  readonly version: readonly number[];
  readonly orLater: boolean;
  readonly exception: string | null;
}

// A longer or deeper expression is not a licence declaration. What is not understood is unknown.
const CHARACTERS_MAX = 4_096;
const DEPTH_MAX = 32;

/**
 * Whether an SPDX expression can be met with the allowed licences (SPDX 2.3 annex D): one branch of
 * an OR suffices, every branch of an AND is needed, and a branch that is not understood is unknown,
 * never allowed.
 *
 * @example judgeLicence('MIT OR GPL-3.0-only', ['MIT']) // 'allowed'
 */
export function judgeLicence(expression: string, allow: readonly string[]): LicenceVerdict {
  if (expression.length > CHARACTERS_MAX) return 'unknown';
  const allowed = allow.map(readLicence).filter((licence) => licence !== null);
  const whole = judgeLeaf(expression, allowed);
  if (whole !== 'unknown') return whole;
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  const cursor: Cursor = { tokens, at: 0, depth: 0, allowed };
  const verdict = readOr(cursor);
  return cursor.at === tokens.length ? verdict : 'unknown';
}

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
  depth: number;
  readonly allowed: readonly Licence[];
}

function readOr(cursor: Cursor): LicenceVerdict {
  let verdict = readAnd(cursor);
  while (isOperator(cursor.tokens[cursor.at], 'OR')) {
    cursor.at += 1;
    const next = readAnd(cursor);
    verdict =
      verdict === 'allowed' || next === 'allowed' ? 'allowed' : pickWorst(verdict, next, 'unknown');
  }
  return verdict;
}

function readAnd(cursor: Cursor): LicenceVerdict {
  let verdict = readTerm(cursor);
  while (isOperator(cursor.tokens[cursor.at], 'AND')) {
    cursor.at += 1;
    const next = readTerm(cursor);
    verdict =
      verdict === 'refused' || next === 'refused' ? 'refused' : pickWorst(verdict, next, 'unknown');
  }
  return verdict;
}

/** For two verdicts that do not decide alone: `over` if one of them is it. */
function pickWorst(
  one: LicenceVerdict,
  other: LicenceVerdict,
  over: LicenceVerdict,
): LicenceVerdict {
  return one === over || other === over ? over : one;
}

/** A parenthesis, or the words before the next operator: one licence, with its exception. */
function readTerm(cursor: Cursor): LicenceVerdict {
  if (cursor.tokens[cursor.at] === '(') return readParenthesis(cursor);
  const start = cursor.at;
  while (cursor.at < cursor.tokens.length && !isBoundary(cursor.tokens[cursor.at])) cursor.at += 1;
  if (cursor.at === start) return giveUp(cursor);
  return judgeLeaf(cursor.tokens.slice(start, cursor.at).join(' '), cursor.allowed);
}

/**
 * An expression that never closes, or that nests too deep, stops the reading there. The rest is
 * left over, so everything is unknown.
 */
function readParenthesis(cursor: Cursor): LicenceVerdict {
  if (cursor.depth >= DEPTH_MAX) return giveUp(cursor);
  cursor.at += 1;
  cursor.depth += 1;
  const verdict = readOr(cursor);
  cursor.depth -= 1;
  if (cursor.tokens[cursor.at] !== ')') return giveUp(cursor);
  cursor.at += 1;
  return verdict;
}

function giveUp(cursor: Cursor): LicenceVerdict {
  cursor.at = Number.POSITIVE_INFINITY;
  return 'unknown';
}

function isBoundary(token: string | undefined): boolean {
  return token === '(' || token === ')' || isOperator(token, 'AND') || isOperator(token, 'OR');
}

/** Upper case by annex D; tools write lower case too, and no licence has these names. */
function isOperator(token: string | undefined, operator: 'AND' | 'OR'): boolean {
  return token === operator || token === operator.toLowerCase();
}

function judgeLeaf(text: string, allowed: readonly Licence[]): LicenceVerdict {
  const licence = readLicence(text);
  if (licence === null) return 'unknown';
  return allowed.some((other) => covers(other, licence)) ? 'allowed' : 'refused';
}

/**
 * With `GPL-2.0-or-later` the user may choose 3.0, so either is enough; an exception must be
 * allowed by name.
 */
function covers(allowed: Licence, declared: Licence): boolean {
  if (allowed.exception !== declared.exception) return false;
  if (allowed.id === declared.id) return true;
  if (allowed.family === null || allowed.family !== declared.family) return false;
  if (allowed.orLater && declared.orLater) return true;
  if (allowed.orLater) return compareVersions(declared.version, allowed.version) >= 0;
  return declared.orLater && compareVersions(allowed.version, declared.version) >= 0;
}

function compareVersions(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const KNOWN_MAX = 4_096;
const known = new Map<string, Licence | null>();

/**
 * One licence, without AND or OR; null for anything else. Cached, because an inventory has few
 * different licences.
 */
function readLicence(text: string): Licence | null {
  const present = known.get(text);
  if (present !== undefined) return present;
  const licence = parseLicence(text.trim());
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, licence);
  return licence;
}

function parseLicence(text: string): Licence | null {
  if (text === '' || text.length > 256) return null;
  const info = parseInfo(text) ?? parseInfo(toSpdxExpression(text) ?? '');
  if (info === null || 'conjunction' in info) return null;
  const open = info.plus === true || info.license.endsWith('-or-later');
  const id = info.license.replace(/-(?:or-later|only)$/, '');
  const [, family, version] = /^(.+)-([0-9]+(?:[.][0-9]+)*)$/.exec(id) ?? [];
  return {
    id,
    family: family ?? null,
    version: (version ?? '').split('.').map(Number),
    orLater: open,
    exception: info.exception ?? null,
  };
}

function parseInfo(text: string): parse.Info | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

import parse from 'spdx-expression-parse';
import { isNewestVersion, toSpdxExpression } from '../../formats/spdx/licence.ts';

/**
 * Why not spdx-satisfies: it multiplies AND over OR (24 short clauses take half a minute), and it
 * takes any identifier of eight characters for an open-ended one, so that LGPL-3.0 was accepted
 * where only LGPL-2.0 was allowed.
 */
export type LicenceVerdict = 'allowed' | 'refused' | 'unknown';

/** In a list of allowed licences: every licence of the SPDX list. */
export const EVERY_LICENSE = '*';

interface Licence {
  readonly id: string;
  /** Family and version, if the identifier ends in a version: `GPL` and [2, 0]. */
  readonly family: string | null;
  readonly version: readonly number[];
  readonly orLater: boolean;
  readonly exception: string | null;
  /** A LicenseRef, which is no licence of the SPDX list. */
  readonly own: boolean;
}

// A longer or deeper expression is not a licence declaration. What is not understood is unknown.
const CHARACTERS_MAX = 4_096;
const DEPTH_MAX = 32;

/**
 * Whether an SPDX expression can be met with the allowed licences (SPDX 2.3 annex D): one branch of
 * an OR suffices, every branch of an AND is needed, and a branch that is not understood is unknown,
 * never allowed. A licence that `refuse` names is refused although `allow` has `*`.
 *
 * @example judgeLicence('MIT OR GPL-3.0-only', ['MIT']) // 'allowed'
 * @example judgeLicence('MIT OR AGPL-3.0-only', ['*'], ['AGPL-3.0-only']) // 'allowed'
 */
export function judgeLicence(
  expression: string,
  allow: readonly string[],
  refuse: readonly string[] = [],
): LicenceVerdict {
  const every = allow.includes(EVERY_LICENSE);
  // mutant every-licence-although-some-are-refused by licenses: remove operand 2
  if (every && refuse.length === 0) return 'allowed';
  return chooseLicence(expression, allow, refuse).verdict;
}

/** An expression as far as it was judged. */
export interface LicenceChoice {
  readonly verdict: LicenceVerdict;
  /** The expression with the accepted branch of each OR; where none is accepted, with all. */
  readonly chosen: string;
}

/**
 * The licences under which something is used: of each `OR` the first branch that is allowed.
 *
 * @example chooseLicence('(AGPL-3.0-only OR MIT) AND ISC', ['*'], ['AGPL-3.0-only']).chosen
 */
export function chooseLicence(
  expression: string,
  allow: readonly string[],
  refuse: readonly string[] = [],
): LicenceChoice {
  const terms = {
    every: allow.includes(EVERY_LICENSE),
    allowed: allow.map(readLicence).filter((licence) => licence !== null),
    refused: refuse.map(readLicence).filter((licence) => licence !== null),
  };
  return readExpression(expression, (text) => judgeLeaf(text, terms));
}

/**
 * Whether an expression, as far as it is understood, can be met only with a licence that `refuse`
 * names. A part that is not understood names none of them.
 *
 * @example namesRefusedLicence('AGPL-3.0-only AND as the file says', ['AGPL-3.0-only']) // true
 */
export function namesRefusedLicence(expression: string, refuse: readonly string[]): boolean {
  const refused = refuse.map(readLicence).filter((licence) => licence !== null);
  const judge = (text: string): LicenceVerdict =>
    isRefused(text, refused) ? 'refused' : 'allowed';
  return judgeExpression(expression, judge) === 'refused';
}

function isRefused(text: string, refused: readonly Licence[]): boolean {
  const licence = readLicence(text) ?? readWithoutException(text);
  if (licence === null) return false;
  const base = licence.own ? readWithoutException(text) : null;
  return refused.some((one) => refuses(one, licence) || (base !== null && refuses(one, base)));
}

/**
 * The licence before an exception that SPDX lacks. Debian's copyright files name many such
 * exceptions, and so do databases of other packages; the inventory keeps them as
 * `LicenseRef-debian-AGPL-3-or-later-with-…`.
 */
function readWithoutException(text: string): Licence | null {
  const plain = text.trim().replace(/^LicenseRef-(?:debian|rpm|apk|alpm|ebuild)-/, '');
  const at = plain.search(/[\s-]with[\s-]/i);
  return at <= 0 ? null : readLicence(plain.slice(0, at).replace('-or-later', '+'));
}

/** The licences in an expression that `refuse` names, as they are written there. */
export function listRefusedLicences(
  expression: string,
  refuse: readonly string[],
): readonly string[] {
  const found = new Set<string>();
  judgeExpression(expression, (text) => {
    if (namesRefusedLicence(text, refuse)) found.add(text.trim());
    return 'unknown';
  });
  return [...found];
}

/**
 * The single licences of an expression, each once, with their exceptions; all of it where it is not
 * understood.
 *
 * @example listLicences('MIT AND (ISC OR Zlib)') // ['MIT', 'ISC', 'Zlib']
 */
export function listLicences(expression: string): readonly string[] {
  const found = new Set<string>();
  const { verdict } = readExpression(expression, (text) => {
    found.add(text);
    return 'refused';
  });
  return verdict === 'refused' ? [...found] : [expression];
}

type JudgeLeaf = (text: string) => LicenceVerdict;

function judgeExpression(expression: string, judge: JudgeLeaf): LicenceVerdict {
  return readExpression(expression, judge).verdict;
}

function readExpression(expression: string, judge: JudgeLeaf): LicenceChoice {
  const unknown = { verdict: 'unknown', chosen: expression } as const;
  if (expression.length > CHARACTERS_MAX) return unknown;
  if (readLicence(expression) !== null) return { verdict: judge(expression), chosen: expression };
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  const cursor: Cursor = { tokens, at: 0, depth: 0, judge };
  const term = readOr(cursor);
  return cursor.at === tokens.length ? term : unknown;
}

/** A part of an expression; `isOpen` if it is several branches, none of them chosen. */
interface Term extends LicenceChoice {
  readonly isOpen: boolean;
}

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
  depth: number;
  readonly judge: JudgeLeaf;
}

function readOr(cursor: Cursor): Term {
  let term = readAnd(cursor);
  while (isOperator(cursor.tokens[cursor.at], 'OR')) {
    cursor.at += 1;
    term = joinBranches(term, readAnd(cursor));
  }
  return term;
}

function joinBranches(one: Term, other: Term): Term {
  if (one.verdict === 'allowed') return one;
  if (other.verdict === 'allowed') return other;
  const verdict = pickWorst(one.verdict, other.verdict, 'unknown');
  return { verdict, chosen: `${one.chosen} OR ${other.chosen}`, isOpen: true };
}

function readAnd(cursor: Cursor): Term {
  let term = readTerm(cursor);
  while (isOperator(cursor.tokens[cursor.at], 'AND')) {
    cursor.at += 1;
    term = joinDuties(term, readTerm(cursor));
  }
  return term;
}

function joinDuties(one: Term, other: Term): Term {
  const isRefused = one.verdict === 'refused' || other.verdict === 'refused';
  const verdict = isRefused ? 'refused' : pickWorst(one.verdict, other.verdict, 'unknown');
  const chosen = [one, other].map((term) => (term.isOpen ? `(${term.chosen})` : term.chosen));
  return { verdict, chosen: chosen.join(' AND '), isOpen: false };
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
function readTerm(cursor: Cursor): Term {
  if (cursor.tokens[cursor.at] === '(') return readParenthesis(cursor);
  const start = cursor.at;
  while (cursor.at < cursor.tokens.length && !isBoundary(cursor.tokens[cursor.at])) cursor.at += 1;
  if (cursor.at === start) return giveUp(cursor);
  const chosen = cursor.tokens.slice(start, cursor.at).join(' ');
  return { verdict: cursor.judge(chosen), chosen, isOpen: false };
}

/**
 * An expression that never closes, or that nests too deep, stops the reading there. The rest is
 * left over, so everything is unknown.
 */
function readParenthesis(cursor: Cursor): Term {
  if (cursor.depth >= DEPTH_MAX) return giveUp(cursor);
  cursor.at += 1;
  cursor.depth += 1;
  const term = readOr(cursor);
  cursor.depth -= 1;
  if (cursor.tokens[cursor.at] !== ')') return giveUp(cursor);
  cursor.at += 1;
  return term;
}

function giveUp(cursor: Cursor): Term {
  cursor.at = Number.POSITIVE_INFINITY;
  return { verdict: 'unknown', chosen: '', isOpen: false };
}

function isBoundary(token: string | undefined): boolean {
  return token === '(' || token === ')' || isOperator(token, 'AND') || isOperator(token, 'OR');
}

/** Upper case by annex D; tools write lower case too, and no licence has these names. */
function isOperator(token: string | undefined, operator: 'AND' | 'OR'): boolean {
  return token === operator || token === operator.toLowerCase();
}

interface Terms {
  readonly every: boolean;
  readonly allowed: readonly Licence[];
  readonly refused: readonly Licence[];
}

function judgeLeaf(text: string, { every, allowed, refused }: Terms): LicenceVerdict {
  const licence = readLicence(text);
  if (licence === null) return isRefused(text, refused) ? 'refused' : 'unknown';
  const named = allowed.some((other) => covers(other, licence));
  const ruling = refused.filter((other) => refuses(other, licence));
  // An exception that is allowed by its name, of a licence that is refused without it.
  const isExcepted = named && licence.exception !== null;
  // mutant refused-licence-by-name by licenses: condition -> false
  if (ruling.some(({ exception }) => !isExcepted || exception !== null)) return 'refused';
  if (named) return 'allowed';
  if (!every) return 'refused';
  // A name of somebody's own may stand for any text.
  // mutant own-name-of-a-licence by licenses: condition -> true
  if (!licence.own) return 'allowed';
  return isRefused(text, refused) ? 'refused' : 'unknown';
}

/**
 * Whether a refused licence is this one, also with an exception, which gives more rights but takes
 * none of its duties away. "Or later" leaves a choice only where there is a later version.
 */
function refuses(refused: Licence, declared: Licence): boolean {
  if (refused.exception !== null && refused.exception !== declared.exception) return false;
  if (refused.family === null || refused.family !== declared.family)
    return refused.id === declared.id;
  const order = compareVersions(declared.version, refused.version);
  if (refused.orLater) return order >= 0;
  if (order !== 0) return false;
  // mutant later-version-that-does-not-exist by licenses: remove operand 2
  return !declared.orLater || isNewestVersion(declared.family, declared.version);
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
  // `CC-BY-NC-3.0-DE` is version 3.0, as written for one country.
  const [, family, version] = /^(.+)-([0-9]+(?:[.][0-9]+)*)(?:-[A-Z]{2,3})?$/.exec(id) ?? [];
  return {
    id,
    family: family ?? null,
    version: (version ?? '').split('.').map(Number),
    orLater: open,
    exception: info.exception ?? null,
    own: /(?:^|:)LicenseRef-/.test(info.license),
  };
}

function parseInfo(text: string): parse.Info | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

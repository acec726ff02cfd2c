import { LIMITS } from '../../../core/limits.ts';
import { rememberParsed } from '../parse-memo.ts';
import { compareDigits, compareText, isCommit, type VersionScheme } from '../version-scheme.ts';

/** A number, a qualifier, or the list behind a hyphen or a change between digits and letters. */
type Item = NumberItem | QualifierItem | ListItem;
interface NumberItem {
  readonly kind: 'number';
  readonly digits: string;
}
interface QualifierItem {
  readonly kind: 'qualifier';
  readonly rank: string;
}
interface ListItem {
  readonly kind: 'list';
  readonly items: Item[];
}

const RANKED = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const RELEASE_RANK = String(RANKED.indexOf(''));
// Maps: a qualifier may be called `constructor`.
const ALIASES = new Map([
  ['ga', ''],
  ['final', ''],
  ['release', ''],
  ['cr', 'rc'],
]);
const SHORT = new Map([
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
]);
/** Every hyphen opens a list within a list. */
const DEPTH_MAX = 512;

/**
 * The order of ComparableVersion in Maven 3.9.16: a qualifier behind a dot is one behind a hyphen.
 * test/interop/maven-order.test.ts compares with Maven itself. That order has circles where a dot
 * follows a qualifier (`1 < 1.x.1 < 1-beta < 1`) and where a part is nothing (`1 < 1-x < 1-0-beta <
 * 1`).
 */
export const mavenScheme: VersionScheme = {
  name: 'maven',
  compare(one, other) {
    const a = parseRemembered(one);
    const b = parseRemembered(other);
    return a === null || b === null ? null : compareItems(a, b);
  },
  isDoubtful: (version, bound) =>
    isNoVersion(version) || beginsWithDigit(version) !== beginsWithDigit(bound),
};

/**
 * A word alone, such as `LATEST` or a branch, and what has a character that Maven allows in no
 * version (maven-model-builder, DefaultModelValidator): `${revision}`, `[1,2)`.
 */
function isNoVersion(text: string): boolean {
  return !/\d/.test(text) || !/^[\w.+~-]+$/.test(text);
}

/** `v1.2` comes before `1.0` in this order. */
function beginsWithDigit(text: string): boolean {
  return isDigit(text.charAt(0));
}

const parseRemembered = rememberParsed(parseVersion);

function parseVersion(text: string): ListItem | null {
  if (text.length > LIMITS.versionBytesMax || !/^[!-~]+$/.test(text)) return null;
  // Some repositories name a version by its commit.
  // mutant commit-as-maven-version by versions: condition -> false
  if (isCommit(text)) return null;
  const lists: ListItem[] = [{ kind: 'list', items: [] }];
  let list = lists[0] as ListItem;
  const openList = (): void => {
    const inner: ListItem = { kind: 'list', items: [] };
    list.items.push(inner);
    lists.push(inner);
    list = inner;
  };
  for (const token of tokenize(text.toLowerCase())) {
    // `.x` is `-x`, but for a qualifier that a separator follows.
    // mutant qualifier-behind-a-dot by versions: condition -> false
    if (token.isTail && list.items.length > 0) openList();
    list.items.push(toItem(token.text, token.beforeDigit));
    if (token.opens) openList();
  }
  if (lists.length > DEPTH_MAX) return null;
  for (const inner of lists.toReversed()) trimNulls(inner.items);
  return lists[0] ?? null;
}

interface Token {
  readonly text: string;
  /** Whether a hyphen or a change between digits and letters follows. */
  readonly opens: boolean;
  readonly beforeDigit: boolean;
  /** A qualifier that digits follow, or nothing. */
  readonly isTail: boolean;
}

function* tokenize(text: string): Generator<Token> {
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '.' || char === '-') {
      yield {
        text: at === start ? '0' : text.slice(start, at),
        opens: char === '-',
        beforeDigit: false,
        isTail: false,
      };
      start = at + 1;
    } else if (at > start && isDigit(char) !== isDigit(text.charAt(at - 1))) {
      const beforeDigit = isDigit(char);
      yield { text: text.slice(start, at), opens: true, beforeDigit, isTail: beforeDigit };
      start = at;
    }
  }
  if (start === text.length) return;
  const isTail = !isDigit(text.charAt(start));
  yield { text: text.slice(start), opens: false, beforeDigit: false, isTail };
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

function toItem(text: string, beforeDigit: boolean): Item {
  if (isDigit(text.charAt(0))) return { kind: 'number', digits: text };
  const long = beforeDigit ? (SHORT.get(text) ?? text) : text;
  return { kind: 'qualifier', rank: rankQualifier(ALIASES.get(long) ?? long) };
}

function rankQualifier(qualifier: string): string {
  const rank = RANKED.indexOf(qualifier);
  return rank === -1 ? `${RANKED.length}-${qualifier}` : String(rank);
}

/** Removes trailing zeros and release qualifiers, which mean nothing; lists behind them stay. */
function trimNulls(items: Item[]): void {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at];
    if (item === undefined) continue;
    if (isNull(item)) items.splice(at, 1);
    else if (item.kind !== 'list') break;
  }
}

function isNull(item: Item): boolean {
  if (item.kind === 'number') return /^0+$/.test(item.digits);
  if (item.kind === 'qualifier') return item.rank === RELEASE_RANK;
  return item.items.length === 0;
}

function compareItems(one: Item | undefined, other: Item | undefined): number {
  if (one === undefined) return other === undefined ? 0 : -compareItems(other, undefined);
  if (other === undefined) return compareToNothing(one);
  if (one.kind !== other.kind) return rankKind(one) - rankKind(other);
  if (one.kind === 'number' && other.kind === 'number')
    return compareDigits(one.digits, other.digits);
  if (one.kind === 'qualifier' && other.kind === 'qualifier')
    return compareText(one.rank, other.rank);
  return one.kind === 'list' && other.kind === 'list' ? compareLists(one.items, other.items) : 0;
}

/** `1.x` before `1-1` before `1.1`. */
function rankKind(item: Item): number {
  return { qualifier: 0, list: 1, number: 2 }[item.kind];
}

function compareToNothing(item: Item): number {
  if (item.kind === 'number') return isNull(item) ? 0 : 1;
  if (item.kind === 'qualifier') return compareText(item.rank, RELEASE_RANK);
  return compareLists(item.items, []);
}

function compareLists(one: readonly Item[], other: readonly Item[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const order = compareItems(one[at], other[at]);
    if (order !== 0) return order;
  }
  return 0;
}

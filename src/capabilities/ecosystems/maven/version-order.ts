import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { compareDigits, compareText, type VersionScheme } from '../version-scheme.ts';

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
const ALIASES: Readonly<Record<string, string>> = { ga: '', final: '', release: '', cr: 'rc' };
const SHORT: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', m: 'milestone' };
/** Every hyphen opens a list within a list. */
const DEPTH_MAX = 512;

/**
 * The order of Maven's ComparableVersion (Maven POM reference, "Version Order Specification"), as
 * the published vectors have it: `.x` comes before `-x`. That order has a circle where a version
 * has a qualifier behind a dot, or begins with one: `1 < 1.x < 1-beta < 1`. Otherwise it is total.
 */
export const mavenScheme: VersionScheme = {
  name: 'maven',
  compare(one, other) {
    const a = parseCached(one);
    const b = parseCached(other);
    return a === null || b === null ? null : compareItems(a, b);
  },
};

/**
 * The records of one package list the same versions again and again; the memory for them is
 * bounded.
 */
const memo = new Map<string, ListItem | null>();
const MEMO_MAX = 8_192;

function parseCached(text: string): ListItem | null {
  const known = memo.get(text);
  if (known !== undefined) return known;
  if (memo.size >= MEMO_MAX) memo.clear();
  const version = parseVersion(text);
  if (text.length < 64) memo.set(text, version);
  return version;
}

function parseVersion(text: string): ListItem | null {
  if (text.length > LIMITS.versionBytesMax || !/^[!-~]+$/.test(text)) return null;
  const lists: ListItem[] = [{ kind: 'list', items: [] }];
  let list = lists[0] as ListItem;
  const openList = (): void => {
    const inner: ListItem = { kind: 'list', items: [] };
    list.items.push(inner);
    lists.push(inner);
    list = inner;
  };
  for (const token of tokenize(text.toLowerCase())) {
    list.items.push(toItem(token.text, token.beforeDigit));
    if (token.opens) openList();
  }
  if (lists.length > DEPTH_MAX) return null;
  for (const inner of lists.slice(1).reverse()) {
    trimNulls(inner.items);
    unwrapList(inner);
  }
  const whole = lists[0] as ListItem;
  trimNulls(whole.items);
  return whole;
}

interface Token {
  readonly text: string;
  /** Whether a hyphen or a change between digits and letters follows. */
  readonly opens: boolean;
  readonly beforeDigit: boolean;
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
      };
      start = at + 1;
    } else if (at > start && isDigit(char) !== isDigit(text.charAt(at - 1))) {
      yield { text: text.slice(start, at), opens: true, beforeDigit: isDigit(char) };
      start = at;
    }
  }
  if (start < text.length) yield { text: text.slice(start), opens: false, beforeDigit: false };
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

function toItem(text: string, beforeDigit: boolean): Item {
  if (isDigit(text.charAt(0))) return { kind: 'number', digits: text };
  const long = beforeDigit ? (getOwn(SHORT, text) ?? text) : text;
  return { kind: 'qualifier', rank: rankQualifier(getOwn(ALIASES, long) ?? long) };
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

/** `1-ga-1` is `1-1`: the list behind a removed qualifier takes its place. */
function unwrapList(list: ListItem): void {
  const [first] = list.items;
  if (list.items.length === 1 && first?.kind === 'list') list.items.splice(0, 1, ...first.items);
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

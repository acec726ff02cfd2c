import type { Instant } from '../../core/instant.ts';
import { findNaming } from '../ecosystems/index.ts';

/** That a feed covers an ecosystem, in one release of a distribution: `npm`, `Debian:12`. */
export interface FeedCoverage {
  readonly ecosystem: string;
  /** The name of the file. */
  readonly feed: string;
  /** Its records that name the ecosystem. */
  readonly records: number;
  /**
   * The databases of these records: what their ids begin with, such as `GHSA`. Empty where an
   * earlier Waybill did not note it.
   */
  readonly databases: readonly string[];
  /** The newest modification of such a record that is not later than the import. */
  readonly newest: Instant | null;
  /** When the feed was exported, where the file says so. */
  readonly exportedAt: Instant | null;
  readonly importedAt: Instant | null;
}

/** How old the data is: what a newer record would say is not known. Null: the feed is undated. */
export function dateFeed({ newest, exportedAt }: FeedCoverage): Instant | null {
  if (newest === null || exportedAt === null) return newest ?? exportedAt;
  return newest > exportedAt ? newest : exportedAt;
}

/** The age of the oldest of these feeds; null where one is undated, or where there is none. */
export function dateOldest(feeds: readonly FeedCoverage[]): Instant | null {
  const dates = feeds.map(dateFeed);
  if (dates.some((date) => date === null)) return null;
  return (dates as readonly Instant[]).toSorted((one, other) => one - other)[0] ?? null;
}

/**
 * The feeds that date what is known of each ecosystem that a matcher reads. The records of all
 * feeds count together, so of each database the newest feed counts: an export of yesterday replaces
 * one of last year. A feed of another database does not: fresh records of GHSA say nothing about
 * what became known of malicious packages meanwhile.
 */
export function listStanding(coverage: readonly FeedCoverage[]): readonly FeedCoverage[] {
  const matched = coverage.filter(({ ecosystem }) => isMatched(ecosystem));
  const byEcosystem = Map.groupBy(matched, ({ ecosystem }) => ecosystem);
  return [...byEcosystem.values()].flatMap(pickNewest);
}

/** Of feeds of one package: the newest of each database, each once. */
export function pickNewest(feeds: readonly FeedCoverage[]): readonly FeedCoverage[] {
  const newest = new Map<string, FeedCoverage>();
  for (const feed of feeds) {
    for (const database of feed.databases.length === 0 ? [UNNAMED] : feed.databases) {
      const other = newest.get(database);
      // mutant newest-feed-dates-all: condition -> newest.size === 0 || (other !== undefined &&
      //   isNewer(feed, other))
      if (other === undefined || isNewer(feed, other)) newest.set(database, feed);
    }
  }
  return [...new Set(newest.values())];
}

/** Of ids without a database, and of those that are too many to be told apart. */
export const UNNAMED = '';

function isNewer(one: FeedCoverage, other: FeedCoverage): boolean {
  return (dateFeed(one) ?? -1) > (dateFeed(other) ?? -1);
}

/** Whether a matcher reads the ecosystem. What is only stored is not covered. */
export function isMatched(ecosystem: string): boolean {
  return findNaming(ecosystem) !== null;
}

/** Files that an import read, and what they cover. */
export interface FeedImport {
  readonly importedAt: Instant;
  /** Each with the number of its records that could not be read. */
  readonly files: readonly { readonly feed: string; readonly rejected: number }[];
  readonly coverage: readonly FeedCoverage[];
}

/** Feeds of one ecosystem that are remembered beside those that date it. */
const FEEDS_MAX = 8;
/** Of those that date it. */
const STANDING_MAX = 64;

/**
 * What feeds cover after an import, by ecosystem. A file that was imported before under the same
 * name is replaced; a single advisory that is imported later does not make a feed look old. Those
 * that were imported last are kept, and those that date the ecosystem.
 */
export function uniteCoverage(
  before: readonly FeedCoverage[],
  imported: readonly FeedCoverage[],
): readonly FeedCoverage[] {
  const formatKey = ({ ecosystem, feed }: FeedCoverage): string => `${ecosystem}\n${feed}`;
  const replaced = new Set(imported.map(formatKey));
  const all = [...imported, ...before.filter((feed) => !replaced.has(formatKey(feed)))];
  const byEcosystem = Map.groupBy(all, ({ ecosystem }) => ecosystem);
  return [...byEcosystem.keys()]
    .sort()
    .flatMap((ecosystem) => keepFeeds(byEcosystem.get(ecosystem) ?? []));
}

function keepFeeds(feeds: readonly FeedCoverage[]): readonly FeedCoverage[] {
  const standing = new Set(pickNewest(feeds).slice(0, STANDING_MAX));
  const last = new Set(feeds.slice(0, FEEDS_MAX));
  // mutant standing-feed-forgotten: operand 1 -> false
  return feeds.filter((feed) => standing.has(feed) || last.has(feed));
}

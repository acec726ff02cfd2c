import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { findNaming } from '../ecosystems/index.ts';
import type { Advisory } from './advisory.ts';

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
const UNNAMED = '';

function isNewer(one: FeedCoverage, other: FeedCoverage): boolean {
  return (dateFeed(one) ?? -1) > (dateFeed(other) ?? -1);
}

/** Whether a matcher reads the ecosystem. What is only stored is not covered. */
export function isMatched(ecosystem: string): boolean {
  return findNaming(ecosystem) !== null;
}

interface FeedDates {
  readonly feed: string;
  readonly exportedAt: Instant | null;
  readonly importedAt: Instant | null;
}

/**
 * Finds out which ecosystems a feed covers while it is read. A record that names several does not
 * show that the feed is one of them: a feed of Go may hold one record that names a Maven package
 * too. So a feed covers an ecosystem when it has a record that names nothing else; the releases of
 * one distribution count as one ecosystem.
 */
export class FeedSurvey {
  readonly #named = new Map<string, Mention>();
  readonly #families = new Set<string>();
  readonly #now: Instant | null;

  /** A date later than `now` is not believed. */
  constructor(now: Instant | null) {
    this.#now = now;
  }

  add({ id, affected, modified, published }: Advisory): void {
    const ecosystems = new Set(affected.map(({ ecosystem }) => ecosystem));
    const families = new Set([...ecosystems].map(takeFamily));
    const [family] = families;
    // mutant record-of-two-ecosystems-is-a-feed by feed-coverage: condition -> true
    if (families.size === 1 && family !== undefined) this.#families.add(family);
    const date = modified ?? published;
    const dated = date !== null && (this.#now === null || date <= this.#now) ? date : null;
    for (const ecosystem of ecosystems) {
      const named = this.#named.get(ecosystem) ?? createMention();
      const isBounded =
        this.#named.size < LIMITS.feedEcosystemsMax && ecosystem.length <= LIMITS.feedNameMax;
      if (named.records === 0 && !isBounded) continue;
      named.records++;
      named.databases.add(hasRoom(named.databases) ? readDatabase(id) : UNNAMED);
      if (dated !== null && dated > (named.newest ?? 0)) named.newest = dated;
      this.#named.set(ecosystem, named);
    }
  }

  /** In the order of their names. An export of the future is of unknown date. */
  conclude({ feed, exportedAt, importedAt }: FeedDates): readonly FeedCoverage[] {
    const isPast = exportedAt !== null && (this.#now === null || exportedAt <= this.#now);
    return [...this.#named]
      .filter(([ecosystem]) => this.#families.has(takeFamily(ecosystem)))
      .map(([ecosystem, named]) => ({
        ecosystem,
        feed,
        records: named.records,
        databases: [...named.databases].sort(),
        newest: named.newest,
        exportedAt: isPast ? exportedAt : null,
        importedAt,
      }))
      .sort((one, other) => (one.ecosystem < other.ecosystem ? -1 : 1));
  }
}

interface Mention {
  records: number;
  newest: Instant | null;
  readonly databases: Set<string>;
}

const createMention = (): Mention => ({ records: 0, newest: null, databases: new Set() });

const hasRoom = ({ size }: Set<string>): boolean => size < LIMITS.feedDatabasesMax - 1;

/** The prefix that the schema of OSV reserves for each database (ossf.github.io/osv-schema/#id). */
function readDatabase(id: string): string {
  return /^[A-Za-z][A-Za-z0-9]{0,31}(?=-)/.exec(id)?.[0] ?? UNNAMED;
}

/** `Debian` of `Debian:12`: a distribution has one feed for all its releases. */
export function takeFamily(ecosystem: string): string {
  return ecosystem.split(':', 1)[0] ?? '';
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

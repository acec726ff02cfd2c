import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Advisory } from './advisory.ts';
import { type FeedCoverage, UNNAMED } from './feed-coverage.ts';

interface FeedDates {
  readonly feed: string;
  readonly exportedAt: Instant | null;
  readonly importedAt: Instant | null;
}

/** Records of an ecosystem that the file is not the feed of: they are found, and prove nothing. */
export interface LooseRecords {
  readonly ecosystem: string;
  readonly feed: string;
  readonly records: number;
}

/** What a file was found to be. Both lists are in the order of the ecosystems' names. */
export interface SurveyResult {
  readonly coverage: readonly FeedCoverage[];
  readonly loose: readonly LooseRecords[];
}

/** Records that a file needs to be taken for a feed, and a release to be taken for a part of it. */
const BODY_MIN = 10;
/** Records of one ecosystem alone, in a file of several ecosystems. */
const SHARED_BODY_MIN = 100;
/** So many ecosystems with such a body show a database of everything, small ones included. */
const GENERAL_MIN = 5;

/**
 * Finds out which ecosystems a file is the feed of while it is read. That a file names an ecosystem
 * shows nothing: one record may be all that it has of it, and one of Go may name a Maven package
 * too. So a file is the feed of an ecosystem that the importer says it is the feed of, and of
 * those that are its main body: of 10 records, each names the ecosystem, or 100 name nothing else
 * (10 in a file with five such ecosystems). The releases of one distribution count as one
 * ecosystem; of these it covers those that each record names, or else those with 10 records.
 */
export class FeedSurvey {
  readonly #named = new Map<string, Mention>();
  readonly #families = new Map<string, Family>();
  readonly #now: Instant | null;
  #records = 0;

  /** A date later than `now` is not believed. */
  constructor(now: Instant | null) {
    this.#now = now;
  }

  add({ id, affected, modified, published }: Advisory): void {
    const ecosystems = new Set<string>();
    let before = '';
    for (let at = 0; at < affected.length; at++) {
      const ecosystem = affected[at]?.ecosystem ?? '';
      if (ecosystem !== before) ecosystems.add(ecosystem);
      before = ecosystem;
    }
    if (ecosystems.size === 0) return;
    this.#records++;
    this.#addFamilies(ecosystems);
    const date = modified ?? published;
    const dated = date !== null && (this.#now === null || date <= this.#now) ? date : null;
    for (const ecosystem of ecosystems) {
      const named = this.#named.get(ecosystem) ?? createMention();
      if (named.records === 0 && !isBounded(ecosystem, this.#named)) continue;
      named.records++;
      named.databases.add(hasRoom(named.databases) ? takeDatabase(id) : UNNAMED);
      if (dated !== null && dated > (named.newest ?? 0)) named.newest = dated;
      this.#named.set(ecosystem, named);
    }
  }

  #addFamilies(ecosystems: ReadonlySet<string>): void {
    const families = new Set([...ecosystems].map(takeFamily));
    for (const name of families) {
      const family = this.#families.get(name) ?? { records: 0, alone: 0 };
      if (family.records === 0 && !isBounded(name, this.#families)) continue;
      family.records++;
      // mutant record-of-two-ecosystems-is-a-feed by feed-coverage: condition -> true
      if (families.size === 1) family.alone++;
      this.#families.set(name, family);
    }
  }

  /**
   * `covers` names what the file is said to be the feed of: ecosystems, or releases of one. Where
   * its publisher says that (`claimed`), its records show nothing more. An export of the future is
   * of unknown date.
   */
  conclude(
    { feed, exportedAt, importedAt }: FeedDates,
    covers: ReadonlySet<string>,
    claimed: readonly string[] | null = null,
  ): SurveyResult {
    const isPast = exportedAt !== null && (this.#now === null || exportedAt <= this.#now);
    const isCovered = this.#listCovered(covers, claimed);
    const all = [...this.#named].sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      coverage: all
        .filter(([ecosystem]) => isCovered.has(ecosystem))
        .map(([ecosystem, named]) => ({
          ecosystem,
          feed,
          records: named.records,
          databases: [...named.databases].sort(),
          newest: named.newest,
          exportedAt: isPast ? exportedAt : null,
          importedAt,
        })),
      loose: all
        .filter(([ecosystem]) => !isCovered.has(ecosystem))
        .map(([ecosystem, { records }]) => ({ ecosystem, feed, records })),
    };
  }

  /** What it would cover if it were the feed of all that it names. */
  concludeAll(dates: FeedDates): readonly FeedCoverage[] {
    return this.conclude(dates, new Set(this.#named.keys())).coverage;
  }

  #listCovered(
    covers: ReadonlySet<string>,
    claimed: readonly string[] | null,
  ): ReadonlySet<string> {
    // mutant half-a-feed-by-its-records by feed-claims: condition -> true
    const bodies = claimed === null ? this.#listBodies() : new Set<string>();
    const releases = Map.groupBy(this.#named.keys(), takeFamily);
    const covered = [...releases].flatMap(([family, names]) => {
      if (covers.has(family)) return names;
      return names.filter(
        (name) =>
          covers.has(name) ||
          claimed?.includes(name) === true ||
          (bodies.has(family) && this.#isBody(name, family, names)),
      );
    });
    return new Set(covered);
  }

  #listBodies(): ReadonlySet<string> {
    // mutant one-record-is-a-feed by feed-coverage: condition -> false
    if (this.#records < BODY_MIN) return new Set();
    const large = [...this.#families.values()].filter(({ alone }) => alone >= SHARED_BODY_MIN);
    // mutant few-records-of-a-mixed-feed by feed-coverage: value -> BODY_MIN
    const aloneMin = large.length >= GENERAL_MIN ? BODY_MIN : SHARED_BODY_MIN;
    const bodies = [...this.#families].filter(
      ([, { records, alone }]) => records === this.#records || alone >= aloneMin,
    );
    return new Set(bodies.map(([family]) => family));
  }

  /** An export of one release names it in each record, and others only where they share it. */
  #isBody(name: string, family: string, releases: readonly string[]): boolean {
    const all = this.#families.get(family)?.records ?? 0;
    const count = (release: string): number => this.#named.get(release)?.records ?? 0;
    // mutant release-beside-the-one-of-a-feed by feed-coverage: condition -> false
    if (releases.some((release) => count(release) === all)) return count(name) === all;
    return count(name) >= BODY_MIN;
  }
}

interface Family {
  records: number;
  /** Those that name no other family. */
  alone: number;
}

interface Mention {
  records: number;
  newest: Instant | null;
  readonly databases: Set<string>;
}

const createMention = (): Mention => ({ records: 0, newest: null, databases: new Set() });

const isBounded = (name: string, named: ReadonlyMap<string, unknown>): boolean =>
  named.size < LIMITS.feedEcosystemsMax && name.length <= LIMITS.feedNameMax;

const hasRoom = ({ size }: Set<string>): boolean => size < LIMITS.feedDatabasesMax - 1;

/** The prefix that the schema of OSV reserves for each database (ossf.github.io/osv-schema/#id). */
export function takeDatabase(id: string): string {
  return /^[A-Za-z][A-Za-z0-9]{0,31}(?=-)/.exec(id)?.[0] ?? UNNAMED;
}

/** The ecosystem without a release of it: `Debian` of `Debian:12`. */
export function takeFamily(ecosystem: string): string {
  return ecosystem.split(':', 1)[0] ?? '';
}

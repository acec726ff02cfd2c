import {
  dateOldest,
  type FeedCoverage,
  pickNewest,
} from '../../../capabilities/advisories/index.ts';
import type { NotCoveredReason } from '../../../capabilities/graph/index.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { toFeed } from '../write/feed-row.ts';
import { isBelieved, type Scope } from './scope.ts';

/** Where advisories are looked up for components of one kind, and what is known there. */
export interface JudgedLookup {
  readonly label: string;
  readonly isMatched: boolean;
  readonly ecosystems: readonly string[];
  /** The feeds that date it; none where no feed covers it (pickNewest). */
  readonly feeds: readonly FeedCoverage[];
}

/**
 * Why absence may not be concluded for these components; null if it may. As a scan judges it: a
 * matcher and a feed. `named` is about one vulnerability, the ecosystems of the packages that its
 * advisories name: where a feed covers an ecosystem and says nothing of it about the vulnerability,
 * its components are not affected as far as the feed knows, whether we could match them or not.
 */
export function explainOpen(
  { isMatched, ecosystems, feeds }: JudgedLookup,
  named: ReadonlySet<string> | null,
): NotCoveredReason | null {
  // mutant no-feed-is-clean by not-covered: remove
  if (feeds.length === 0) return isMatched ? 'no-feed' : 'no-matcher';
  if (isMatched) return null;
  // mutant unmatched-is-clean by not-covered: operand 1 -> false
  const isNamed = named === null || ecosystems.some((ecosystem) => named.has(ecosystem));
  return isNamed ? 'no-matcher' : null;
}

/** Reads lookups once for each question: there are few kinds of components. */
export class Lookups {
  readonly #scope: Scope;
  readonly #judged = new Map<number, JudgedLookup>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  async judge(ids: Iterable<number>): Promise<ReadonlyMap<number, JudgedLookup>> {
    const missing = [...new Set(ids)].filter((id) => !this.#judged.has(id));
    for (const some of splitIntoChunks(missing)) await this.#read(some);
    return this.#judged;
  }

  /** How old the data is that these components were looked up in; null if that is unknown. */
  date(ids: Iterable<number>): Instant | null {
    const feeds = new Set<FeedCoverage>();
    for (const id of ids) {
      const lookup = this.#judged.get(id);
      if (lookup?.isMatched === true) for (const feed of lookup.feeds) feeds.add(feed);
    }
    return dateOldest([...feeds]);
  }

  async #read(ids: readonly number[]): Promise<void> {
    const { db, shard } = this.#scope;
    const rows = await db
      .selectFrom('lookup')
      .select(['id', 'label', 'matched'])
      .where('shard', '=', shard)
      .where('id', 'in', ids)
      .execute();
    const places = await db
      .selectFrom('lookup_ecosystem')
      .select(['lookup', 'ecosystem'])
      .where('shard', '=', shard)
      .where('lookup', 'in', ids)
      .orderBy('lookup')
      .orderBy('ecosystem')
      .execute();
    const feeds = await this.#readFeeds(ids);
    for (const { id, label, matched } of rows) {
      const ecosystems = places
        .filter(({ lookup }) => lookup === id)
        .map(({ ecosystem }) => ecosystem);
      this.#judged.set(id, {
        label,
        isMatched: matched === 1,
        ecosystems,
        feeds: pickNewest(feeds.get(id) ?? []),
      });
    }
  }

  async #readFeeds(ids: readonly number[]): Promise<ReadonlyMap<number, readonly FeedCoverage[]>> {
    const { db, shard } = this.#scope;
    const rows = await db
      .selectFrom('lookup_ecosystem')
      .innerJoin('feed', inOrder)
      .selectAll('feed')
      .select('lookup_ecosystem.lookup')
      .where('lookup_ecosystem.shard', '=', shard)
      .where('lookup_ecosystem.lookup', 'in', ids)
      .whereRef('feed.shard', '=', 'lookup_ecosystem.shard')
      .whereRef('feed.ecosystem', '=', 'lookup_ecosystem.ecosystem')
      .where((row) => isBelieved(row, 'feed', this.#scope))
      .orderBy('feed.known_from', 'desc')
      .orderBy('feed.feed')
      .execute();
    const known = new Map<string, FeedCoverage>();
    const byLookup = new Map<number, FeedCoverage[]>();
    for (const row of rows) {
      const key = `${row.ecosystem}\n${row.feed}`;
      const feed = known.get(key) ?? toFeed(row);
      known.set(key, feed);
      byLookup.set(row.lookup, [...(byLookup.get(row.lookup) ?? []), feed]);
    }
    return byLookup;
  }
}

/** Records of imported feeds that could not be read: each may have named any package. */
export async function countRejected(scope: Scope): Promise<number> {
  const row = await scope.db
    .selectFrom('feed_rejection')
    .select(({ fn }) => fn.sum<number | null>('records').as('records'))
    .where('shard', '=', scope.shard)
    .where((row) => isBelieved(row, 'feed_rejection', scope))
    .executeTakeFirst();
  return Number(row?.records ?? 0);
}

/**
 * The ecosystems of the packages that the believed advisories of these vulnerabilities name. Null
 * if there are too many to say.
 */
export async function readNamedEcosystems(
  scope: Scope,
  vulnerabilities: readonly number[],
): Promise<ReadonlySet<string> | null> {
  const named = new Set<string>();
  for (const some of splitIntoChunks(vulnerabilities)) {
    const rows = await scope.db
      .selectFrom('advisory_belief as belief')
      .innerJoin('advisory_package as named', inOrder)
      .select('named.key')
      .where('belief.shard', '=', scope.shard)
      .where('belief.vulnerability', 'in', some)
      .where((row) => isBelieved(row, 'belief', scope))
      .whereRef('named.advisory', '=', 'belief.advisory')
      .limit(LIMITS.questionVersionsMax)
      .execute();
    if (rows.length === LIMITS.questionVersionsMax) return null;
    for (const { key } of rows) named.add(key.slice(0, key.indexOf('/')));
  }
  return named;
}

import type { Instant } from '../../core/instant.ts';
import type { FeedCoverage } from './feed-coverage.ts';
import { takeFamily } from './feed-survey.ts';

/** What is known of an ecosystem's folder in an export when it was read. */
export interface ExportOrigin {
  readonly ecosystem: string;
  /** The name of the feed. */
  readonly feed: string;
  /** Its records; null where the list did not change. */
  readonly listed: number | null;
  /** When it was as it is here; null: nobody says so. */
  readonly exportedAt: Instant | null;
  readonly importedAt: Instant;
}

/**
 * What the export of an ecosystem covers: this ecosystem with the releases that its records name,
 * and no other, whatever else they name. `before` is what the index knew of the feed, whose records
 * it keeps; `surveyed` is what the records that were read now show.
 */
export function coverExport(
  origin: ExportOrigin,
  before: readonly FeedCoverage[],
  surveyed: readonly FeedCoverage[],
): readonly FeedCoverage[] {
  const { ecosystem, feed, listed, exportedAt, importedAt } = origin;
  const isOwn = (one: FeedCoverage): boolean => takeFamily(one.ecosystem) === ecosystem;
  const known = new Map<string, FeedCoverage>();
  for (const one of before) if (isOwn(one) && one.feed === feed) known.set(one.ecosystem, one);
  // mutant export-covers-what-it-names: condition -> true
  for (const one of surveyed)
    if (isOwn(one)) known.set(one.ecosystem, unite(known.get(one.ecosystem), one));
  const own = { feed, exportedAt, importedAt };
  // A distribution has records for its releases: of another release it says nothing.
  if (known.size === 0)
    return [{ ecosystem, records: listed ?? 0, databases: [], newest: null, ...own }];
  return [...known.values()].map((one) => ({
    ...one,
    ...own,
    records: one.ecosystem === ecosystem ? (listed ?? one.records) : one.records,
  }));
}

function unite(before: FeedCoverage | undefined, now: FeedCoverage): FeedCoverage {
  if (before === undefined) return now;
  const newest = [before.newest ?? 0, now.newest ?? 0].toSorted((one, other) => other - one)[0];
  return {
    ...now,
    records: Math.max(before.records, now.records),
    databases: [...new Set([...before.databases, ...now.databases])].sort(),
    newest: newest === 0 ? null : (newest as Instant),
  };
}

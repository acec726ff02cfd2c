import type { FeedCoverage } from '../../../capabilities/advisories/index.ts';
import { toInstant } from '../../../core/instant.ts';

/** What a row of the table `feed` says. */
export function toFeed(row: {
  readonly ecosystem: string;
  readonly feed: string;
  readonly records: number;
  readonly databases: string;
  readonly newest: number | null;
  readonly exported_at: number | null;
  readonly imported_at: number;
}): FeedCoverage {
  const { ecosystem, feed, records, databases } = row;
  return {
    ecosystem,
    feed,
    records,
    databases: JSON.parse(databases) as readonly string[],
    newest: row.newest === null ? null : toInstant(row.newest),
    exportedAt: row.exported_at === null ? null : toInstant(row.exported_at),
    importedAt: toInstant(row.imported_at),
  };
}

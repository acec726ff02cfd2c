import { type FeedCoverage, uniteCoverage } from '../../../capabilities/advisories/index.ts';
import type { FeedsRecord } from '../../../capabilities/evidence/index.ts';
import { splitIntoChunks } from './chunks.ts';
import { toFeed } from './feed-row.ts';
import type { Projection } from './projection.ts';

const FEED_COLUMNS = [
  'shard',
  'ecosystem',
  'feed',
  'records',
  'databases',
  'newest',
  'exported_at',
  'imported_at',
  'known_from',
];

/** What feeds cover from now on. A file that was imported before is replaced. */
export async function projectFeeds(projection: Projection, record: FeedsRecord): Promise<void> {
  const { connected, shard, position } = projection;
  const { importedAt } = record;
  const imported = record.coverage.map((feed): FeedCoverage => ({ ...feed, importedAt }));
  const ecosystems = [...new Set(imported.map(({ ecosystem }) => ecosystem))].sort();
  const before = await readFeeds(projection, ecosystems);
  const kept = new Set(uniteCoverage(before, imported));
  await endFeeds(
    projection,
    before.filter((feed) => !kept.has(feed)),
  );
  const rows = imported
    .filter((feed) => kept.has(feed))
    .map(({ ecosystem, feed, records, databases, newest, exportedAt }) => [
      ...[shard, ecosystem, feed, records, JSON.stringify(databases)],
      ...[newest, exportedAt, importedAt, position],
    ]);
  await connected.insertRows('feed', FEED_COLUMNS, rows, true);
  await projectRejections(projection, record.files);
}

/** Those that were imported last come first. */
async function readFeeds(
  { connected, shard }: Projection,
  ecosystems: readonly string[],
): Promise<readonly FeedCoverage[]> {
  const found: FeedCoverage[] = [];
  for (const some of splitIntoChunks(ecosystems)) {
    const rows = await connected.db
      .selectFrom('feed')
      .selectAll()
      .where('shard', '=', shard)
      .where('ecosystem', 'in', some)
      .where('known_to', 'is', null)
      .orderBy('known_from', 'desc')
      .orderBy('feed')
      .execute();
    found.push(...rows.map(toFeed));
  }
  return found;
}

async function endFeeds(
  { connected, shard, position }: Projection,
  feeds: readonly FeedCoverage[],
): Promise<void> {
  for (const [feed, ended] of Map.groupBy(feeds, (one) => one.feed)) {
    for (const some of splitIntoChunks(ended.map(({ ecosystem }) => ecosystem)))
      await connected.db
        .updateTable('feed')
        .set({ known_to: position })
        .where('shard', '=', shard)
        .where('ecosystem', 'in', some)
        .where('known_to', 'is', null)
        .where('feed', '=', feed)
        .execute();
  }
}

async function projectRejections(
  { connected, shard, position }: Projection,
  files: FeedsRecord['files'],
): Promise<void> {
  for (const some of splitIntoChunks(files))
    await connected.db
      .updateTable('feed_rejection')
      .set({ known_to: position })
      .where('shard', '=', shard)
      .where('known_to', 'is', null)
      .where(
        'feed',
        'in',
        some.map(({ feed }) => feed),
      )
      .execute();
  const rejected = files.filter((file) => file.rejected > 0);
  const rows = rejected.map((file) => [shard, file.feed, file.rejected, position]);
  const columns = ['shard', 'feed', 'records', 'known_from'];
  await connected.insertRows('feed_rejection', columns, rows, true);
}

import {
  type AdvisoryDataInfo,
  dateFeed,
  isMatched,
  listStanding,
} from '../../capabilities/advisories/index.ts';
import { type AnswerInstant, formatAnswerInstant, type Instant } from '../../core/instant.ts';
import type { SchemaValue } from './report/schemas.ts';

/** What is known of the advisory data, as commands print it. */
export function encodeAdvisoryData(
  info: AdvisoryDataInfo,
): SchemaValue<'scan'>['targets'][number]['report']['data'] {
  const coverage = info.coverage.map((feed) => ({
    ecosystem: feed.ecosystem,
    matched: isMatched(feed.ecosystem),
    feed: feed.feed,
    databases: feed.databases,
    records: feed.records,
    updatedAt: formatMoment(dateFeed(feed)),
    importedAt: formatMoment(feed.importedAt),
  }));
  return {
    ...info,
    newest: formatMoment(info.newest),
    importedAt: formatMoment(info.importedAt),
    ecosystems: listEcosystems(info),
    coverage,
  };
}

/** The ecosystems that feeds cover and a matcher reads. */
export function listEcosystems({ coverage }: AdvisoryDataInfo): readonly string[] {
  return [...new Set(listStanding(coverage).map(({ ecosystem }) => ecosystem))];
}

export function formatMoment(at: Instant | null): AnswerInstant | null {
  return at === null ? null : formatAnswerInstant(at);
}

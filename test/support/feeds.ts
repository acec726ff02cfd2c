import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import type { Instant } from '../../src/core/instant.ts';
import { makeDay, recordInput } from './graph-history.ts';

interface FeedOptions {
  readonly feed?: string;
  readonly newest?: Instant | null;
  readonly rejected?: number;
  readonly databases?: readonly string[];
  readonly importedAt?: Instant;
}

/** What an import of one file records: that it covers these ecosystems. */
export function feedsInput(
  ecosystems: readonly string[],
  { feed = 'all.zip', newest = makeDay(1), rejected = 0, ...rest }: FeedOptions = {},
): EvidenceInput {
  const { databases = ['GHSA'], importedAt = makeDay(2) } = rest;
  return recordInput('feeds', {
    importedAt,
    files: [{ feed, rejected }],
    coverage: ecosystems.map((ecosystem) => ({
      ecosystem,
      feed,
      records: 1,
      databases: [...databases],
      newest,
      exportedAt: null,
    })),
  });
}

/** The ecosystems that the tests' packages are in. */
export const FEEDS = feedsInput(['npm', 'maven', 'Maven', 'Debian:12', 'deb']);

import { expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { coverExport } from './export-coverage.ts';
import type { FeedCoverage } from './feed-coverage.ts';

const now = toInstant(Date.UTC(2026, 0, 2));
const origin = { feed: 'mirror', listed: 7, exportedAt: now, importedAt: now };
const survey = (ecosystem: string, feed = 'mirror'): FeedCoverage => {
  const dates = { newest: toInstant(1), exportedAt: null, importedAt: null };
  return { ecosystem, feed, records: 1, databases: ['GHSA'], ...dates };
};

it('truth A21: an export covers its own ecosystem, whatever else its records name', () => {
  const covers = (ecosystem: string, before: readonly FeedCoverage[], ...named: string[]) =>
    coverExport(
      { ...origin, ecosystem },
      before,
      named.map((name) => survey(name)),
    ).map((one) => [one.ecosystem, one.records, one.exportedAt]);
  expect(covers('npm', [], 'npm', 'Maven')).toEqual([['npm', 7, now]]);
  expect(covers('Debian', [], 'Debian:12', 'Debian:13', 'npm')).toEqual([
    ['Debian:12', 1, now],
    ['Debian:13', 1, now],
  ]);
  const before = [survey('npm'), survey('npm', 'another'), survey('Maven')];
  expect(covers('npm', before)).toEqual([['npm', 7, now]]);
  expect(covers('npm', [])).toEqual([['npm', 7, now]]);
});

import { describe, expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import {
  dateFeed,
  dateOldest,
  type FeedCoverage,
  isMatched,
  listStanding,
  uniteCoverage,
} from './feed-coverage.ts';
import { FeedSurvey } from './feed-survey.ts';
import { parseOsv } from './parse-osv.ts';

const NOW = toInstant(Date.UTC(2026, 10, 22));
const day = (number: number) => toInstant(Date.UTC(2026, 10, number));
const iso = (number: number) => new Date(day(number)).toISOString();

/** A record modified on a day, of packages such as `npm/left-pad`. */
function record(at: number | null, ...packages: readonly string[]) {
  const affected = packages.map((of) => {
    const [ecosystem, name] = of.split('/');
    return { package: { ecosystem, name }, versions: ['1'] };
  });
  const modified = at === null ? {} : { modified: iso(at) };
  return orThrow(parseOsv(JSON.stringify({ id: `X-${packages.join()}`, ...modified, affected })));
}

type Records = readonly ReturnType<typeof record>[];

function conclude(records: Records, covers: readonly string[], exportedAt: number | null = null) {
  const found = new FeedSurvey(NOW);
  for (const one of records) found.add(one);
  const dates = { feed: 'a.zip', importedAt: NOW };
  const at = exportedAt === null ? null : day(exportedAt);
  return found.conclude({ ...dates, exportedAt: at }, new Set(covers));
}

/** Of a file that is said to be the feed of these, however small. */
const survey = (records: Records, exportedAt: number | null = null) =>
  conclude(records, ['npm', 'Maven', 'Go', 'Debian'], exportedAt).coverage;

const listFeeds = (...of: Parameters<typeof survey>) =>
  survey(...of).map((feed) => [feed.ecosystem, feed.records, dateFeed(feed)]);

describe('truth A21: what a feed covers', () => {
  const many = (count: number, ...packages: readonly string[]) =>
    Array.from({ length: count }, () => record(3, ...packages));

  it.each<[string, Records, readonly string[], readonly string[]]>([
    ['one record', many(1, 'npm/a'), [], []],
    ['nine records', many(9, 'npm/a'), [], []],
    ['ten records of one ecosystem', many(10, 'npm/a'), [], ['npm']],
    ['one record, said to be all', many(1, 'npm/a'), ['npm'], ['npm']],
    ['a record of what the file was not said to cover', many(1, 'npm/a'), ['Go'], []],
    ['records that span', [...many(20, 'Go/a'), ...many(5, 'Go/b', 'Maven/c')], [], ['Go']],
    ['100 that span', [...many(200, 'Go/a'), ...many(100, 'Go/b', 'Maven/c')], [], ['Go']],
    ['span alone', many(20, 'Go/b', 'Maven/c'), [], ['Go', 'Maven']],
    ['a stray record', [...many(200, 'Go/a'), ...many(1, 'Maven/c')], [], ['Go']],
    ['99 of another', [...many(200, 'Go/a'), ...many(99, 'Maven/c')], [], ['Go']],
    ['100 of another', [...many(200, 'Go/a'), ...many(100, 'Maven/c')], [], ['Go', 'Maven']],
    [
      'a database of everything',
      [
        ...['Go', 'Maven', 'npm', 'PyPI', 'NuGet'].flatMap((of) => many(100, `${of}/a`)),
        ...[...many(10, 'Pub/a'), ...many(9, 'Hex/a')],
      ],
      [],
      ['Go', 'Maven', 'NuGet', 'Pub', 'PyPI', 'npm'],
    ],
    [
      'a release with a stray record',
      [...many(20, 'Debian:11/a'), ...many(15, 'Debian:12/a'), ...many(1, 'Debian:13/a')],
      [],
      ['Debian:11', 'Debian:12'],
    ],
    [
      'an export of one release that shares most records',
      [...many(5, 'Debian:11/a'), ...many(20, 'Debian:11/a', 'Debian:12/a')],
      [],
      ['Debian:11'],
    ],
    [
      'a release that was named',
      many(1, 'Debian:11/a', 'Debian:12/a'),
      ['Debian:12'],
      ['Debian:12'],
    ],
    [
      'a distribution',
      many(1, 'Debian:11/a', 'Debian:12/a'),
      ['Debian'],
      ['Debian:11', 'Debian:12'],
    ],
  ])('is its main body, or what it is said to be: %s', (_name, records, covers, expected) => {
    const { coverage, loose } = conclude(records, covers);
    expect(coverage.map(({ ecosystem }) => ecosystem)).toEqual(expected);
    const all = records.flatMap(({ affected }) => affected.map(({ ecosystem }) => ecosystem));
    const both = [...coverage, ...loose].map(({ ecosystem }) => ecosystem);
    expect(both.sort()).toEqual([...new Set(all)].sort());
  });

  it('is every release of a distribution that it names, each with its own age', () => {
    const found = listFeeds([record(3, 'Debian:11/a', 'Debian:12/a'), record(5, 'Debian:12/b')]);
    expect(found).toEqual([
      ['Debian:11', 1, day(3)],
      ['Debian:12', 2, day(5)],
    ]);
  });

  it('is kept by feed and ecosystem: a feed replaces itself, and a single advisory nothing', () => {
    const npm = survey([record(1, 'npm/a')]);
    const maven = survey([record(2, 'Maven/a')]);
    const news = survey([record(9, 'npm/a')]);
    const old = survey([record(1, 'npm/b')]).map((feed) => ({ ...feed, feed: 'one.json' }));
    const united = uniteCoverage(uniteCoverage([...npm, ...maven], news), old);
    expect(united.map(({ ecosystem, feed }) => [ecosystem, feed])).toEqual([
      ['Maven', 'a.zip'],
      ['npm', 'one.json'],
      ['npm', 'a.zip'],
    ]);
    const covered = listStanding(united);
    expect(covered.map((feed) => [feed.ecosystem, dateFeed(feed)])).toEqual([
      ['Maven', day(2)],
      ['npm', day(9)],
    ]);
    expect(dateOldest(covered)).toBe(day(2));
  });

  it('is remembered for a bounded number of feeds', () => {
    const daily = Array.from({ length: 20 }, (_, at) =>
      survey([record(1, 'npm/a')]).map((feed) => ({ ...feed, feed: `${at}.zip` })),
    );
    const none: readonly FeedCoverage[] = [];
    const united = daily.reduce((before, one) => uniteCoverage(before, one), none);
    expect(united.map(({ feed }) => feed).slice(0, 2)).toEqual(['19.zip', '18.zip']);
    expect(united.length).toBe(8);
  });

  it('is remembered for the feed of another database, however many came after it', () => {
    const make = (id: string, at: number, feed: string) =>
      survey([{ ...record(at, 'npm/a'), id }]).map((one) => ({ ...one, feed }));
    let united: readonly FeedCoverage[] = make('MAL-1', 1, 'malicious.zip');
    for (let at = 2; at < 15; at++) united = uniteCoverage(united, make('GHSA-1', at, `${at}.zip`));
    expect(united.map(({ feed }) => feed)).toContain('malicious.zip');
    expect(united).toHaveLength(9);
    expect(dateOldest(listStanding(united))).toBe(day(1));
  });

  it('truth A1: is not matched where no matcher reads it', () => {
    expect(['npm', 'Maven', 'Debian:12', 'Go', 'opam', 'constructor'].map(isMatched)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('truth A4: the age of a feed', () => {
  it('is not that of a fresher feed of another database, but an older export is replaced', () => {
    const make = (database: string, at: number, feed: string) =>
      survey([{ ...record(at, 'npm/a'), id: `${database}-1` }]).map((one) => ({ ...one, feed }));
    const [old, malicious, fresh] = [
      make('GHSA', 1, 'ghsa-january.zip'),
      make('MAL', 2, 'malicious.zip'),
      make('GHSA', 9, 'ghsa.zip'),
    ];
    expect(dateOldest(listStanding([...old, ...fresh]))).toBe(day(9));
    expect(dateOldest(listStanding([...old, ...malicious, ...fresh]))).toBe(day(2));
    expect(malicious.map(({ databases }) => databases)).toEqual([['MAL']]);
    const noted = fresh.map((feed) => ({ ...feed, databases: [] }));
    expect(dateOldest(listStanding(noted))).toBe(day(9));
  });

  it('tells a bounded number of databases apart, and no id is lost', () => {
    const ids = Array.from({ length: 40 }, (_, at) => `DB${at}-1`);
    const [feed] = survey(ids.map((id) => ({ ...record(1, 'npm/a'), id })));
    expect([feed?.databases.length, feed?.databases.includes('')]).toEqual([17, true]);
    const [odd] = survey(
      ['', '-1', 'é-1', 'x'.repeat(99)].map((id) => ({ ...record(1, 'npm/a'), id })),
    );
    expect(odd?.databases).toEqual(['']);
  });

  it('is that of its newest record or of its export, not that of the import', () => {
    expect(listFeeds([record(3, 'npm/a'), record(2, 'npm/b')])).toEqual([['npm', 2, day(3)]]);
    expect(listFeeds([record(3, 'npm/a')], 9)).toEqual([['npm', 1, day(9)]]);
    expect(listFeeds([record(9, 'npm/a')], 3)).toEqual([['npm', 1, day(9)]]);
  });

  it('is unknown without either; what is dated later than the import is not believed', () => {
    expect(listFeeds([record(null, 'npm/a')])).toEqual([['npm', 1, null]]);
    expect(listFeeds([record(25, 'npm/a')], 26)).toEqual([['npm', 1, null]]);
    expect(dateOldest([...survey([record(3, 'npm/a')]), ...survey([record(null, 'Go/a')])])).toBe(
      null,
    );
    expect(dateOldest([])).toBe(null);
  });
});

import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { FeedSurvey } from '../feed-survey.ts';
import { readOsv } from '../parse-osv.ts';
import { settleClaims } from './claims.ts';
import type { FeedClaim } from './feed-format.ts';

const claimPart = (name: string, release: string): FeedClaim => ({
  covers: [`Alpine:${release}`],
  part: { name, of: ['main', 'community'] },
  exportedAt: null,
});

describe('ADR 32: what files of a publisher cover', () => {
  it('is a release where all its parts are there, and nothing where one is not', () => {
    const main = claimPart('main', 'v3.20');
    const community = claimPart('community', 'v3.20');
    const older = claimPart('community', 'v3.19');
    expect([...settleClaims(new Map([['a', main]]))]).toEqual([['a', []]]);
    const two = settleClaims(
      new Map([
        ['a', main],
        ['b', older],
      ]),
    );
    expect([...two.values()]).toEqual([[], []]);
    const all = settleClaims(
      new Map([
        ['a', main],
        ['b', community],
        ['c', older],
      ]),
    );
    expect([...all.values()]).toEqual([['Alpine:v3.20'], ['Alpine:v3.20'], []]);
    const alone: FeedClaim = { covers: ['Wolfi'], part: null, exportedAt: null };
    expect([...settleClaims(new Map([['a', alone]])).values()]).toEqual([['Wolfi']]);
  });

  it('is not what the number of their records shows', () => {
    const survey = new FeedSurvey(null);
    for (let at = 0; at < 20; at++) {
      const affected = [{ package: { ecosystem: 'Alpine:v3.20', name: 'a' } }];
      survey.add(orThrow(readOsv({ id: `ALPINESECDB-${at}`, affected })));
    }
    const dates = { feed: 'main.json', exportedAt: null, importedAt: null };
    const cover = (claimed: readonly string[] | null, covers: readonly string[] = []) =>
      survey.conclude(dates, new Set(covers), claimed).coverage.map(({ ecosystem }) => ecosystem);
    expect(cover(null)).toEqual(['Alpine:v3.20']);
    expect(cover([])).toEqual([]);
    expect(cover(['Alpine:v3.20'])).toEqual(['Alpine:v3.20']);
    expect(cover([], ['Alpine'])).toEqual(['Alpine:v3.20']);
  });
});

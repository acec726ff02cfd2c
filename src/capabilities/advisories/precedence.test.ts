import { describe, expect, it } from 'vitest';
import { type Instant, toInstant } from '../../core/instant.ts';
import { toCanonicalPurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { findAddress } from './address.ts';
import type { FeedCoverage } from './feed-coverage.ts';
import { matchAdvisory } from './match.ts';
import { readOsv } from './parse-osv.ts';
import { pickDeciding } from './precedence.ts';

const DEB = 'pkg:deb/debian/openssl@3.0.13-1?distro=debian-12';
const DAY = 86_400_000;
const at = (day: number): Instant => toInstant(Date.UTC(2026, 0, 1) + day * DAY);
const formatDay = (day: number): string => new Date(at(day)).toISOString();
const range = (fixed: string) => [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }];
const affect = (fixed: string | null, ecosystem = 'Debian:12', name = 'openssl') => [
  { package: { ecosystem, name }, ...(fixed === null ? {} : { ranges: range(fixed) }) },
];

const bulletin = (day: number | null = 10) => ({
  id: 'DSA-1-1',
  upstream: ['CVE-1', 'CVE-2'],
  ...(day === null ? {} : { modified: formatDay(day) }),
  affected: affect('3.0.14-1'),
});
const tracked = (fixed: string | null, more: object = {}) => ({
  id: 'DEBIANTRACKER-openssl-CVE-1',
  upstream: ['CVE-1'],
  affected: affect(fixed),
  ...more,
});
const makeFeed = (day: number | null): readonly FeedCoverage[] => [
  {
    ...{ ecosystem: 'Debian:12', feed: 'tracker.json', records: 1, databases: ['DEBIANTRACKER'] },
    ...{ newest: null, exportedAt: day === null ? null : at(day), importedAt: at(30) },
  },
];

function decide(
  records: readonly object[],
  feeds: readonly FeedCoverage[] = makeFeed(20),
  purlText = DEB,
): readonly string[] {
  const purl = orThrow(toCanonicalPurl(purlText));
  const addressing = findAddress({ purl, version: '', source: null });
  if (addressing.kind !== 'address') throw new RangeError(addressing.why);
  const { address } = addressing;
  const said = records.map((value) => {
    const record = orThrow(readOsv(value as never));
    return { address, record, match: matchAdvisory(address, record) };
  });
  return pickDeciding(purl, said, feeds).map(({ record }) => record.id);
}

const BOTH = ['DSA-1-1', 'DEBIANTRACKER-openssl-CVE-1'];
const OWN = ['DEBIANTRACKER-openssl-CVE-1'];

describe('ADR 44: what a distribution says of one vulnerability alone', () => {
  it.each<readonly [string, string | null, readonly string[]]>([
    ['was never in it', '0', OWN],
    ['is fixed in the installed version', '3.0.13-1', OWN],
    ['is fixed later', '3.0.15-1', BOTH],
    ['is not known yet', null, BOTH],
  ])('that it %s decides against a bulletin only where it is sure', (_, fixed, expected) => {
    expect(decide([bulletin(), tracked(fixed)])).toEqual(expected);
  });

  it('clears nothing that was said later, or when its own age is unknown', () => {
    expect(decide([bulletin(10), tracked('0')], makeFeed(10))).toEqual(OWN);
    expect(decide([bulletin(11), tracked('0')], makeFeed(10))).toEqual(BOTH);
    expect(decide([bulletin(null), tracked('0')])).toEqual(BOTH);
    expect(decide([bulletin(), tracked('0')], makeFeed(null))).toEqual(BOTH);
    expect(decide([bulletin(), tracked('0')], [])).toEqual(BOTH);
    const dated = { ...tracked('0', { modified: formatDay(20) }), id: 'DEBIAN-CVE-1' };
    expect(decide([bulletin(), dated], [])).toEqual(['DEBIAN-CVE-1']);
    expect(decide([bulletin(), dated, tracked('0')], [])).toHaveLength(3);
  });

  it('clears nothing where it contradicts itself', () => {
    const other = { ...tracked('3.0.15-1'), id: 'DEBIANTRACKER-other-CVE-1' };
    expect(decide([bulletin(), tracked('0'), other])).toHaveLength(3);
  });

  it('says nothing of another package, and nothing of packages of no distribution', () => {
    const elsewhere = tracked('0', { affected: affect('0', 'Debian:12', 'curl') });
    expect(decide([bulletin(), elsewhere])).toEqual(BOTH);
    const npm = [
      { ...bulletin(), affected: affect('2.0.0', 'npm', 'a') },
      tracked('0', { affected: affect('0', 'npm', 'a') }),
    ];
    expect(decide(npm, makeFeed(20), 'pkg:npm/a@1.0.0')).toEqual(BOTH);
  });
});

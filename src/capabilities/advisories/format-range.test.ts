import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Purl } from '../../core/purl.ts';
import type { PackageAddress } from '../ecosystems/index.ts';
import { findNaming } from '../ecosystems/index.ts';
import type { Advisory, VersionEvent } from './advisory.ts';
import { formatRange } from './format-range.ts';
import { matchAdvisory } from './match.ts';
import { isInRange, isVersRange } from './version-range.ts';

const scheme = findNaming('npm')?.scheme;
if (scheme === undefined) throw new Error('npm has no order of versions');
const order = scheme;

const PURL = 'pkg:npm/a@1.0.0' as Purl;
const address = (version: string): PackageAddress => ({
  ...{ ecosystems: ['npm'], name: 'a', version, scheme: order },
});
const advise = (
  ranges: readonly (readonly VersionEvent[])[],
  versions: readonly string[] = [],
): Advisory =>
  ({
    id: 'OSV-1',
    affected: [
      {
        ...{ ecosystem: 'npm', name: 'a', severities: [], versions },
        ranges: ranges.map((events) => ({ type: 'SEMVER', events })),
      },
    ],
  }) as unknown as Advisory;
const event = (text: string): VersionEvent => {
  const [kind = '', version = ''] = text.split(' ');
  return { kind: kind as VersionEvent['kind'], version };
};
const format = (ranges: readonly (readonly string[])[], versions: readonly string[] = []) =>
  formatRange(
    PURL,
    address('1.0.0'),
    advise(
      ranges.map((one) => one.map(event)),
      versions,
    ),
  );

describe('B3: the versions that an advisory calls affected are said as VERS', () => {
  it.each([
    [[['introduced 0', 'fixed 1.2.3']], [], 'vers:npm/<1.2.3'],
    [[['introduced 1.0.0', 'fixed 1.2.3']], [], 'vers:npm/>=1.0.0|<1.2.3'],
    [[['introduced 1.0.0', 'last_affected 1.2.3']], [], 'vers:npm/>=1.0.0|<=1.2.3'],
    [[['introduced 0']], [], 'vers:npm/*'],
    [[['fixed 2.0.0']], [], 'vers:npm/<2.0.0'],
    [
      [['fixed 3.1.0', 'introduced 3.0.0', 'fixed 1.0.1', 'introduced 0']],
      [],
      'vers:npm/<1.0.1|>=3.0.0|<3.1.0',
    ],
    [[['introduced 1.0.0', 'fixed 2.0.0'], ['introduced 2.0.0']], [], 'vers:npm/>=1.0.0'],
    [[], ['1.0.0', '1.1.0-rc.1+x'], 'vers:npm/1.0.0|1.1.0-rc.1+x'],
    [[['introduced 1.0.0', 'fixed 2.0.0']], ['1.5.0', '3.0.0'], 'vers:npm/>=1.0.0|<2.0.0|3.0.0'],
  ])('%j %j as %s', (ranges, versions, expected) => {
    expect(format(ranges, versions)).toBe(expected);
    expect(isVersRange(expected)).toBe(true);
  });

  it('or not at all, where the form cannot say it', () => {
    expect(format([['introduced 1.0.0', 'fixed 2.0.0', 'limit 1.5.0']])).toBeNull();
    expect(format([['introduced 1.0.0', 'limit *']])).toBe('vers:npm/>=1.0.0');
    expect(format([['introduced main']])).toBeNull();
    expect(format([], ['main'])).toBeNull();
    expect(format([])).toBeNull();
    const many = Array.from({ length: 200 }, (_, at) => `${at}.0.0`);
    expect(format([], many)).toBeNull();
  });

  it('so that a version is in the range exactly where the advisory names it', () => {
    const version = fc
      .tuple(fc.nat({ max: 3 }), fc.nat({ max: 2 }), fc.constantFrom('', '-rc.1'))
      .map(([major, minor, more]) => `${major}.${minor}.0${more}`);
    const kind = fc.constantFrom('introduced', 'fixed', 'last_affected');
    const events = fc.array(
      fc.oneof(fc.record({ kind, version }), fc.constant({ kind: 'introduced', version: '0' })),
      { maxLength: 6 },
    );
    const ranges = fc.array(events, { maxLength: 3 });
    const listed = fc.array(version, { maxLength: 3 });
    fc.assert(
      fc.property(ranges, listed, version, (each, versions, asked) => {
        const advisory = advise(each as VersionEvent[][], versions);
        const range = formatRange(PURL, address(asked), advisory);
        const { status } = matchAdvisory(address(asked), advisory);
        if (range === null) return status !== 'affected';
        expect([range, isVersRange(range)]).toEqual([range, true]);
        const isIn = isInRange(range, (bound) => order.compare(asked, bound));
        expect([range, asked, isIn]).toEqual([range, asked, status === 'affected']);
        return true;
      }),
      { numRuns: 2_000 },
    );
  });

  it('truth B1: a record that lists very many versions is not put in order', () => {
    const versions = Array.from({ length: 200_000 }, (_, at) => `${at}.0.0`);
    expect(format([], versions)).toBeNull();
    expect(format([versions.map((version) => `introduced ${version}`)])).toBeNull();
  });
});

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../../test/support/test-data.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { apkScheme } from '../../ecosystems/apk/version-order.ts';
import { pubScheme } from '../../ecosystems/dart/pub-order.ts';
import { debianScheme } from '../../ecosystems/debian/version-order.ts';
import { hackageScheme } from '../../ecosystems/haskell/index.ts';
import { mavenScheme } from '../../ecosystems/maven/version-order.ts';
import { nugetScheme } from '../../ecosystems/nuget/version-order.ts';
import { packagistScheme } from '../../ecosystems/php/packagist-order.ts';
import { pythonScheme } from '../../ecosystems/python/version-order.ts';
import { cranScheme } from '../../ecosystems/r/index.ts';
import { rpmScheme } from '../../ecosystems/rpm/version-order.ts';
import { gemScheme } from '../../ecosystems/ruby/gem-order.ts';
import { semverScheme } from '../../ecosystems/semver-order.ts';
import type { VersionScheme } from '../../ecosystems/version-scheme.ts';
import { matchAdvisory } from '../match.ts';
import { parseOsv } from '../parse-osv.ts';

const vectors = testData('vectors/versions');
const dpkg = existsSync('/usr/bin/dpkg') ? '/usr/bin/dpkg' : null;
if (dpkg === null) console.warn('skipped: dpkg is not installed');

interface Vector {
  readonly one: string;
  readonly sign: string;
  readonly other: string;
}

function readVectors(file: string): readonly Vector[] {
  const bytes = readFileSync(join(vectors ?? '', file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text.split('\n').flatMap((line) => {
    const [, one, sign, other] = /^(\S+) ([<>=]) (\S+)$/.exec(line) ?? [];
    return one === undefined || sign === undefined || other === undefined
      ? []
      : [{ one, sign, other }];
  });
}

function toSign(order: number | null): string {
  if (order === null) return 'no version';
  if (order === 0) return '=';
  return order < 0 ? '<' : '>';
}

/**
 * Vectors from before Maven 3.8.7 (MNG-7559, MNG-7644): maven-artifact 3.9.16 orders them the other
 * way round, which test/interop/maven-order.test.ts asks it.
 */
const OUTDATED = new Set([
  '1-1 = 1-ga-1',
  '1.0.0-RC16 < 1.0.0.RC8-beta',
  '1.0.0-gradle-rework-beta3 < 1.0.0.RC7-3',
  '2.9.0-1 < 2.9.0.RC1',
  '6.1.12.rc5 < 6.1.12rc1',
  ...['1.1.31', '1.1.34', '1.1.46', '1.2.31', '1.2.48', '1.2.50', '1.2.54', '1.2.57', '1.2.60'].map(
    (version) => `${version}.sec10 < ${version}_noneautotype`,
  ),
  '1.2.67.sec10 < 1.2.67_noneautotype',
  '1.2.8.sec10_noneautotype < 1.2.8_noneautotype',
  '1.0.0rc0 < 1.0.beta8',
  '1.5.9.RC1 < 1.5.9-RC0',
  '1.1.0-01-glassfish < 1.1.0.Beta1',
]);

/**
 * Vectors of PHP's `version_compare`, which Composer asks only after it has given both versions one
 * form: 1.0 is 1.0.0, `stable` is nothing, capitals do not count, and a branch is no version.
 * test/interop/php-oracle.test.ts asks Composer itself.
 */
const NOT_OF_COMPOSER = new Set([
  ...['1.0.0 > 1.0', 'dev-foo < 1.26.0', '1.26.0 > dev-foo', 'v3.0 < v3.0.0-beta'],
  ...['v3.4 < v3.4.0-alpha', 'v4-beta4 < v4.0-alpha', 'v1.9.0-ALPHA.1 = v1.9.0-BETA.1'],
  ...['v1.9.0-BETA.1 < v1.9.0-ALPHA.2', 'v1.9.0-ALPHA.2 = v1.9.0-BETA.2'],
  ...['5.1.0-stable < 5.1.0-beta2', 'v4.4 < v4.4.0-beta', 'v6.5 < v6.5.0-beta-0'],
  'v6.6 < v6.6.0-beta',
]);

function isOutdated(scheme: VersionScheme, { one, sign, other }: Vector): boolean {
  const line = `${one} ${sign} ${other}`;
  if (scheme === packagistScheme) return NOT_OF_COMPOSER.has(line);
  return scheme === mavenScheme && OUTDATED.has(line);
}

const TURNED: Readonly<Record<string, string>> = { '<': '>', '>': '<', '=': '=' };

describe.skipIf(vectors === null)(
  'version orders agree with every published vector, read in both directions',
  () => {
    it.each([
      ['semver-versions.txt', semverScheme, 86],
      ['debian-versions.txt', debianScheme, 30],
      ['debian-versions-generated.txt.gz', debianScheme, 14_442],
      ['alpine-versions.txt', apkScheme, 778],
      ['alpine-versions-generated.txt.gz', apkScheme, 13_979],
      ['redhat-versions.txt', rpmScheme, 165],
      ['maven-versions.txt', mavenScheme, 102],
      ['maven-versions-generated.txt.gz', mavenScheme, 14_752],
      ['rubygems-versions.txt', gemScheme, 25],
      ['rubygems-versions-generated.txt.gz', gemScheme, 4_098],
      ['packagist-versions.txt', packagistScheme, 95],
      ['packagist-versions-generated.txt.gz', packagistScheme, 10_630],
      ['pub-versions.txt', pubScheme, 100],
      ['hackage-versions.txt', hackageScheme, 11],
      ['cran-versions.txt', cranScheme, 21],
      ['cran-versions-generated.txt.gz', cranScheme, 57],
      ['pypi-versions.txt', pythonScheme, 37],
      ['pypi-versions-generated.txt.gz', pythonScheme, 12_375],
      ['nuget-versions.txt', nugetScheme, 35],
    ] as const)('D15: %s', (file, scheme, count) => {
      const all = readVectors(file);
      const lines = all.filter((line) => !isOutdated(scheme, line));
      const wrong = lines.filter(
        ({ one, sign, other }) =>
          toSign(scheme.compare(one, other)) !== sign ||
          toSign(scheme.compare(other, one)) !== TURNED[sign],
      );
      expect(wrong).toEqual([]);
      expect(all.length).toBe(count);
    });
  },
);

const versionLike = fc
  .array(
    fc.constantFrom(
      '0',
      '1',
      '2',
      '10',
      '007',
      '.',
      '-',
      '~',
      '+',
      ':',
      'a',
      'b',
      'rc',
      'alpha',
      'ga',
      'sp',
      'x',
    ),
    {
      minLength: 1,
      maxLength: 7,
    },
  )
  .map((parts) => parts.join(''));

const SCHEMES = [
  ...[semverScheme, debianScheme, mavenScheme, gemScheme, packagistScheme],
  ...[pythonScheme, apkScheme, rpmScheme, nugetScheme],
];

describe.each(SCHEMES)('$name versions', (scheme: VersionScheme) => {
  const version = versionLike.filter((text) => scheme.compare(text, text) !== null);

  it('are ordered totally: equal to themselves, and reversed when swapped', () => {
    fc.assert(
      fc.property(version, version, (one, other) => {
        expect(scheme.compare(one, one)).toBe(0);
        expect(toSign(scheme.compare(other, one))).toBe(TURNED[toSign(scheme.compare(one, other))]);
      }),
      { numRuns: 2_000 },
    );
  });

  // See the circles in Maven's order below: a dot behind a qualifier, and a part that is nothing.
  const tail = fc.array(fc.constantFrom('-1', '-x', '-beta', 'rc', 'b1', 'sp', '-10', '.0', '.2'), {
    maxLength: 4,
  });
  // apk sorts what is no version of it by its text.
  const isRegular = (text: string): boolean =>
    scheme !== apkScheme || /^[0-9]+(?:[.][0-9]+)*[ab]?$/.test(text);
  const regular =
    scheme === mavenScheme
      ? tail.map((parts) => `1${parts.join('')}`).filter((text) => !/[a-z][.]/.test(text))
      : version.filter(isRegular);

  it('are ordered transitively', () => {
    fc.assert(
      fc.property(regular, regular, regular, (a, b, c) => {
        const compare = (one: string, other: string): number =>
          scheme.compare(one, other) ?? Number.NaN;
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('never throw on any text, and a text over the limit is not a version', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => void scheme.compare(one, other)),
    );
    const longest = '1'.repeat(LIMITS.versionBytesMax);
    expect(scheme.compare(longest, longest)).toBe(0);
    expect(scheme.compare(`${longest}1`, '1')).toBeNull();
    expect(scheme.compare('', '1')).toBeNull();
  });

  it('stay cheap on hostile texts', () => {
    const hostile = [
      '1-'.repeat(500),
      '1a'.repeat(500),
      '0'.repeat(1_000),
      '1.'.repeat(500),
      `1${'-'.repeat(1_000)}`,
    ];
    for (const one of hostile) for (const other of hostile) scheme.compare(one, other);
  }, 2_000);
});

describe('truth A7: maven versions', () => {
  const listSigns = (...versions: readonly string[]): readonly string[] =>
    versions.slice(1).map((one, at) => toSign(mavenScheme.compare(versions[at] ?? '', one)));

  it('have a circle only where the order of Maven has one', () => {
    expect(listSigns('1', '1.x.1', '1-beta', '1')).toEqual(['<', '<', '<']);
    expect(listSigns('1', '1-x', '1-0-beta', '1')).toEqual(['<', '<', '<']);
  });

  it('count a qualifier behind a dot as one behind a hyphen', () => {
    expect(listSigns('9.0.0.M3', '9.0.0-M11', '9.0.0.RC1', '9.0.0')).toEqual(['<', '<', '<']);
    expect(listSigns('5.0.0.Beta1', '5.0.0.Final-redhat-00001')).toEqual(['<']);
    expect(listSigns('1.0.Final', '1.0', '1.0-ga')).toEqual(['=', '=']);
  });

  it('C06: between a beta and the next release are affected by a record from one on', () => {
    const advisory = orThrow(
      parseOsv(
        JSON.stringify({
          id: 'GHSA-aaaa-bbbb-cccc',
          affected: [
            {
              package: { ecosystem: 'Maven', name: 'org.example:lib' },
              ranges: [
                {
                  type: 'ECOSYSTEM',
                  events: [{ introduced: '1.2.0.Beta1' }, { fixed: '1.2.1' }],
                },
              ],
              versions: ['1.2.1-odd'],
            },
          ],
        }),
      ),
    );
    const judge = (version: string): string =>
      matchAdvisory(
        { ecosystems: ['Maven'], name: 'org.example:lib', version, scheme: mavenScheme },
        advisory,
      ).status;
    const between = ['.Beta1', '.CR1', '-CR1', '-RC1', '', '.Final', '-redhat-00001'];
    const later = ['.Final-redhat-00001', '-jbossorg-1', '-jre', '-1', '.1'];
    for (const tail of [...between, ...later])
      expect([tail, judge(`1.2.0${tail}`)]).toEqual([tail, 'affected']);
    expect([judge('1.2.0.Alpha9'), judge('1.2.1')]).toEqual(['not_affected', 'not_affected']);
    // What a record lists itself is affected, whatever the order says.
    expect(judge('1.2.1-odd')).toBe('affected');
  });

  it('are not the commits that some repositories use as versions', () => {
    for (const commit of ['9f885e2e1a', '9f885e2e890b9ef0875edd2b117305119ee5bdc5', 'abcdef0'])
      expect(mavenScheme.compare(commit, '1.0')).toBeNull();
    expect(mavenScheme.compare('20040616', '1.0')).toBeGreaterThan(0);
    expect(mavenScheme.compare('1.constructor1', '1.constructor2')).toBeLessThan(0);
  });
});

describe('truth A7: python versions', () => {
  const order = (...versions: readonly string[]): readonly string[] =>
    versions.slice(1).map((one, at) => toSign(pythonScheme.compare(versions[at] ?? '', one)));

  it('are those of PEP 440, and before them what it does not allow', () => {
    const rising = ['0.1-fox', '2011k', '1.dev0', '1a1.dev1', '1a1', '1b0', '1rc1', '1'];
    const later = ['1+a', '1+a.1', '1+1', '1.post0.dev1', '1-1', '1.0.1', '1!0'];
    expect(new Set(order(...rising, ...later))).toEqual(new Set(['<']));
    expect(order('1.0', '1', 'v1.0.0', ' 1.0.0 ', '01')).toEqual(['=', '=', '=', '=']);
    expect(order('1.0-rc.1', '1.0c1', '1.0PRE1')).toEqual(['=', '=']);
  });

  it('are no commits, addresses or ranges', () => {
    for (const text of ['9f885e2e1a', 'abcdef0', 'https://a.example/b', '>=1', '1.*', '1 2'])
      expect(pythonScheme.compare(text, '1')).toBeNull();
  });
});

describe('truth A7: a name that an order puts somewhere is no version', () => {
  const judge = (scheme: VersionScheme, version: string, fixed = '2.15.0'): string => {
    const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '2.0' }, { fixed }] }];
    const affected = [{ package: { ecosystem: 'Maven', name: 'a' }, ranges }];
    const record = orThrow(parseOsv(JSON.stringify({ id: 'EX-1', affected })));
    return matchAdvisory({ ecosystems: ['Maven'], name: 'a', version, scheme }, record).status;
  };

  it.each([
    [mavenScheme, ['LATEST', 'RELEASE', 'main', 'master-SNAPSHOT', 'unspecified', 'v2.14.1']],
    [mavenScheme, ['${project.version}', '${revision}', '[1.0,2.0)', '^1.0.0', 'git+https://a#1']],
    [pythonScheme, ['latest', 'main', 'unspecified', 'r1234', '2.x', '2011k']],
    [packagistScheme, ['r1234', 'release-1', '9f885e2e4a', '1f885e2']],
    [gemScheme, ['9f885e2e4a', '1f885e2e4a3b1c5d6e7f8091a2b3c4d5e6f70819', '9f885e2']],
  ] as const)('$0.name: %#', (scheme, versions) => {
    for (const version of versions) expect([version, judge(scheme, version)]).toContain('unknown');
  });

  it('and neither is a commit for those whose order begins with its first digit', () => {
    for (const scheme of [packagistScheme, gemScheme])
      for (const commit of ['9f885e2e4a', '1f885e2', `1${'a'.repeat(39)}`])
        expect(scheme.compare(commit, '2.0.0')).toBeNull();
  });

  it('but one with the form of the bounds is compared, and what is affected stays so', () => {
    expect(judge(mavenScheme, 'v1.9', 'v2.15')).toBe('unknown');
    for (const scheme of [mavenScheme, pythonScheme, packagistScheme, gemScheme]) {
      expect(judge(scheme, '1.9')).toBe('not_affected');
      expect(judge(scheme, '2.16.0')).toBe('not_affected');
      expect(judge(scheme, '2.14.1')).toBe('affected');
    }
    expect(judge(packagistScheme, 'v2.16.0')).toBe('not_affected');
    expect(judge(pythonScheme, 'v1.9rc1.post1')).toBe('not_affected');
  });
});

describe('semver versions', () => {
  const number = fc.nat({ max: 30 });
  const identifier = fc.stringMatching(/^(0|[1-9]\d{0,3}|[a-z-][0-9a-z-]{0,4})$/);
  const strict = fc
    .tuple(number, number, number, fc.array(identifier, { maxLength: 3 }))
    .map(([a, b, c, rest]) => `${a}.${b}.${c}${rest.length === 0 ? '' : `-${rest.join('.')}`}`);

  it('agree with npm on every version that npm can read', () => {
    fc.assert(
      fc.property(strict, strict, (one, other) => {
        expect(toSign(semverScheme.compare(one, other))).toBe(toSign(semver.compare(one, other)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('compare numbers that a double would round', () => {
    expect(semverScheme.compare('1.0.9007199254740993', '1.0.9007199254740992')).toBeGreaterThan(0);
  });

  it('truth A7, C03: do not read a commit as a version, whatever it begins with', () => {
    const commit = fc
      .tuple(fc.constantFrom(7, 8, 10, 12, 39, 40, 64), fc.stringMatching(/^[0-9a-f]{64}$/))
      .map(([length, text]) => text.slice(0, length));
    fc.assert(
      fc.property(commit, (text) => {
        expect(semverScheme.compare(text, '1.0.0')).toBeNull();
        expect(semverScheme.compare(text.toUpperCase(), text)).toBeNull();
      }),
    );
    for (const digit of '0123456789abcdef') {
      const text = `${digit}f885e2e890b9ef0875edd2b117305119ee5bdc5`;
      expect(semverScheme.compare(text, '4.17.21')).toBeNull();
    }
    for (const digits of ['1234567', '123456789012', '1'.repeat(40), '1'.repeat(64)])
      expect(semverScheme.compare(digits, '1.0.0')).toBeNull();
    expect(semverScheme.compare('2go', '2.0.0')).toBeNull();
    expect(semverScheme.compare('123456', '1.0.0')).toBeGreaterThan(0);
    expect(semverScheme.compare('0.0.0-20230101120000-abcdef123456', '0.0.0')).toBeLessThan(0);
  });

  it('do not read a tag, a URL or a range as a version', () => {
    for (const text of ['latest', 'https://example.com/a.tgz', '^1.0.0', '>=1', '1.x', '*']) {
      expect(semverScheme.compare(text, '1.0.0')).toBeNull();
    }
    expect(semverScheme.compare('v1.0', '1.0.0')).toBe(0);
  });
});

describe.skipIf(dpkg === null)('debian versions', () => {
  const part = fc.stringMatching(/^[0-9][0-9A-Za-z.+~]{0,6}$/);
  const version = fc
    .tuple(
      fc.option(fc.nat({ max: 3 })),
      part,
      fc.option(fc.stringMatching(/^[0-9A-Za-z.+~]{1,4}$/)),
    )
    .map(
      ([epoch, upstream, revision]) =>
        `${epoch === null ? '' : `${epoch}:`}${upstream}${revision === null ? '' : `-${revision}`}`,
    );

  it('agree with dpkg --compare-versions itself', () => {
    const sample = fc.sample(fc.tuple(version, version), { numRuns: 150, seed: 42 });
    for (const [one, other] of sample) {
      const order = debianScheme.compare(one, other) ?? Number.NaN;
      const relation = order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq';
      expect(
        () => execFileSync(dpkg ?? '', ['--compare-versions', one, relation, other]),
        `${one} ${relation} ${other}`,
      ).not.toThrow();
    }
  });
});

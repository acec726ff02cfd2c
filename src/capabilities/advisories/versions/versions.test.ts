import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../../test/support/test-data.ts';
import { LIMITS } from '../../../core/limits.ts';
import { debianScheme } from '../../ecosystems/debian/version-order.ts';
import { mavenScheme } from '../../ecosystems/maven/version-order.ts';
import { semverScheme } from '../../ecosystems/semver-order.ts';
import type { VersionScheme } from '../../ecosystems/version-scheme.ts';

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

const TURNED: Readonly<Record<string, string>> = { '<': '>', '>': '<', '=': '=' };

describe.skipIf(vectors === null)(
  'version orders agree with every published vector, read in both directions',
  () => {
    it.each([
      ['semver-versions.txt', semverScheme, 86],
      ['debian-versions.txt', debianScheme, 30],
      ['debian-versions-generated.txt.gz', debianScheme, 14_442],
      ['maven-versions.txt', mavenScheme, 102],
      ['maven-versions-generated.txt.gz', mavenScheme, 14_752],
    ] as const)('D15: %s', (file, scheme, count) => {
      const lines = readVectors(file);
      const wrong = lines.filter(
        ({ one, sign, other }) =>
          toSign(scheme.compare(one, other)) !== sign ||
          toSign(scheme.compare(other, one)) !== TURNED[sign],
      );
      expect(wrong).toEqual([]);
      expect(lines.length).toBe(count);
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

describe.each([semverScheme, debianScheme, mavenScheme])(
  '$name versions',
  (scheme: VersionScheme) => {
    const version = versionLike.filter((text) => scheme.compare(text, text) !== null);

    it('are ordered totally: equal to themselves, and reversed when swapped', () => {
      fc.assert(
        fc.property(version, version, (one, other) => {
          expect(scheme.compare(one, one)).toBe(0);
          expect(toSign(scheme.compare(other, one))).toBe(
            TURNED[toSign(scheme.compare(one, other))],
          );
        }),
        { numRuns: 2_000 },
      );
    });

    // See the circle in Maven's order below.
    const tail = fc.array(
      fc.constantFrom('-1', '-0', '-x', '-beta', 'rc', 'b1', 'ga', 'sp', '-10', '.0', '.2', '-ga'),
      {
        maxLength: 4,
      },
    );
    const regular =
      scheme === mavenScheme
        ? tail.map((parts) => `1${parts.join('')}`).filter((text) => !/[a-z][.]/.test(text))
        : version;

    it('are ordered transitively', () => {
      fc.assert(
        fc.property(regular, regular, regular, (a, b, c) => {
          const compare = (one: string, other: string): number =>
            scheme.compare(one, other) ?? Number.NaN;
          if (compare(a, b) <= 0 && compare(b, c) <= 0)
            expect(compare(a, c)).toBeLessThanOrEqual(0);
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
  },
);

describe('maven versions', () => {
  it('have a circle only where the published order has one', () => {
    const signs = [
      mavenScheme.compare('1', '1.x'),
      mavenScheme.compare('1.x', '1-beta'),
      mavenScheme.compare('1-beta', '1'),
    ];
    expect(signs.map(toSign)).toEqual(['<', '<', '<']);
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

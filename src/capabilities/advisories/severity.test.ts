import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeverityVector } from './advisory.ts';
import {
  computeBaseScore,
  isFromDistribution,
  type Rating,
  rateStatements,
  type SeverityStatement,
  stateSeverities,
} from './severity.ts';

const v2 = (vector: string): SeverityVector => ({ type: 'CVSS_V2', vector });
const v3 = (vector: string): SeverityVector => ({ type: 'CVSS_V3', vector });
const v4 = (vector: string): SeverityVector => ({ type: 'CVSS_V4', vector });

/** Of advisories that nobody's own distribution made, without the source. */
function rateVectors(stated: readonly SeverityVector[]): Omit<Rating, 'source'> {
  const { source: _, ...rating } = rateStatements(
    stated.map((one) => ({ ...one, record: 'X-1', isOwn: false })),
  );
  return rating;
}

describe('a CVSS vector', () => {
  // Scores as published: FIRST's v3.1 examples (CVE-2014-0160, -2014-6271, -2021-44228 …), v4.0
  // examples, NVD for v2.
  it.each([
    [v3('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'), 10],
    [v3('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N'), 7.5],
    [v3('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'), 9.8],
    [v3('CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N'), 6.1],
    [v3('CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N'), 3.1],
    [v3('CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N'), 6.4],
    [v3('CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N'), 0],
    [v4('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'), 9.3],
    [v4('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H'), 10],
    [v4('CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N'), 0],
    [v2('AV:N/AC:L/Au:N/C:P/I:P/A:P'), 7.5],
    [v2('(AV:N/AC:L/Au:N/C:C/I:C/A:C)'), 10],
    [v2('AV:N/AC:M/Au:N/C:N/I:P/A:N'), 4.3],
  ])('B3: %j has the published score %d', (vector, score) => {
    expect(computeBaseScore(vector)).toBe(score);
  });

  it('keeps its base score, without what a temporal metric would subtract', () => {
    expect(computeBaseScore(v3('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U'))).toBe(
      9.8,
    );
    expect(
      computeBaseScore(v4('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U')),
    ).toBe(9.3);
  });

  it.each([
    v3('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H'),
    v3('CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'),
    v3('CVSS:3.1/AV:N/AV:P/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'),
    v3('CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'),
    v3('CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'),
    v3('AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'),
    v4('CVSS:4.0/AV:N'),
    v2('high'),
    v3(''),
  ])('that is not complete has no score, which differs from the score zero: %j', (vector) => {
    expect(computeBaseScore(vector)).toBeNull();
    expect(rateVectors([vector]).severity).toBe('unknown');
  });

  it('of any text has a score from 0 to 10 or no score', () => {
    const type = fc.constantFrom('CVSS_V2', 'CVSS_V3', 'CVSS_V4');
    const part = fc.constantFrom(
      'CVSS:3.1',
      'CVSS:4.0',
      'AV:N',
      'AC:L',
      'PR:N',
      'UI:N',
      'S:C',
      'C:H',
      'I:H',
      'A:H',
      'Au:N',
      'x',
      '',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join('/')),
    );
    fc.assert(
      fc.property(type, text, (type, vector) => {
        const score = computeBaseScore({ type, vector } as SeverityVector);
        if (score !== null) expect(score >= 0 && score <= 10).toBe(true);
      }),
    );
  });
});

describe('a rating', () => {
  it('rates by the worst vector, and by v2 only where there is no newer one', () => {
    const low = v3('CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N');
    const high = v3('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N');
    const old = v2('AV:N/AC:L/Au:N/C:C/I:C/A:C');
    expect(rateVectors([low, high])).toEqual(rateVectors([high, low]));
    expect(rateVectors([low, high])).toMatchObject({
      severity: 'high',
      score: 7.5,
      vector: high.vector,
    });
    expect(rateVectors([old, low])).toMatchObject({ severity: 'low' });
    expect(rateVectors([old, v3('broken')])).toMatchObject({ severity: 'critical', score: 10 });
  });

  it('with no vectors gives unknown, never low', () => {
    expect(rateVectors([])).toEqual({ severity: 'unknown', score: null, vector: null });
  });

  const LOW = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N';
  const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
  const word = (vector: string): SeverityVector => ({ type: 'DATABASE', vector });

  it("truth A11, C11: goes by a vector's own prefix, whatever its type says", () => {
    for (const vector of [v2(CRITICAL), v3(CRITICAL), v4(CRITICAL)]) {
      expect(rateVectors([vector])).toMatchObject({ severity: 'critical', score: 9.8 });
      expect(rateVectors([v3(LOW), vector])).toMatchObject({ severity: 'critical', score: 9.8 });
    }
    const newest = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N';
    expect(rateVectors([v3(newest)])).toMatchObject({ severity: 'critical', score: 9.3 });
  });

  it('truth A11: never understates what it could not read', () => {
    for (const broken of [v4('broken'), v3('CVSS:3.1/AV:N'), v2('high'), v4('CVSS:5.0/A:B')]) {
      expect(rateVectors([v3(LOW), broken])).toEqual(rateVectors([]));
      expect(rateVectors([word('HIGH'), broken]).severity).toBe('unknown');
      expect(rateVectors([v3(CRITICAL), broken])).toMatchObject({
        severity: 'critical',
        score: 9.8,
      });
      expect(rateVectors([word('CRITICAL'), broken]).severity).toBe('critical');
    }
  });

  it('truth A11: takes the word of the database, and the worse of it and a vector', () => {
    const unscored = { score: null, vector: null };
    expect(rateVectors([word('MODERATE')])).toEqual({ severity: 'medium', ...unscored });
    expect(rateVectors([word('CRITICAL'), v3(LOW)])).toEqual({ severity: 'critical', ...unscored });
    expect(rateVectors([word('LOW'), v3(CRITICAL)])).toMatchObject({
      severity: 'critical',
      score: 9.8,
    });
  });
});

describe('the order of precedence', () => {
  const LOW = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N';
  const HIGH = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N';
  const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
  const CRITICAL_2 = 'AV:N/AC:L/Au:N/C:C/I:C/A:C';
  const by = (record: string, one: SeverityVector, isOwn = false): SeverityStatement => ({
    ...one,
    record,
    isOwn,
  });
  const word = (vector: string): SeverityVector => ({ type: 'DATABASE', vector });
  const cna = (vector: string) => by('CVE-1', { type: 'CVSS_V3', vector, by: 'cna' });
  const cisa = (vector: string) => by('CVE-1', { type: 'CVSS_V3', vector, by: 'cisa-adp' });

  it.each<readonly [string, readonly SeverityStatement[], string, string, string]>([
    [
      'the word of the distribution is before a vector',
      [by('GHSA-1', v3(CRITICAL)), by('UBUNTU-CVE-1', word('Low'), true)],
      'low',
      'distribution',
      'word UBUNTU-CVE-1 Low',
    ],
    [
      'the worst word of the distribution counts',
      [by('DSA-1', word('low'), true), by('DSA-2', word('high'), true)],
      'high',
      'distribution',
      'word DSA-2 high',
    ],
    [
      'the word of another distribution is a word like others',
      [by('GHSA-1', v3(LOW)), by('ALSA-1', word('Important'))],
      'high',
      'advisory',
      'word ALSA-1 Important',
    ],
    [
      'the vector of the distribution is one of the advisories',
      [by('RHSA-1', v3(LOW), true), by('GHSA-1', v3(HIGH))],
      'high',
      'advisory',
      `cvss-3.1 GHSA-1 ${HIGH}`,
    ],
    [
      'CVSS 2 counts where no newer score exists',
      [by('GHSA-1', v2(CRITICAL_2)), cna(LOW)],
      'critical',
      'advisory',
      `cvss-2.0 GHSA-1 ${CRITICAL_2}`,
    ],
    [
      'advisories are before the CNA',
      [cna(CRITICAL), by('GHSA-1', v3(LOW))],
      'low',
      'advisory',
      `cvss-3.1 GHSA-1 ${LOW}`,
    ],
    ['the CNA is before CISA', [cisa(CRITICAL), cna(LOW)], 'low', 'cna', `cvss-3.1 CVE-1 ${LOW}`],
    ['CISA is the last', [cisa(HIGH)], 'high', 'cisa-adp', `cvss-3.1 CVE-1 ${HIGH}`],
    ['a number is a score', [by('GEM-1', v3('9.8'))], 'critical', 'advisory', 'score GEM-1 9.8'],
  ])('truth A11: %s', (_, stated, severity, who, what) => {
    const rating = rateStatements(stated);
    const { method, record, text } = rating.source ?? {};
    expect([rating.severity, rating.source?.by, `${method} ${record} ${text}`]).toEqual([
      severity,
      who,
      what,
    ]);
    expect(rateStatements(stated.toReversed())).toEqual(rating);
  });

  it('truth A11: an unread word of the distribution leaves the severity unknown', () => {
    const strange = by('UBUNTU-CVE-1', word('gruesome'), true);
    const mild = by('UBUNTU-CVE-2', word('low'), true);
    expect(rateStatements([strange, mild, by('GHSA-1', v3(LOW))])).toMatchObject({
      severity: 'unknown',
      source: null,
    });
    expect(rateStatements([strange, by('GHSA-1', v3(CRITICAL))]).severity).toBe('critical');
    expect(rateStatements([mild, by('GHSA-1', v4('broken'))]).severity).toBe('low');
    expect(rateStatements([cna('CVSS:9.9/A:B'), cisa(LOW)]).severity).toBe('unknown');
  });

  it('the source states what decides, whatever the order of the statements', () => {
    const texts = [LOW, HIGH, CRITICAL, CRITICAL_2, '7.5', 'low', 'important', 'gruesome', 'x/y'];
    const statement = fc.record({
      type: fc.constantFrom('CVSS_V2', 'CVSS_V3', 'CVSS', 'DATABASE' as const),
      vector: fc.constantFrom(...texts),
      record: fc.constantFrom('GHSA-1', 'DSA-1', 'CVE-1'),
      isOwn: fc.boolean(),
      by: fc.constantFrom(undefined, 'cna', 'cisa-adp' as const),
    }) as fc.Arbitrary<SeverityStatement>;
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), fc.nat(), (stated, turn) => {
        const rating = rateStatements(stated);
        const turned = stated.map((_, at) => stated[(at + turn) % stated.length] ?? stated[0]);
        expect(rateStatements(turned as SeverityStatement[])).toEqual(rating);
        const { source } = rating;
        expect(source === null).toBe(rating.severity === 'unknown');
        if (source === null) return;
        const found = stated.filter(
          ({ record, vector }) => record === source.record && vector === source.text,
        );
        expect(found.length).toBeGreaterThan(0);
        expect(rating.vector === null).toBe(source.method === 'word' || source.method === 'score');
      }),
    );
  });

  it('B3: what a notice states of another CVE alone is left out', () => {
    const severities: readonly SeverityVector[] = [
      { ...word('critical'), of: 'CVE-2026-2' },
      { ...word('low'), of: 'CVE-2026-1' },
    ];
    const heads = [{ id: 'USN-1-1', severities }];
    const own = new Set(['USN-1-1']);
    const rate = (id: string, aliases: readonly string[] = []) =>
      rateStatements(stateSeverities({ id, aliases }, { heads, own, entries: [] })).severity;
    expect([rate('CVE-2026-1'), rate('CVE-2026-2'), rate('CVE-2026-3')]).toEqual([
      'low',
      'critical',
      'unknown',
    ]);
    expect(rate('GHSA-1', ['cve-2026-2'])).toBe('critical');
  });

  it('a package of a distribution is known by its type', () => {
    const purls = ['pkg:deb/debian/a@1', 'pkg:rpm/almalinux/a@1', 'pkg:npm/a@1', 'pkg:unheard/a@1'];
    expect(purls.map((purl) => isFromDistribution(purl as never))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import { readOsv } from './parse-osv.ts';
import { rateStatements } from './severity.ts';

const LOW = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N' };
const NAMED = { package: { ecosystem: 'npm', name: 'x' } };
const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

const rate = (record: JsonObject): string => {
  const { severities, affected } = orThrow(readOsv({ id: 'X-1', ...record }));
  const stated = [...severities, ...affected.flatMap((entry) => entry.severities)];
  return rateStatements(stated.map((one) => ({ ...one, record: 'X-1', isOwn: false }))).severity;
};

/** Where records say how bad it is, beside a low vector. */
const PLACES: readonly [string, (score: string | number) => JsonObject][] = [
  ['severity[] of Ubuntu', (score) => ({ severity: [LOW, { type: 'Ubuntu', score }] })],
  ['severity[] of another type', (score) => ({ severity: [{ type: 'Vendor', score }, LOW] })],
  ['severity[] without a type', (score) => ({ severity: [{ score }, LOW] })],
  ['GitHub', (severity) => ({ severity: [LOW], database_specific: { severity } })],
  ['OSS-Fuzz', (severity) => ({ severity: [LOW], ecosystem_specific: { severity } })],
  ['Debian', (urgency) => ({ affected: [{ ...NAMED, ecosystem_specific: { urgency } }] })],
  [
    'Android',
    (severity) => ({ affected: [{ ...NAMED, severity: [LOW], ecosystem_specific: { severity } }] }),
  ],
  [
    'a package',
    (score) => ({
      severity: [LOW],
      affected: [{ ...NAMED, severity: [{ type: 'Ubuntu', score }] }],
    }),
  ],
  [
    'Ubuntu before severity[]',
    (word) => ({
      severity: [LOW],
      affected: [{ ...NAMED, ecosystem_specific: { ubuntu_priority: word } }],
    }),
  ],
  [
    'a notice of Ubuntu',
    (score) => ({
      severity: [LOW],
      affected: [
        {
          ...NAMED,
          database_specific: { cves_map: { cves: [{ severity: [{ type: 'Ubuntu', score }] }] } },
        },
      ],
    }),
  ],
];

describe.each(PLACES)('truth A11: %s', (_place, write) => {
  it('counts where it is worse than a vector, in any case', () => {
    for (const word of ['critical', 'CRITICAL', ' Critical'])
      expect([word, rate(write(word))]).toEqual([word, 'critical']);
    expect(rate(write('Important'))).toBe('high');
    expect(rate(write(CRITICAL))).toBe('critical');
    expect(rate(write('low'))).toBe('low');
    expect(['low', 'unknown']).toContain(rate(write('negligible')));
  });

  it('is unknown, never dropped, where it cannot be read', () => {
    for (const word of ['catastrophic', 'CVSS:9.9/X:Y', '11', 'P1'])
      expect([word, rate(write(word))]).toEqual([word, 'unknown']);
  });

  it('says nothing where nobody has rated it', () => {
    for (const word of ['untriaged', 'not yet assigned', 'Unknown'])
      expect(['low', 'unknown']).toContain(rate(write(word)));
    expect(rate({ severity: [LOW], ...write('untriaged') })).toBe('low');
  });
});

describe('truth A11: numbers', () => {
  it.each([
    ['a number in place of a vector', { severity: [LOW, { type: 'CVSS_V3', score: 9.8 }] }],
    ['its text', { severity: [LOW, { type: 'CVSS_V4', score: '9.8' }] }],
    ['the Ruby database', { severity: [LOW], database_specific: { cvss_v3: 9.8 } }],
    ['RustSec', { affected: [{ ...NAMED, database_specific: { cvss: CRITICAL } }] }],
  ])('%s is a score', (_what, record) => {
    expect(rate(record)).toBe('critical');
  });

  it('of CVSS v2 counts only where there is no newer score', () => {
    expect(rate({ database_specific: { cvss_v2: 10 } })).toBe('critical');
    expect(rate({ database_specific: { cvss_v2: 10, cvss_v3: 5.3 } })).toBe('medium');
    expect(rate({ database_specific: { cvss_v2: 10, cvss_v3: null } })).toBe('critical');
  });

  it('of an unknown scale are not read', () => {
    expect(rate({ severity: [{ type: 'Vendor', score: '2.5' }] })).toBe('unknown');
    expect(rate({ severity: [LOW], database_specific: { severity: 2 } })).toBe('unknown');
    expect(rate({ severity: [LOW], database_specific: { severity: { level: 5 } } })).toBe(
      'unknown',
    );
  });

  it('nothing beside a low vector makes it milder than low', () => {
    const score = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.constantFrom('low', 'none'));
    const place = fc.constantFrom(...PLACES.map(([, write]) => write));
    fc.assert(
      fc.property(place, score, (write, value) => {
        expect(['low', 'medium', 'high', 'critical', 'unknown']).toContain(
          rate({ severity: [LOW], ...write(value) }),
        );
      }),
    );
  });
});

describe('truth A11: informational records of RustSec', () => {
  const say = (informational: unknown, severity: readonly object[] = []): string =>
    rate({
      severity: severity as never,
      affected: [{ ...NAMED, database_specific: { informational } as JsonObject }],
    });
  it.each([
    ['unmaintained', 'low'],
    ['notice', 'low'],
    ['unsound', 'unknown'],
    ['constructor', 'unknown'],
    [1, 'unknown'],
  ])('%s is %s, and never milder than a vector', (kind, severity) => {
    expect(say(kind)).toBe(severity);
    expect(say(kind, [{ type: 'CVSS_V3', score: CRITICAL }])).toBe('critical');
  });
});

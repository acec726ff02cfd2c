import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, parseInstant, toInstant } from './instant.ts';
import { orThrow } from './result.ts';

const utc = (text: string): string => formatInstant(orThrow(parseInstant(text)));

describe('N19: a time is RFC 3339, with any offset', () => {
  it.each([
    ['2026-11-22T18:00:00Z', '2026-11-22T18:00:00Z'],
    ['2026-11-22T18:00:00+08:00', '2026-11-22T10:00:00Z'],
    ['2026-11-22T18:00:00-03:30', '2026-11-22T21:30:00Z'],
    ['2026-11-22t18:00:00z', '2026-11-22T18:00:00Z'],
    ['2026-11-22T18:00:00-00:00', '2026-11-22T18:00:00Z'],
    ['2026-11-22T18:00:00.29Z', '2026-11-22T18:00:00.290Z'],
    ['2026-11-22T18:00:00.999999999Z', '2026-11-22T18:00:00.999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
    ['2016-12-31T15:59:60.5-08:00', '2017-01-01T00:00:00.500Z'],
    ['2026-01-01T00:00:00+23:59', '2025-12-31T00:01:00Z'],
    ['0100-01-01T00:00:00Z', '0100-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, meant) => {
    expect(utc(text)).toBe(meant);
  });

  it.each([
    ['a bare date, whose zone is unknown', '2026-11-22'],
    ['a local time, whose zone is unknown', '2026-11-22T18:00:00'],
    ['a space instead of the T', '2026-11-22 18:00:00Z'],
    ['the 29th of February in a year that is not a leap year', '2026-02-29T00:00:00Z'],
    ['the 31st of April', '2026-04-31T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['month 0', '2026-00-01T00:00:00Z'],
    ['day 0', '2026-01-00T00:00:00Z'],
    ['hour 24', '2026-01-01T24:00:00Z'],
    ['minute 60', '2026-01-01T00:60:00Z'],
    ['second 61', '2026-01-01T00:00:61Z'],
    ['a leap second at noon', '2026-01-01T12:00:60Z'],
    ['a leap second that is not one in UTC', '2016-12-31T23:59:60+08:00'],
    ['an offset of a whole day', '2026-01-01T00:00:00+24:00'],
    ['an offset of 60 minutes', '2026-01-01T00:00:00+01:60'],
    ['an offset without a colon', '2026-01-01T00:00:00+0100'],
    ['a year that Date would put in the last century', '0050-01-01T00:00:00Z'],
    ['a moment past the year 9999', '9999-12-31T23:59:59-01:00'],
    ['digits of another script', '２０２６-01-01T00:00:00Z'],
    ['a line break', '2026-01-01T00:00:00Z\n'],
    ['a fraction of nothing', '2026-01-01T00:00:00.Z'],
    ['nothing', ''],
  ])('%s is refused', (_why, text) => {
    const parsed = parseInstant(text);
    expect(parsed.ok ? formatInstant(parsed.value) : parsed.failure.code).toBe('MALFORMED');
  });

  it('a written time is read as the same moment', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const instant = toInstant(date.getTime());
          expect(orThrow(parseInstant(formatInstant(instant)))).toBe(instant);
        },
      ),
    );
  });

  it('reads any text and never throws', () => {
    const almost = fc.stringMatching(
      /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{0,10})?([Zz]|[+-]\d\d:\d\d)?$/,
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost), (text) => {
        const parsed = parseInstant(text);
        if (parsed.ok)
          expect(orThrow(parseInstant(formatInstant(parsed.value)))).toBe(parsed.value);
        else expect(parsed.failure.code).toBe('MALFORMED');
      }),
    );
  });
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 253_402_300_800_000, -59_011_459_200_001])(
  '%d milliseconds are not a moment',
  (ms) => {
    expect(() => toInstant(ms)).toThrow(RangeError);
  },
);

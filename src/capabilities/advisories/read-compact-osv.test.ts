import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { readOsv } from './parse-osv.ts';
import { CompactOsvReader } from './read-compact-osv.ts';

const range = (fixed: string, type = 'ECOSYSTEM') => ({
  type,
  events: [{ introduced: '0' }, { fixed }],
});
const entry = (name: string, more: object = {}, ecosystem = 'AlmaLinux:8') => ({
  package: { ecosystem, name },
  ranges: [range('1.2-3')],
  ...more,
});

const RECORD = {
  id: 'ALSA-2026:1234',
  modified: '2026-01-02T03:04:05Z',
  published: '2026-01-01T00:00:00Z',
  summary: 'Important: "openssl" security update',
  details: 'Several\nlines',
  aliases: ['CVE-2026-1111', 'CVE-2026-1111', 'ALSA-2026:1234'],
  related: ['CVE-2026-2222'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    entry('openssl'),
    entry('openssl-libs'),
    entry('a-name-of-more-than-a-few-characters'),
    entry('openssl', { versions: ['1', '2', '1'], database_specific: { source: 'x' } }),
    entry('Some.Package', { database_specific: { severity: 'high' } }, 'NuGet'),
    entry('go', { ranges: [range('1', 'SEMVER'), { type: 'GIT', repo: 'r', events: [{}] }] }, 'Go'),
    { ranges: [range('1')] },
  ],
  references: [{ type: 'WEB', url: 'https://example.com/' }],
  database_specific: { cwe_ids: ['CWE-79'], source: 'x' },
};

const MANY = Array.from({ length: LIMITS.advisoryVersionsMax }, (_, at) => `${at}`);

/** As it is read in both ways, by one reader that has read others before. */
function compare(records: readonly JsonValue[]): readonly boolean[] {
  const reader = new CompactOsvReader();
  return records.map((record) => {
    const advisory = reader.read(Buffer.from(JSON.stringify(record)));
    if (advisory === null) return false;
    expect({ ok: true, value: advisory }).toEqual(readOsv(record));
    return true;
  });
}

describe('A24: a record that is read without its JSON says what it says with it', () => {
  it('one after the other, with what the one before had', () => {
    const others = ['RHSA-1', 'MAL-1', 'GHSA-1'].map((id) => ({ ...RECORD, id, withdrawn: null }));
    const withdrawn = { ...RECORD, withdrawn: '2026-02-01T00:00:00Z', severity: [] };
    const records = [RECORD, withdrawn, ...others.map(({ withdrawn: _, ...one }) => one), RECORD];
    expect(compare(records as unknown as JsonValue[])).toEqual(records.map(() => true));
  });

  it.each([
    ['a character that is not ASCII', { summary: 'é' }],
    ['no id', { id: undefined }],
    ['an id that is no text', { id: 1 }],
    ['an empty alias', { aliases: [''] }],
    ['a name that is too long', { aliases: ['x'.repeat(LIMITS.purlBytesMax + 1)] }],
    ['a list that is none', { related: 'x' }],
    ['a withdrawal without a date', { withdrawn: 'soon' }],
    ['a severity without a score', { severity: [{ type: 'CVSS_V3' }] }],
    ['severities that are no list', { severity: 'high' }],
    ['the mark of the sample', { waybillSample: 1 }],
    ['a range without events', { affected: [entry('x', { ranges: [{ type: 'SEMVER' }] })] }],
    ['a range of another type', { affected: [entry('x', { ranges: [range('1', 'OTHER')] })] }],
    ['an empty version', { affected: [entry('x', { versions: [''] })] }],
    ['a version that is too long', { affected: [entry('x', { versions: ['1'.repeat(1_025)] })] }],
    ['a package without a name', { affected: [{ package: { ecosystem: 'npm' } }] }],
    [
      'an event of no kind',
      { affected: [entry('x', { ranges: [{ type: 'SEMVER', events: [{}] }] })] },
    ],
    [
      'an event of two kinds',
      {
        affected: [
          entry('x', { ranges: [{ type: 'SEMVER', events: [{ fixed: '2', introduced: '0' }] }] }),
        ],
      },
    ],
    ['more versions than one record may name', { affected: [entry('x', { versions: MANY })] }],
  ])('%s is left to readOsv', (_what, change) => {
    const record = JSON.parse(JSON.stringify({ ...RECORD, ...change })) as JsonValue;
    expect(compare([RECORD as unknown as JsonValue, record])).toEqual([true, false]);
  });

  it('a line that is longer than a record may be is left to parseJson', () => {
    const line = Buffer.alloc(LIMITS.advisoryBytesMax + 1, 'x');
    line.write('{"id":"GHSA-1","details":"');
    line.write('"}', line.length - 2);
    const reader = new CompactOsvReader();
    expect(reader.read(line)).toBeNull();
    expect(reader.read(line.subarray(0, 24))).toBeNull();
    line.write('"}', line.length - 3);
    expect(reader.read(line.subarray(0, -1))?.id).toBe('GHSA-1');
  });

  const rarely = <T>(often: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 30, arbitrary: often }, { weight: 1, arbitrary: odd });
  const text = rarely(
    fc.constantFrom('0', '1', 'CVE-2026-1', 'CVE-2026-2', 'a long enough text'),
    fc.constantFrom('', 'q"', 'é'),
  );
  const kind = rarely(fc.constantFrom('introduced', 'fixed', 'limit'), fc.constant('x'));
  const event = fc.tuple(kind, text).map(([key, version]) => ({ [key]: version }));
  const ranges = fc.array(
    fc.record({
      type: rarely(fc.constantFrom('GIT', 'SEMVER', 'ECOSYSTEM'), fc.constant('X')),
      events: fc.array(event, { minLength: 1, maxLength: 3 }),
    }),
    { maxLength: 2 },
  );
  const own = fc.dictionary(fc.constantFrom('severity', 'source'), text);
  const severity = fc.array(fc.record({ type: fc.constant('CVSS_V3'), score: text }));
  const affected = fc.array(
    fc.record(
      {
        package: fc.record({ ecosystem: fc.constantFrom('npm', 'NuGet'), name: text }),
        ranges,
        versions: fc.array(text),
        database_specific: own,
      },
      { requiredKeys: ['package'] },
    ),
    { maxLength: 4 },
  );
  const names = fc.array(text, { maxLength: 3 });
  const date = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01');
  const record = fc.record(
    {
      ...{ id: text, aliases: names, related: names, upstream: names, summary: text },
      ...{ modified: rarely(date, fc.constant('x')), withdrawn: rarely(date, fc.constant('x')) },
      ...{ severity, database_specific: own, affected, details: text },
    },
    { requiredKeys: ['id'] },
  );

  it('whatever records follow each other', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (records) => {
        read += compare(JSON.parse(JSON.stringify(records)) as JsonValue[]).filter(Boolean).length;
      }),
      { numRuns: 400 },
    );
    expect(read).toBeGreaterThan(50);
  });
});

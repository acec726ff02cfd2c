import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readAdvisoryRecord } from './advisory-record.ts';
import { parseOsv, readOsv } from './parse-osv.ts';

const whole = {
  schema_version: '1.7.0',
  id: 'GHSA-jfh8-c2jp-5v3q',
  aliases: ['CVE-2021-44228', 'CVE-2021-44228', 'GHSA-jfh8-c2jp-5v3q'],
  related: ['CVE-2021-45046'],
  upstream: [],
  modified: '2025-01-01T00:00:00Z',
  published: '2021-12-10',
  summary: 'Remote code injection in Log4j',
  details: 'Other sentences are not kept',
  severity: [
    { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' },
    { type: 'Ubuntu', score: 'medium' },
  ],
  affected: [
    {
      package: { ecosystem: 'Maven', name: 'org.apache.logging.log4j:log4j-core' },
      ranges: [
        { type: 'ECOSYSTEM', events: [{ introduced: '2.4' }, { fixed: '2.12.2' }] },
        { type: 'GIT', repo: 'https://git.example.com/x', events: [{ introduced: '0' }] },
      ],
      versions: ['2.4', '2.4.1'],
      database_specific: { anything: [1] },
    },
    { ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] },
  ],
  database_specific: { severity: 'LOW' },
};

function tryRead(value: unknown): string {
  const read = readOsv(value as JsonValue);
  return read.ok ? 'ok' : read.failure.code;
}

describe('an OSV record', () => {
  const readTitle = (summary: unknown) => {
    const read = readOsv({ id: 'A-1', summary } as JsonValue);
    return read.ok ? read.value.title : read.failure.code;
  };

  it('has a title of one bounded line that hides nothing and begins no other line', () => {
    const max = LIMITS.advisoryTitleMax;
    expect(readTitle('a'.repeat(max))).toBe('a'.repeat(max));
    expect(readTitle('a'.repeat(max + 1))).toBe(`${'a'.repeat(max - 1)}…`);
    expect(readTitle(`${'a'.repeat(max - 2)}😀😀`)?.isWellFormed()).toBe(true);
    expect(readTitle('  Größe\r\n\u001b[31mforged \u202e')).toBe('Größe [31mforged');
    expect(readTitle('\ud800 half')).toBe('\ufffd half');
  });

  it('has no title where it gives none, and counts all the same', () => {
    for (const none of [undefined, null, '', ' \n ', 7, ['a'], { a: 1 }])
      expect(readTitle(none)).toBeUndefined();
  });

  it('B3: gives its facts and nothing else', () => {
    const read = parseOsv(JSON.stringify(whole));
    expect(read.ok && read.value).toEqual({
      id: 'GHSA-jfh8-c2jp-5v3q',
      aliases: ['CVE-2021-44228'],
      related: ['CVE-2021-45046'],
      upstream: [],
      modified: Date.UTC(2025, 0, 1),
      published: Date.UTC(2021, 11, 10),
      withdrawn: null,
      severities: [
        { type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' },
        { type: 'DATABASE', vector: 'medium' },
        { type: 'DATABASE', vector: 'LOW' },
      ],
      title: 'Remote code injection in Log4j',
      affected: [
        {
          ecosystem: 'Maven',
          name: 'org.apache.logging.log4j:log4j-core',
          ranges: [
            {
              type: 'ECOSYSTEM',
              events: [
                { kind: 'introduced', version: '2.4' },
                { kind: 'fixed', version: '2.12.2' },
              ],
            },
            { type: 'GIT', events: [] },
          ],
          versions: ['2.4', '2.4.1'],
          severities: [],
        },
      ],
    });
  });

  it.each([
    ['no id', { ...whole, id: undefined }],
    ['an id with a control character', { ...whole, id: 'CVE-1\u001b[31m' }],
    ['an id that is a number', { ...whole, id: 7 }],
    ['aliases that are not a list', { ...whole, aliases: 'CVE-2021-44228' }],
    ['an alias that is not a text', { ...whole, aliases: [null] }],
    ['a withdrawal without a readable date', { ...whole, withdrawn: 'yesterday' }],
    [
      'a range of an unknown type',
      { ...whole, affected: [affected({ type: 'MAGIC', events: [{ introduced: '0' }] })] },
    ],
    ['a range without events', { ...whole, affected: [affected({ type: 'SEMVER', events: [] })] }],
    [
      'an event of an unknown kind',
      { ...whole, affected: [affected({ type: 'SEMVER', events: [{ repaired: '1' }] })] },
    ],
    [
      'an event whose version is a number',
      { ...whole, affected: [affected({ type: 'SEMVER', events: [{ fixed: 1 }] })] },
    ],
    ['a package without a name', { ...whole, affected: [{ package: { ecosystem: 'npm' } }] }],
    ['a list', [whole]],
  ])(
    'with %s is malformed as a whole, because half a record would hide the other half',
    (_, value) => {
      expect(tryRead(JSON.parse(JSON.stringify(value)))).toBe('MALFORMED');
      expect(tryRead(whole)).toBe('ok');
    },
  );

  it('with a key twice is refused: readers could disagree about it', () => {
    const read = parseOsv('{"id":"CVE-2024-0001","id":"CVE-2024-0002"}');
    expect(!read.ok && read.failure.code).toBe('DUPLICATE_KEY');
  });

  it('is read up to the limits of names and versions, and refused beyond them', () => {
    const name = (length: number) => ({ ...whole, id: 'x'.repeat(length) });
    expect(tryRead(name(LIMITS.purlBytesMax))).toBe('ok');
    expect(tryRead(name(LIMITS.purlBytesMax + 1))).toBe('MALFORMED');
    const version = (length: number) =>
      affected({ type: 'SEMVER', events: [{ fixed: '1'.repeat(length) }] });
    expect(tryRead({ ...whole, affected: [version(LIMITS.versionBytesMax)] })).toBe('ok');
    expect(tryRead({ ...whole, affected: [version(LIMITS.versionBytesMax + 1)] })).toBe(
      'MALFORMED',
    );
  });

  it('is read up to the limit of versions, and refused beyond it', () => {
    const many = (count: number) => ({
      id: 'GHSA-x',
      affected: [
        {
          package: { ecosystem: 'npm', name: 'x' },
          versions: Array.from({ length: count }, (_, at) => `1.0.${at}`),
        },
      ],
    });
    expect(tryRead(many(LIMITS.advisoryVersionsMax))).toBe('ok');
    expect(tryRead(many(LIMITS.advisoryVersionsMax + 1))).toBe('LIMIT_EXCEEDED');
  });

  it('with any content or damage gives a record or a Failure', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read = readAdvisoryRecord(value as JsonValue);
        expect(read.ok || read.failure instanceof Failure).toBe(true);
        if (!read.ok) expect(read.failure.code).not.toBe('INTERNAL');
      }),
    );
    const text = JSON.stringify(whole);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 5 }), (at, cut, put) => {
        const read = parseOsv(text.slice(0, at) + put + text.slice(at + cut));
        if (!read.ok)
          expect(['MALFORMED', 'DUPLICATE_KEY', 'LIMIT_EXCEEDED']).toContain(read.failure.code);
      }),
      { numRuns: 1_000 },
    );
    const path = fc.constantFrom(
      'id',
      'aliases',
      'upstream',
      'modified',
      'withdrawn',
      'severity',
      'affected',
    );
    fc.assert(
      fc.property(path, fc.jsonValue(), (key, value) => {
        expect(['ok', 'MALFORMED', 'LIMIT_EXCEEDED']).toContain(
          tryRead({ ...whole, [key]: value }),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a severity record', () => {
  it('gives the vectors of the CNA and of CISA to its CVE', () => {
    const read = readAdvisoryRecord({
      cve: 'CVE-2024-0001',
      cna: { '3.1': 'CVSS:3.1/AV:N' },
      adp: { '4.0': 'x', '9.9': 'y' },
    });
    expect(read.ok && read.value).toMatchObject({
      kind: 'severity',
      advisory: {
        id: 'CVE-2024-0001',
        severities: [{ type: 'CVSS_V3' }, { vector: 'x' }, { type: 'CVSS', vector: 'y' }],
        affected: [],
      },
    });
    expect(readAdvisoryRecord({ cve: 'CVE-x' }).ok).toBe(false);
    expect(readAdvisoryRecord({ cve: 'CVE-2024-0001', cna: 'high' }).ok).toBe(false);
    // truth A21: a line of another list is no record, although it names a CVE
    const fix = { ecosystem: 'Debian:12', source: 'acl', cve: 'CVE-2009-4411', fixed: '2.2' };
    expect(readAdvisoryRecord(fix).ok).toBe(false);
    expect(readAdvisoryRecord({ cve: 'CVE-2024-0001', cna: {} }).ok).toBe(false);
    // A CVE that nobody has scored is no record that could not be read.
    const unscored = readAdvisoryRecord({ cve: 'CVE-2024-0001', exploitation: 'none' });
    expect(unscored.ok && unscored.value.advisory.severities).toEqual([]);
    expect(readAdvisoryRecord({ cve: 'CVE-2024-0001', cna: {}, exploitation: 'none' }).ok).toBe(
      false,
    );
  });
});

function affected(range: object): object {
  return { package: { ecosystem: 'npm', name: 'x' }, ranges: [range] };
}

describe('truth A11: the severities of a record', () => {
  const listSeverities = (record: object): readonly unknown[] => {
    const { severities, affected } = orThrow(parseOsv(JSON.stringify({ id: 'A-1', ...record })));
    return [...severities, ...affected.flatMap((entry) => entry.severities)];
  };

  it('are vectors of any CVSS, and the word of the database', () => {
    const severity = [
      { type: 'CVSS_V5', score: 'CVSS:5.0/A:B' },
      { type: 'Ubuntu', score: 'medium' },
    ];
    expect(listSeverities({ severity })).toEqual([
      { type: 'CVSS', vector: 'CVSS:5.0/A:B' },
      { type: 'DATABASE', vector: 'medium' },
    ]);
    expect(listSeverities({ database_specific: { severity: 'MODERATE' } })).toEqual([
      { type: 'DATABASE', vector: 'MODERATE' },
    ]);
    const entry = { package: { ecosystem: 'npm', name: 'a' } };
    const affected = [{ ...entry, ecosystem_specific: { severity: 'High' } }];
    expect(listSeverities({ affected })).toEqual([{ type: 'DATABASE', vector: 'High' }]);
  });

  it('do not come from another form', () => {
    for (const said of [
      null,
      'HIGH',
      { severity: null },
      { severity: '' },
      { severity: 'unknown' },
    ])
      expect(listSeverities({ database_specific: said })).toEqual([]);
  });
});

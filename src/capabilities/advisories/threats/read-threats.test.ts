import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { recogniseThreats } from './formats.ts';
import { readEpss } from './read-epss.ts';
import { readKev } from './read-kev.ts';
import type { ThreatData } from './threat.ts';
import { writeThreats } from './write-threats.ts';

const ENTRY = {
  cveID: 'CVE-2021-44228',
  dateAdded: '2021-12-10',
  dueDate: '2021-12-24',
  knownRansomwareCampaignUse: 'Known',
};
const kev = (entries: readonly object[], more: object = {}) =>
  JSON.stringify({
    title: 'CISA Catalog of Known Exploited Vulnerabilities',
    catalogVersion: '2025.08.25',
    dateReleased: '2025-08-25T17:00:01.9Z',
    count: entries.length,
    vulnerabilities: entries,
    ...more,
  });
const EPSS = '#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z\ncve,epss,percentile\n';
const ROW = 'CVE-2021-44228,0.94358,0.99958\n';

describe('KEV and EPSS', () => {
  it('a catalogue is read whole, and as one entry a line', () => {
    const entry = { cve: ENTRY.cveID, added: '2021-12-10', due: '2021-12-24', ransomware: true };
    expect(orThrow(readKev(kev([ENTRY])))).toEqual({
      kind: 'kev',
      entries: [entry],
      version: '2025.08.25',
      at: Date.parse('2025-08-25T17:00:01.900Z'),
    });
    const lines = [ENTRY, { ...ENTRY, cveID: 'CVE-2021-1' }].map((one) => JSON.stringify(one));
    const read = orThrow(readKev(`${lines.join('\n')}\n`));
    expect([read.entries.length, read.at]).toEqual([2, Date.parse('2021-12-10T00:00:00Z')]);
  });

  it.each<readonly [string, string]>([
    ['an entry without a CVE', kev([ENTRY, { ...ENTRY, cveID: 'log4j' }])],
    ['an entry without a date', kev([{ ...ENTRY, dateAdded: '2021-13-40' }])],
    ['another number of entries than it says', kev([ENTRY], { count: 2 })],
    ['no entries', kev([])],
    ['no list', '{"catalogVersion":"1"}'],
    ['a line that is cut off', `${JSON.stringify(ENTRY)}\n{"cveID":"CVE-2`],
  ])('a catalogue with %s is refused, because what it does not list means something', (_, text) => {
    expect(readKev(text).ok).toBe(false);
  });

  it('scores are read with the model and the day', () => {
    expect(orThrow(readEpss(`${EPSS}${ROW}CVE-2020-1,9.4e-4,0.2\n`))).toEqual({
      kind: 'epss',
      entries: [
        { cve: 'CVE-2021-44228', score: 0.94358, percentile: 0.99958 },
        { cve: 'CVE-2020-1', score: 0.00094, percentile: 0.2 },
      ],
      version: 'v2025.03.14',
      at: Date.parse('2025-08-25T12:55:00Z'),
    });
    const dated = EPSS.replace('12:55:00Z', '00:00:00+0000');
    expect(orThrow(readEpss(`${dated}${ROW}`)).at).toBe(Date.parse('2025-08-25T00:00:00Z'));
  });

  it.each<readonly [string, string]>([
    ['cut off', `${EPSS}${ROW}CVE-2020-1,0.1,0.`],
    ['cut off in a number that can be read', `${EPSS}${ROW}CVE-2020-1,0.1,0.2`],
    ['with a score above one', `${EPSS}CVE-2020-1,1.1,0.2\n`],
    ['with a score that is no number', `${EPSS}CVE-2020-1,NaN,0.2\n`],
    ['with an empty score', `${EPSS}CVE-2020-1,,0.2\n`],
    ['with another header', EPSS.replace('epss,', 'score,') + ROW],
    ['without rows', EPSS],
  ])('scores %s are refused', (_, text) => {
    expect(readEpss(text).ok).toBe(false);
  });

  it('an advisory is neither', () => {
    const starts = ['{"id":"GHSA-1","affected":[]}', '', 'cve,other', '{"cve":"CVE-1-1"}'];
    expect(starts.map(recogniseThreats)).toEqual([null, null, null, null]);
    expect(recogniseThreats(kev([ENTRY]))?.kind).toBe('kev');
    expect(recogniseThreats(EPSS)?.kind).toBe('epss');
  });

  it('what is written is what is read', () => {
    const share = fc.oneof(
      fc.constantFrom(0, 1, 1e-5),
      fc.double({ min: 1e-9, max: 1, noNaN: true }),
    );
    const cve = fc.integer({ min: 1000, max: 99_999 });
    const row = fc.record({ cve, score: share, percentile: share, known: fc.boolean() });
    const rows = fc.uniqueArray(row, { minLength: 1, selector: (one) => one.cve });
    const version = fc.constantFrom(null, '2026.01.02');
    const at = fc.constantFrom(null, toInstant(0), toInstant(Date.parse('2026-01-02T03:04:05Z')));
    fc.assert(
      fc.property(rows, version, at, (raw, named, dated) => {
        const named1 = raw
          .map((one) => ({ ...one, cve: `CVE-2025-${one.cve}` }))
          .toSorted((one, other) => (one.cve < other.cve ? -1 : 1));
        const epss: ThreatData = {
          ...{ kind: 'epss', version: named, at: dated },
          entries: named1.map(({ cve: id, score, percentile }) => ({ cve: id, score, percentile })),
        };
        expect(orThrow(readEpss(writeThreats(epss)))).toEqual(epss);
        expect(recogniseThreats(writeThreats(epss))?.kind).toBe('epss');
        const kevData: ThreatData = {
          ...{ kind: 'kev', version: named, at: dated ?? toInstant(0) },
          entries: named1.map(({ cve: id, known }) => {
            const due = known ? '2026-02-01' : null;
            return { cve: id, added: '2025-12-31', due, ransomware: known };
          }),
        };
        expect(orThrow(readKev(writeThreats(kevData)))).toEqual(kevData);
        expect(recogniseThreats(writeThreats(kevData))?.kind).toBe('kev');
      }),
    );
  });

  it('reading never throws anything but a Failure, whatever stands in the file', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((rows) => `${EPSS}${rows}\n`),
    );
    fc.assert(
      fc.property(text, fc.jsonValue(), (raw, value) => {
        for (const one of [raw, kev([{ ...ENTRY, dueDate: value }]), kev([], { count: value })])
          for (const read of [readKev(one), readEpss(one)])
            expect(read.ok || read.failure instanceof Failure).toBe(true);
      }),
    );
  });
});

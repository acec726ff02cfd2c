import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { readSupport } from './read-support.ts';
import { findSupportTerm, isSupportOver } from './support-term.ts';

const DEBIAN = `version,codename,series,created,release,eol,eol-lts,eol-elts
2.2,Potato,potato,1999-03-09,2000-08-15,2003-06-30
11,Bullseye,bullseye,2019-07-06,2021-08-14,2024-08-14,2026-08-31,2031-06-30
14,Forky,forky,2025-08-09
,Sid,sid,1993-08-16
`;
const UBUNTU = `version,codename,series,created,release,eol,eol-server,eol-esm,eol-legacy
24.04 LTS,Noble,noble,2023-10-12,2024-04-25,2029-05-31,2029-05-31,2034-04-25,2036-04-29
25.04,Plucky,plucky,2024-10-10,2025-04-17,2026-01-15
`;
const product = (name: string, releases: readonly object[], more: object = {}) =>
  JSON.stringify({ schema_version: '1.2.0', result: { name, releases, ...more } });
const ALPINE = product('alpine-linux', [
  { name: '3.20', isEol: false, eolFrom: '2026-04-01', isLts: false },
  { name: 'edge', isEol: false, eolFrom: null },
]);

const terms = (text: string) => orThrow(readSupport(text))?.terms ?? [];
const at = (day: string) => toInstant(Date.parse(`${day}T12:00:00Z`));

describe('how long a system is supported', () => {
  it('is in the lists of Debian, each with the day for everybody and the last one', () => {
    expect(terms(DEBIAN)).toEqual([
      { os: 'debian', release: '2.2', endsOn: '2003-06-30', extendedTo: null },
      { os: 'debian', release: '11', endsOn: '2026-08-31', extendedTo: '2031-06-30' },
    ]);
    expect(terms(UBUNTU)).toEqual([
      { os: 'ubuntu', release: '24.04', endsOn: '2029-05-31', extendedTo: '2036-04-29' },
      { os: 'ubuntu', release: '25.04', endsOn: '2026-01-15', extendedTo: null },
    ]);
  });

  it('is in the answers of endoflife.date, where the publisher has set a day', () => {
    const found = [{ os: 'alpine', release: '3.20', endsOn: '2026-04-01', extendedTo: null }];
    expect(terms(ALPINE)).toEqual(found);
    const lts = { name: '12', eolFrom: '2026-06-10', eoesFrom: '2028-06-30' };
    const [of, at] = [product('debian', [lts]), { release: '12' }];
    // What endoflife.date calls extended is for everybody: Debian LTS.
    expect(terms(of)).toEqual([{ os: 'debian', ...at, endsOn: '2028-06-30', extendedTo: null }]);
    expect(terms(product('ubuntu', [lts]))).toMatchObject([
      { endsOn: '2026-06-10', extendedTo: '2028-06-30' },
    ]);
    const other = readSupport(product('nodejs', []));
    expect(other).toMatchObject({ ok: false, failure: { code: 'UNSUPPORTED' } });
  });

  it('is found for a release that is named more exactly, and for no other one', () => {
    const all = [...terms(DEBIAN), ...terms(ALPINE), ...terms(UBUNTU)];
    const find = (os: string, version: string) => findSupportTerm(all, os, version)?.endsOn;
    expect(find('alpine', '3.20.3')).toBe('2026-04-01');
    expect(find('alpine', '3.2')).toBe(undefined);
    expect(find('debian', '11')).toBe('2026-08-31');
    expect(find('debian', '24.04')).toBe(undefined);
    expect(find('ubuntu', '24.04')).toBe('2029-05-31');
    expect(find('constructor', '11')).toBe(undefined);
  });

  it('lasts until the end of its last day', () => {
    const term = { os: 'debian', release: '11', endsOn: '2026-08-31', extendedTo: null };
    expect(
      ['2026-08-30', '2026-08-31', '2026-09-01'].map((day) => isSupportOver(term, at(day))),
    ).toEqual([false, false, true]);
  });

  it.each([
    ['cut off', DEBIAN.slice(0, -3)],
    ['with a day that is none', DEBIAN.replace('2026-08-31', '2026-08-32')],
    ['without a release', DEBIAN.slice(0, DEBIAN.indexOf('\n') + 1)],
    ['with a release that is no object', product('debian', [7 as unknown as object])],
    ['with a day that is a number', product('debian', [{ name: '12', eolFrom: 2026 }])],
    ['without releases', product('debian', [], { releases: null })],
  ])('a file %s is refused, because the days that it lacks mean something', (_, text) => {
    expect(readSupport(text)).toMatchObject({ ok: false, failure: { code: 'MALFORMED' } });
  });

  it('other files are none of these, and nothing throws', () => {
    const others = ['{"id":"GHSA-1"}', '', 'cve,epss,percentile\n', 'version,codename\n'];
    expect(others.map((text) => orThrow(readSupport(text)))).toEqual([null, null, null, null]);
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (rows, value) => {
        const header = DEBIAN.slice(0, DEBIAN.indexOf('\n') + 1);
        const made = [`${header}${rows}\n`, product('debian', [{ name: '1', eolFrom: value }])];
        for (const text of [...made, rows, JSON.stringify({ schema_version: 1, result: value })]) {
          const found = readSupport(text);
          expect(found.ok || found.failure instanceof Failure).toBe(true);
        }
      }),
    );
  });
});

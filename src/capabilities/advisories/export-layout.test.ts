import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { formatExportPath, isExportName, parseModifiedIds } from './export-layout.ts';

const LIST = '2026-01-02T03:04:05Z,GHSA-12\n2026-01-01T00:00:00.5Z,ALSA-2022:12\n';

it('A21: the list of changed records is read whole, or not at all', () => {
  expect(parseModifiedIds(LIST)).toEqual({
    ok: true,
    value: [
      { id: 'GHSA-12', modified: toInstant(Date.parse('2026-01-02T03:04:05Z')) },
      { id: 'ALSA-2022:12', modified: toInstant(Date.parse('2026-01-01T00:00:00.5Z')) },
    ],
  });
  const whole = new Set([0, LIST.indexOf('\n') + 1, LIST.length]);
  for (let at = 0; at <= LIST.length; at++)
    expect(parseModifiedIds(LIST.slice(0, at))).toMatchObject(
      whole.has(at) ? { ok: true } : { failure: { code: 'MALFORMED' } },
    );
  expect(parseModifiedIds('0001-01-01T00:00:00Z,GO-2020-0001\n')).toEqual({
    ok: true,
    value: [{ id: 'GO-2020-0001', modified: toInstant(0) }],
  });
  for (const bad of ['GHSA-1\n', 'now,GHSA-1\n', '2026-01-02T03:04:05Z,../x\n', '\n'])
    expect(parseModifiedIds(bad)).toMatchObject({ failure: { code: 'MALFORMED' } });
  fc.assert(fc.property(fc.string(), (text) => void parseModifiedIds(text)));
});

it('a name of an ecosystem is one folder of the export, whatever is in it', () => {
  expect(formatExportPath('GitHub Actions', 'all.zip')).toBe('GitHub%20Actions/all.zip');
  expect(formatExportPath('crates.io', { record: 'RUSTSEC-1:2' })).toBe(
    'crates.io/RUSTSEC-1%3A2.json',
  );
  expect(['npm', 'Red Hat', '..', '.', 'a/b', '', 'a%2e', 'Debian:12'].map(isExportName)).toEqual([
    ...[true, true, false, false, false, false, false, false],
  ]);
});

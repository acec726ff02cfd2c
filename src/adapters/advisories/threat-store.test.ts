import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { ThreatData } from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { loadThreatFile, openThreats, putThreats } from './threat-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-threats-'));
let path = '';
let made = 0;
beforeEach(() => {
  path = join(folder, `${made++}.threats`);
});
afterAll(() => rmSync(folder, { recursive: true }));

const NOW = toInstant(Date.parse('2026-01-01T00:00:00Z'));
const kev = (day: string, ...cves: readonly string[]): ThreatData => ({
  kind: 'kev',
  version: day,
  at: toInstant(Date.parse(`${day}T00:00:00Z`)),
  entries: cves.map((cve) => ({ cve, added: day, due: null, ransomware: false })),
});
const EPSS: ThreatData = {
  kind: 'epss',
  version: 'v1',
  at: NOW,
  entries: [{ cve: 'CVE-2025-1', score: 0.5, percentile: 0.9 }],
};

function look(cve: string) {
  const index = openThreats(path);
  if (index === null) return null;
  const { kev: listed, epss } = orThrow(index.find(cve));
  index.close();
  return [listed?.added ?? null, epss?.score ?? null];
}

describe('the file of what is exploited', () => {
  it('holds both sources, each replaced as a whole', async () => {
    expect(look('CVE-2025-1')).toBe(null);
    await putThreats(path, kev('2025-08-01', 'CVE-2025-1', 'CVE-2025-2'), NOW);
    await putThreats(path, EPSS, NOW);
    expect([look('cve-2025-1'), look('CVE-2025-2')]).toEqual([
      ['2025-08-01', 0.5],
      ['2025-08-01', null],
    ]);
    await putThreats(path, kev('2025-08-02', 'CVE-2025-1'), NOW);
    expect([look('CVE-2025-1'), look('CVE-2025-2')]).toEqual([
      ['2025-08-02', 0.5],
      [null, null],
    ]);
    expect(openThreats(path)?.sources.map(({ kind, count }) => [kind, count])).toEqual([
      ['epss', 1],
      ['kev', 1],
    ]);
  });

  it('an older catalogue does not take the place of a newer one', async () => {
    await putThreats(path, kev('2025-08-02', 'CVE-2025-1'), NOW);
    expect(await putThreats(path, kev('2025-08-01', 'CVE-2025-2'), NOW)).toBe(false);
    expect(await putThreats(path, kev('2025-08-02', 'CVE-2025-3'), NOW)).toBe(true);
    expect([look('CVE-2025-1'), look('CVE-2025-3')]).toEqual([
      [null, null],
      ['2025-08-02', null],
    ]);
    expect(readdirSync(folder).filter((name) => name.includes('import'))).toEqual([]);
  });

  it('a reader keeps the file that it opened', async () => {
    await putThreats(path, kev('2025-08-01', 'CVE-2025-1'), NOW);
    const before = openThreats(path);
    await putThreats(path, kev('2025-08-02', 'CVE-2025-2'), NOW);
    expect(orThrow(before?.find('CVE-2025-1') ?? (look('none') as never)).kev?.added).toBe(
      '2025-08-01',
    );
    before?.close();
  });

  it('a file that is damaged, or of something else, is a failure and not "nothing known"', () => {
    for (const bytes of ['', 'text', 'SQLite format 3\0']) {
      writeFileSync(path, bytes);
      expect(() => openThreats(path), JSON.stringify(bytes)).toThrow(Failure);
    }
  });

  it('files are told by their content, packed or not', async () => {
    const text = 'cve,epss,percentile\nCVE-2025-1,0.5,0.9\n';
    writeFileSync(path, text);
    expect((await loadThreatFile(path))?.kind).toBe('epss');
    writeFileSync(path, gzipSync(text));
    expect((await loadThreatFile(path))?.kind).toBe('epss');
    for (const other of [
      '{"id":"GHSA-1"}',
      gzipSync('{"id":"GHSA-1"}'),
      gzipSync(text).subarray(0, 30),
    ]) {
      writeFileSync(path, other);
      expect(await loadThreatFile(path)).toBe(null);
    }
    writeFileSync(path, `${text}CVE-20`);
    await expect(loadThreatFile(path)).rejects.toThrow('line end');
    expect(await loadThreatFile(folder)).toBe(null);
    expect(await loadThreatFile(join(folder, 'absent'))).toBe(null);
  });
});

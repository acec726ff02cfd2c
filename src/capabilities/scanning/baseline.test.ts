import { describe, expect, it } from 'vitest';
import { DISMISSED, LOG4SHELL, makeReport, UNRATED } from '../../../test/support/scan-findings.ts';
import type { Purl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { type Baseline, parseBaseline } from './baseline.ts';
import { writeSarif } from './sarif-write.ts';
import type { Finding } from './scan.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** A scan of before, as `waybill scan --format json` prints it. */
function readBefore(findings: readonly Finding[], ...names: readonly string[]): Baseline {
  const targets = names.map((target) => ({ target, report: { findings } }));
  return orThrow(parseBaseline(encode({ apiVersion: 'waybill.dev/v1', targets })));
}

describe('a baseline', () => {
  it('knows what the scan of before has, in another version and under another name too', () => {
    const before = readBefore([LOG4SHELL], 'shop');
    expect(before.knows('shop', LOG4SHELL)).toBe(true);
    const component = 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.0' as Purl;
    expect(before.knows('shop', { ...LOG4SHELL, component })).toBe(true);
    const named = { ...LOG4SHELL, id: 'GHSA-jfh8-c2jp-5v3q', aliases: [] };
    expect(before.knows('shop', named)).toBe(true);
    expect(before.knows('shop', { ...LOG4SHELL, id: 'CVE-2021-45046', aliases: [] })).toBe(false);
    expect(before.knows('shop', { ...LOG4SHELL, component: UNRATED.component })).toBe(false);
  });

  it('does not know what became more severe since, or is of unknown severity now', () => {
    const before = readBefore([{ ...LOG4SHELL, severity: 'low' }], 'shop');
    expect(before.knows('shop', { ...LOG4SHELL, severity: 'low' })).toBe(true);
    expect(before.knows('shop', { ...LOG4SHELL, severity: 'none' })).toBe(true);
    expect(before.knows('shop', LOG4SHELL)).toBe(false);
    expect(before.knows('shop', { ...LOG4SHELL, severity: 'unknown' })).toBe(false);
    expect(readBefore([UNRATED], 'shop').knows('shop', UNRATED)).toBe(true);
  });

  it('does not know what was dismissed: it may count now', () => {
    const open: Finding = { ...DISMISSED, status: 'affected' };
    expect(readBefore([DISMISSED], 'shop').knows('shop', open)).toBe(false);
    expect(readBefore([open], 'shop').knows('shop', open)).toBe(true);
    const sarif = (finding: Finding): Baseline => {
      const report = makeReport({ findings: [finding] });
      return orThrow(parseBaseline(writeSarif(report, { toolVersion: '1.0.0' })));
    };
    expect(sarif(open).knows('shop', open)).toBe(true);
    expect(sarif(DISMISSED).knows('shop', open)).toBe(false);
  });

  it('of several targets knows each of them by its own name', () => {
    const both = readBefore([LOG4SHELL], 'shop', 'trips');
    expect([both.knows('shop', LOG4SHELL), both.knows('poi', LOG4SHELL)]).toEqual([true, false]);
    // A tag changes from build to build.
    expect(readBefore([LOG4SHELL], 'shop:1').knows('shop:2', LOG4SHELL)).toBe(true);
  });

  it('that is no scan is refused, and is not taken for an empty one', () => {
    const broken = [
      { targets: [{}] },
      { targets: [{ target: 'shop', report: { findings: [{ id: 'CVE-1' }] } }] },
      { targets: [{ target: 'shop', report: {} }] },
      { bomFormat: 'CycloneDX' },
      [],
    ];
    for (const value of broken) expect(parseBaseline(encode(value)).ok).toBe(false);
    expect(parseBaseline(encode({ targets: [] })).ok).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { toCanonicalPurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { createMemoryIndex } from '../advisories/memory-index.ts';
import { parseOsv } from '../advisories/parse-osv.ts';
import { createMatchMeter } from './match-meter.ts';
import { scanInventory } from './scan.ts';

const now = toInstant(Date.UTC(2026, 0, 1));

it('truth B1: a scan ends with its steps, and names each package that was not matched', async () => {
  const versions = Array.from({ length: 100 }, (_, at) => `${at}.0.0`);
  const affected = [{ package: { ecosystem: 'npm', name: 'left' }, versions }];
  const index = createMemoryIndex([orThrow(parseOsv(JSON.stringify({ id: 'EX-1', affected })))], {
    ...{ source: 'imported', version: '1', importedAt: now, rejected: 0 },
  });
  const none = { licenses: [], source: null, layer: null, hashes: {}, origin: null };
  const components = ['1.0.0', '2.0.0', '3.0.0'].map((version) => ({
    purl: orThrow(toCanonicalPurl(`pkg:npm/left@${version}`)),
    ...{ name: 'left', version, locations: [], dependsOn: [], development: false, ...none },
  }));
  const taken = {
    subject: { name: 'test', digest: null },
    outcome: 'complete' as const,
    ...{ os: null, components, skips: [], found: [] },
  };
  const run = async (steps: number) => {
    const meter = createMatchMeter(steps);
    const report = orThrow(await scanInventory(taken, index, { now, meter }));
    const gaps = report.notCovered.map(({ purl }) => purl);
    return [report.outcome, report.findings.length, gaps.length, meter.isSpent];
  };
  expect(await run(1_000)).toEqual(['complete', 3, 0, false]);
  expect(await run(150)).toEqual(['partial', 2, 1, true]);
  expect(await run(50)).toEqual(['partial', 1, 2, true]);
});

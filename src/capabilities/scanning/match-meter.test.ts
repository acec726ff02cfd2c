import { expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { toCanonicalPurl } from '../../core/purl.ts';
import { ok, orThrow } from '../../core/result.ts';
import type { AdvisoryIndex } from '../advisories/index.ts';
import { createMemoryIndex } from '../advisories/memory-index.ts';
import { parseOsv } from '../advisories/parse-osv.ts';
import { createMatchMeter, UNMATCHED } from './match-meter.ts';
import { matchPackage, scanInventory } from './scan.ts';

const now = toInstant(Date.UTC(2026, 0, 1));

it('truth B1: a scan ends with its steps, and names what was not matched', async () => {
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
    let lookups = 0;
    const find: AdvisoryIndex['find'] = (...about) => {
      lookups += 1;
      return index.find(...about);
    };
    const report = orThrow(await scanInventory(taken, { ...index, find }, { now, meter }));
    const gaps = report.notCovered.map(({ purl }) => purl);
    return [report.outcome, report.findings.length, gaps.length, meter.isSpent, lookups];
  };
  expect(await run(1_000)).toEqual(['complete', 3, 0, false, 3]);
  expect(await run(150)).toEqual(['partial', 2, 1, true, 2]);
  expect(await run(50)).toEqual(['partial', 1, 2, true, 1]);
});

it('truth B1: a package with many advisories is given up in the middle, and says so', async () => {
  const records = Array.from({ length: 20 }, (_, at) => {
    const range = { type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] };
    const affected = [{ package: { ecosystem: 'npm', name: 'left' }, ranges: [range] }];
    return orThrow(parseOsv(JSON.stringify({ id: `EX-${at}`, affected })));
  });
  const index = createMemoryIndex(records, {
    ...{ source: 'imported', version: '1', importedAt: now, rejected: 0 },
  });
  const component = {
    ...{ purl: orThrow(toCanonicalPurl('pkg:npm/left@1.0.0')), name: 'left', version: '1.0.0' },
    source: null,
  };
  const run = async (steps: number) => {
    const match = orThrow(await matchPackage(component, index, { meter: createMatchMeter(steps) }));
    if (match.kind !== 'matched') return [match.why];
    const { vulnerabilities, doubt } = match;
    return [vulnerabilities.length, vulnerabilities[0]?.fixed, doubt];
  };
  expect(await run(1_000)).toEqual([20, ['2.0.0'], expect.not.stringContaining('steps')]);
  expect(await run(60)).toEqual([2, [], UNMATCHED]);
});

it('truth B1: only records of a package are read that there are steps for', async () => {
  const records = Array.from({ length: 200 }, (_, at) => {
    const range = { type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] };
    const affected = [{ package: { ecosystem: 'npm', name: 'left' }, ranges: [range] }];
    // To count only what is in force, all that is withdrawn is looked at.
    const withdrawn = at < 190 ? { withdrawn: '2025-01-01T00:00:00Z' } : {};
    return orThrow(parseOsv(JSON.stringify({ id: `EX-${1_000 + at}`, affected, ...withdrawn })));
  });
  const index = createMemoryIndex(records, {
    ...{ source: 'imported', version: '1', importedAt: now, rejected: 0 },
  });
  const component = {
    ...{ purl: orThrow(toCanonicalPurl('pkg:npm/left@1.0.0')), name: 'left', version: '1.0.0' },
    source: null,
  };
  const read: number[] = [];
  const find: AdvisoryIndex['find'] = async (...about) => {
    const found = await index.find(...about);
    read.push(found.ok ? found.value.length : 0);
    return found;
  };
  const run = async (steps: number) => {
    const meter = createMatchMeter(steps);
    const match = orThrow(await matchPackage(component, { ...index, find }, { meter }));
    return match.kind === 'matched'
      ? [match.vulnerabilities.length, match.doubt === UNMATCHED]
      : [0, match.why === UNMATCHED];
  };
  expect(await run(10_000)).toEqual([10, false]);
  expect(await run(80)).toEqual([0, true]);
  expect(read).toEqual([200, 11]);
});

it('truth B1: what many records say of a package is joined in one pass', async () => {
  const cost = async (count: number) => {
    const records = Array.from({ length: count }, (_, at) => {
      const affected = [
        {
          package: { ecosystem: 'npm', name: 'left' },
          versions: [at % 2 === 0 ? '1.0.0' : '2.0.0'],
        },
      ];
      const upstream = [`CVE-2020-${1_000 + at}`];
      return orThrow(parseOsv(JSON.stringify({ id: `EX-${at}`, upstream, affected })));
    });
    let steps = 0;
    // Each look at what is upstream is a step.
    const counted = records.map((record) =>
      Object.defineProperty({ ...record }, 'upstream', {
        get: () => {
          steps += 1;
          return record.upstream;
        },
        enumerable: true,
      }),
    );
    const memory = createMemoryIndex(records, {
      ...{ source: 'imported', version: '1', importedAt: now, rejected: 0 },
    });
    const index = { ...memory, info: () => memory.info(), find: async () => ok(counted) };
    const component = {
      ...{ purl: orThrow(toCanonicalPurl('pkg:npm/left@1.0.0')), name: 'left', version: '1.0.0' },
      source: null,
    };
    orThrow(await matchPackage(component, index as never, { presentOnly: true }));
    return steps;
  };
  const [few, many] = [await cost(50), await cost(200)];
  expect(few).toBeGreaterThan(0);
  expect(many).toBeLessThan(few * 6);
});

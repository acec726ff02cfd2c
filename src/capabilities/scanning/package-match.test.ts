import { expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { toCanonicalPurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { createMemoryIndex } from '../advisories/memory-index.ts';
import { readOsv } from '../advisories/parse-osv.ts';
import type { AdvisoryIndex } from '../advisories/port.ts';
import type { Component, Inventory } from '../ecosystems/index.ts';
import { scanInventory } from './scan.ts';

const now = toInstant(Date.UTC(2026, 0, 1));

function makeIndex(record: object): AdvisoryIndex {
  const info = { source: 'imported', version: 'test', importedAt: now, rejected: 0 } as const;
  return createMemoryIndex([orThrow(readOsv(record as never))], info);
}

async function scanTzdata(index: AdvisoryIndex) {
  const component: Component = {
    purl: orThrow(toCanonicalPurl('pkg:deb/debian/tzdata@1?distro=debian-12')),
    ...{ name: 'tzdata', version: '1', source: { name: 'tzdata', version: '1' } },
    ...{ licenses: [], layer: null, hashes: {}, origin: null, locations: [], dependsOn: [] },
    development: false,
  };
  const inventory: Inventory = {
    ...{ subject: { name: 'test', digest: null }, os: null, components: [component] },
    ...{ outcome: 'complete', skips: [], found: [] },
  };
  return orThrow(await scanInventory(inventory, index, { now }));
}

it('G3: a package is not looked up where each of its names is known to be absent', async () => {
  const affected = { package: { ecosystem: 'Debian', name: 'tzdata' }, versions: ['1'] };
  const known = makeIndex({ id: 'DSA-1', affected: [affected] });
  const asked: string[] = [];
  const indexThatLacks = (absent: readonly string[]): AdvisoryIndex => ({
    ...known,
    isAbsent: (ecosystem) => absent.includes(ecosystem),
    find: (ecosystem, ...rest) => {
      asked.push(ecosystem);
      return known.find(ecosystem, ...rest);
    },
  });
  for (const absent of [[], ['Debian:12'], ['npm']]) {
    const report = await scanTzdata(indexThatLacks(absent));
    expect(report.findings.map(({ id }) => id)).toEqual(['DSA-1']);
  }
  asked.length = 0;
  const clean = await scanTzdata(indexThatLacks(['Debian:12', 'Debian']));
  expect([clean.findings, asked]).toEqual([[], []]);
  const other = { package: { ecosystem: 'Debian', name: 'other' }, versions: ['1'] };
  const slow = await scanTzdata(makeIndex({ id: 'DSA-1', affected: [other] }));
  expect(clean.notCovered).toEqual(slow.notCovered);
  expect([clean.outcome, clean.updatedAt]).toEqual([slow.outcome, slow.updatedAt]);
});

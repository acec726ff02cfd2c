import { expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { toCanonicalPurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { createMemoryIndex } from '../advisories/memory-index.ts';
import { readOsv } from '../advisories/parse-osv.ts';
import { scanInventory } from './scan.ts';

const now = toInstant(Date.UTC(2026, 0, 1));
const range = { type: 'SEMVER', events: [{ introduced: '0' }] };
const ghsa = {
  id: 'GHSA-1',
  aliases: ['CVE-2024-0001'],
  affected: [{ package: { ecosystem: 'npm', name: 'left' }, ranges: [range] }],
};
const cve = { id: 'CVE-2024-0001' };
const component = {
  ...{ purl: orThrow(toCanonicalPurl('pkg:npm/left@1.0.0')), name: 'left', version: '1.0.0' },
  ...{ licenses: [], source: null, layer: null, hashes: {}, origin: null },
  ...{ locations: ['here'], dependsOn: [], development: false },
};

async function findTitles(...records: readonly object[]) {
  const advisories = records.map((record) => orThrow(readOsv(record as never)));
  const origin = { source: 'imported', version: '1', importedAt: now, rejected: 0 } as const;
  const inventory = {
    ...{ subject: { name: 'test', digest: null }, os: null, components: [component] },
    ...{ outcome: 'complete' as const, skips: [], found: [] },
  };
  const scanned = await scanInventory(inventory, createMemoryIndex(advisories, origin), { now });
  return orThrow(scanned).findings.map(({ id, title }) => [id, title]);
}

it('a title is of the record with the shown id, else of the first one', async () => {
  const dsa = { id: 'DSA-1', upstream: ['CVE-2024-0001'], summary: 'left - update' };
  const titled = { ...ghsa, summary: 'of the GHSA' };
  expect(await findTitles(ghsa, cve, dsa)).toEqual([['CVE-2024-0001', null]]);
  expect(await findTitles(titled, cve, dsa)).toEqual([['CVE-2024-0001', 'of the GHSA']]);
  const own = { ...cve, summary: 'of the CVE' };
  expect(await findTitles(titled, own, dsa)).toEqual([['CVE-2024-0001', 'of the CVE']]);
});

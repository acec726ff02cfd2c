import { describe, expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { toCanonicalPurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { createMemoryIndex } from '../advisories/index.ts';
import { type Component, createSkip, type Inventory } from '../ecosystems/index.ts';
import { type ScanReport, scanInventory } from './scan.ts';

const now = toInstant(0);
const index = createMemoryIndex([], {
  source: 'imported',
  version: '1',
  importedAt: now,
  rejected: 0,
});
const EMPTY: Inventory = {
  subject: { name: 'shop', digest: null },
  os: null,
  components: [],
  outcome: 'complete',
  skips: [],
  found: ['npm-lock'],
};
const scan = async (inventory: Partial<Inventory>): Promise<ScanReport> =>
  orThrow(await scanInventory({ ...EMPTY, ...inventory }, index, { now }));

describe('truth A11, C12: a partial scan keeps why it is partial', () => {
  it('with the place that was not read', async () => {
    const unread = createSkip(
      'web/yarn.lock',
      'UNSUPPORTED',
      'it is not read',
      'Use another tool.',
    );
    const { outcome, notCovered } = await scan({ outcome: 'partial', skips: [unread] });
    expect({ outcome, notCovered }).toEqual({
      outcome: 'partial',
      notCovered: [{ purl: null, place: 'web/yarn.lock', why: 'it is not read' }],
    });
  });

  it('also where an inventory only says that it is not complete', async () => {
    expect((await scan({ outcome: 'partial' })).notCovered).toMatchObject([{ place: 'shop' }]);
    expect(await scan({})).toMatchObject({ outcome: 'complete', notCovered: [] });
  });

  it('I4: of Windows names the system itself, whose own flaws nobody looked up', async () => {
    const os = { id: 'windows', versionId: '10.0.20348.2113', prettyName: null };
    expect(await scan({ os })).toMatchObject({
      outcome: 'partial',
      notCovered: [{ why: expect.stringContaining('Windows 10.0.20348.2113 itself') }],
    });
    expect((await scan({ os: { ...os, id: 'debian' } })).notCovered).toEqual([]);
    const purl = orThrow(toCanonicalPurl('pkg:generic/microsoft/windows-server@10.0.20348.2113'));
    const system: Component = {
      ...{ purl, name: 'windows-server', version: '10.0.20348.2113', licenses: [], source: null },
      ...{ locations: [], layer: null, hashes: {}, origin: null, dependsOn: [] },
      development: false,
    };
    // It is looked up like every component, and no feed of it was imported here.
    expect((await scan({ os, components: [system] })).notCovered).toMatchObject([
      { purl, why: 'no feed of Microsoft:Windows Server was imported here' },
    ]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openReader, openWriter } from '../../src/adapters/graph-sql/index.ts';
import { createMemoryIndex, readAdvisoryRecord } from '../../src/capabilities/advisories/index.ts';
import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import type { Findings } from '../../src/capabilities/graph/index.ts';
import { readSbom } from '../../src/capabilities/inventory/index.ts';
import { scanInventory } from '../../src/capabilities/scanning/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-name-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const NOW = toInstant(Date.UTC(2026, 0, 1));
const IMAGE = sha256('image');
const SBOM = new TextEncoder().encode(
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [
      { type: 'library', name: 'left', version: '1.0.0', purl: 'pkg:npm/left@1.0.0' },
      { type: 'library', name: 'right', version: '1.0.0', purl: 'pkg:npm/right@1.0.0' },
    ],
  }),
);

const describeFlaw = (id: string, aliases: readonly string[], fixed = '2.0.0', name = 'left') => ({
  id,
  aliases,
  affected: [
    {
      package: { ecosystem: 'npm', name },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
    },
  ],
});

async function nameFindings(records: readonly object[], rowsMax: number) {
  const path = join(folder, `${sha256(JSON.stringify([records, rowsMax])).slice(7, 20)}.db`);
  const writer = orThrow(await openWriter({ path, ports: graphPorts }));
  const body = new TextEncoder().encode(records.map((one) => JSON.stringify(one)).join('\n'));
  const inputs: readonly EvidenceInput[] = [
    { kind: 'sbom', mediaType: 'application/json', body: SBOM, subject: IMAGE },
    { kind: 'advisories', mediaType: 'application/json', body, subject: null },
  ];
  orThrow(await writer.append(inputs, NOW));
  await writer.close();
  const reader = orThrow(await openReader({ path, ports: graphPorts }));
  const asked: string[] = [];
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    const page = { rowsMax, after };
    const answer: Findings = orThrow(await reader.ask({ name: 'findings', subject: IMAGE, page }));
    for (const { names, purl, fixed } of answer.findings)
      asked.push(`${names[0]} ${purl} ${fixed.join()}`);
    after = answer.next;
  }
  await reader.close();
  const advisories = records.map((record) => orThrow(readAdvisoryRecord(record as never)).advisory);
  const origin = { source: 'imported', version: '1', importedAt: NOW, rejected: 0 } as const;
  const { inventory } = orThrow(readSbom(SBOM));
  const index = createMemoryIndex(advisories, origin);
  const { findings } = orThrow(await scanInventory(inventory, index, { now: NOW }));
  const scanned = findings.map(({ id, component, fixed }) => `${id} ${component} ${fixed.join()}`);
  return { asked: asked.sort(), scanned: scanned.sort() };
}

describe('a vulnerability has one name, in a scan and in the graph', () => {
  it.each([
    [
      'the CVE id, although another name sorts before it',
      [describeFlaw('BIT-left-1', ['CVE-2026-0001']), describeFlaw('GHSA-1', ['CVE-2026-0001'])],
      ['CVE-2026-0001 pkg:npm/left@1.0.0 2.0.0'],
    ],
    [
      'the GHSA id when there is no CVE id',
      [describeFlaw('GHSA-1', ['BIT-left-1']), describeFlaw('SNYK-1', ['GHSA-1'])],
      ['GHSA-1 pkg:npm/left@1.0.0 2.0.0'],
    ],
    [
      'the first name when there is neither',
      [describeFlaw('SNYK-1', []), describeFlaw('BIT-1', ['SNYK-1'])],
      ['BIT-1 pkg:npm/left@1.0.0 2.0.0'],
    ],
    [
      'and each component has its own finding',
      [
        describeFlaw('GHSA-1', ['CVE-2026-0001']),
        describeFlaw('SNYK-1', ['CVE-2026-0001'], '2.0.0', 'right'),
      ],
      ['CVE-2026-0001 pkg:npm/left@1.0.0 2.0.0', 'CVE-2026-0001 pkg:npm/right@1.0.0 2.0.0'],
    ],
  ])('%s', async (_, records, expected) => {
    // Also with pages: a finding is not repeated on the page of its second advisory.
    for (const rowsMax of [100, 1]) {
      const { asked, scanned } = await nameFindings(records, rowsMax);
      expect(scanned).toEqual(expected);
      expect(asked).toEqual(expected);
    }
  });

  it('two CVE ids in one group stay two findings', async () => {
    const records = [
      describeFlaw('CVE-2026-0001', []),
      describeFlaw('CVE-2026-0002', ['CVE-2026-0001']),
    ];
    const { asked } = await nameFindings(records, 100);
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['CVE-2026-0001', 'CVE-2026-0002']);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
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
import { findGraphPlace } from '../support/graph-place.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-name-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const NOW = toInstant(Date.UTC(2026, 0, 1));
const IMAGE = sha256('image');
const LIBSSL = 'pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12';
const SBOM = new TextEncoder().encode(
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [
      { type: 'library', name: 'left', version: '1.0.0', purl: 'pkg:npm/left@1.0.0' },
      { type: 'library', name: 'right', version: '1.0.0', purl: 'pkg:npm/right@1.0.0' },
      { type: 'library', name: 'libssl3', version: '3.0.11-1', purl: `${LIBSSL}&upstream=openssl` },
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

/** An advisory of Debian, which covers vulnerabilities and is none of them. */
const describeCover = (
  id: string,
  upstream: readonly string[],
  aliases: readonly string[] = [],
) => ({
  id,
  aliases,
  upstream,
  affected: [
    {
      package: { ecosystem: 'Debian:12', name: 'openssl' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '3.0.13-1' }] }],
    },
  ],
});

async function nameFindings(records: readonly object[], rowsMax: number) {
  const path = join(folder, `${sha256(JSON.stringify([records, rowsMax])).slice(7, 20)}.db`);
  const writer = orThrow(await openWriter({ ...findGraphPlace(path), ports: graphPorts }));
  const body = new TextEncoder().encode(records.map((one) => JSON.stringify(one)).join('\n'));
  const inputs: readonly EvidenceInput[] = [
    { kind: 'sbom', mediaType: 'application/json', body: SBOM, subject: IMAGE },
    { kind: 'advisories', mediaType: 'application/json', body, subject: null },
  ];
  orThrow(await writer.append(inputs, NOW));
  await writer.close();
  const reader = orThrow(await openReader({ ...findGraphPlace(path), ports: graphPorts }));
  const asked: string[] = [];
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    const page = { rowsMax, after };
    const answer: Findings = orThrow(await reader.ask({ name: 'findings', subject: IMAGE, page }));
    expect(answer.findings.length).toBeLessThanOrEqual(rowsMax);
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

const NAMES = ['CVE-2026-1', 'CVE-2026-2', 'CVE-2026-3', 'GHSA-1', 'GHSA-2', 'DSA-1', 'DLA-1'];
const some = fc.subarray(NAMES, { maxLength: 3 });
const advisories = fc
  .uniqueArray(
    fc.record({ id: fc.constantFrom(...NAMES), aliases: some, upstream: some, at: fc.nat(2) }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map(({ id, aliases, upstream, at }) => {
      const flaw = describeFlaw(id, [], '2.0.0', at === 0 ? 'left' : 'right');
      const { affected } = at === 2 ? describeCover(id, []) : flaw;
      const others = (names: readonly string[]) => names.filter((name) => name !== id);
      return { id, affected, aliases: others(aliases), upstream: others(upstream) };
    }),
  );

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
    const { asked, scanned } = await nameFindings(records, 100);
    const expected = ['CVE-2026-0001', 'CVE-2026-0002'].map(
      (name) => `${name} pkg:npm/left@1.0.0 2.0.0`,
    );
    // The second record names both, so it is a finding of each.
    expect(scanned).toEqual(expected);
    expect(asked).toEqual(expected);
  });

  it.each([
    [
      'a GHSA that two CVE ids are put to is a finding of each of the two',
      [describeFlaw('GHSA-1', ['CVE-2026-0001', 'CVE-2026-0002'])],
      ['CVE-2026-0001 pkg:npm/left@1.0.0 2.0.0', 'CVE-2026-0002 pkg:npm/left@1.0.0 2.0.0'],
    ],
    [
      'in such a group a record that names no CVE is a finding under its own id',
      [
        describeFlaw('GHSA-1', ['CVE-2026-0001', 'CVE-2026-0002'], '2.0.0', 'other'),
        describeFlaw('SNYK-1', ['GHSA-1']),
      ],
      ['SNYK-1 pkg:npm/left@1.0.0 2.0.0'],
    ],
    [
      'a DSA is a finding of each of its two upstream CVEs',
      [describeCover('DSA-1-1', ['CVE-2026-0001', 'CVE-2026-0002'])],
      [`CVE-2026-0001 ${LIBSSL} 3.0.13-1`, `CVE-2026-0002 ${LIBSSL} 3.0.13-1`],
    ],
    [
      'a DLA and a DSA that cover one CVE are one finding of it',
      [
        describeCover('DLA-7-1', ['CVE-2026-0002', 'CVE-2026-0003']),
        describeCover('DSA-1-1', ['CVE-2026-0001', 'CVE-2026-0002']),
      ],
      ['CVE-2026-0001', 'CVE-2026-0002', 'CVE-2026-0003'].map(
        (name) => `${name} ${LIBSSL} 3.0.13-1`,
      ),
    ],
    [
      'what a DSA covers has the name of its group',
      [
        describeCover('DSA-1-1', ['GHSA-1', 'DEBIAN-CVE-2026-0001']),
        describeCover('DEBIAN-CVE-2026-0001', ['CVE-2026-0001']),
        describeFlaw('GHSA-1', ['CVE-2026-0005']),
      ],
      [
        `CVE-2026-0001 ${LIBSSL} 3.0.13-1`,
        `CVE-2026-0005 ${LIBSSL} 3.0.13-1`,
        'CVE-2026-0005 pkg:npm/left@1.0.0 2.0.0',
        `DEBIAN-CVE-2026-0001 ${LIBSSL} 3.0.13-1`,
      ],
    ],
  ])('%s', async (_, records, expected) => {
    for (const rowsMax of [100, 1]) {
      const { asked, scanned } = await nameFindings(records, rowsMax);
      expect(scanned).toEqual(expected);
      expect(asked).toEqual(expected);
    }
  });

  it('whatever advisories call each other and cover', async () => {
    await fc.assert(
      fc.asyncProperty(advisories, fc.integer({ min: 1, max: 6 }), async (records, rowsMax) => {
        const { asked, scanned } = await nameFindings(records, rowsMax);
        expect(asked).toEqual(scanned);
      }),
      { numRuns: 60 },
    );
  });
});

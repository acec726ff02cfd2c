import { describe, expect, it } from 'vitest';
import type { Purl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import { affectedMatcher } from '../../advisories/affected-matcher.ts';
import { createMemoryIndex } from '../../advisories/memory-index.ts';
import { readOsv } from '../../advisories/parse-osv.ts';
import { scanInventory } from '../../scanning/scan.ts';

const record = (ecosystem: string, name: string) => ({
  ...{ id: 'EX-1', modified: '2026-01-01T00:00:00Z' },
  affected: [
    {
      package: { ecosystem, name },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
    },
  ],
});
const none = { licenses: [], source: null, layer: null, hashes: {}, origin: null };
const list = { locations: [], dependsOn: [], development: false };

/** What a scan, and the graph, say of a package in the data of its whole registry. */
async function judge(purl: string, ecosystem: string, name: string): Promise<string> {
  const advisory = orThrow(readOsv(record(ecosystem, name)));
  const coverage = [
    { ecosystem, feed: 'f', records: 1, newest: 0, exportedAt: null, standing: true },
  ];
  const origin = { source: 'imported', version: 't', importedAt: null, rejected: 0, coverage };
  const index = createMemoryIndex([advisory], origin as never);
  const component = { purl: purl as Purl, name: 'x', version: '', ...none, ...list };
  const inventory = { subject: { name: 't', digest: null }, os: null, skips: [], found: [] };
  const scan = orThrow(
    await scanInventory(
      { ...inventory, components: [component], outcome: 'complete' } as never,
      index,
      { now: 0 as never },
    ),
  );
  const parsed = orThrow(affectedMatcher.readAdvisory(JSON.stringify(record(ecosystem, name))));
  const subject = { purl: purl as Purl, source: null };
  const keys = affectedMatcher.listKeys(subject);
  const known = keys.some((key) => key.name === parsed.packages[0]?.name);
  const graph = known ? affectedMatcher.match(subject, parsed)?.status : undefined;
  const found = scan.findings[0]?.status ?? (scan.outcome === 'complete' ? 'none' : 'open');
  expect(graph ?? 'none').toBe(found === 'open' ? 'none' : found);
  expect(keys.length === 0).toBe(found === 'open');
  return found;
}

describe('truth A17: a spelling under which no registry has a package is not clean', () => {
  it.each([
    ['pkg:npm/%40upper/a@1.0.0', 'npm', '@upper/a', 'affected'],
    ['pkg:npm/%40Upper/a@1.0.0', 'npm', '@upper/a', 'unknown'],
    ['pkg:npm/%40upper/A@1.0.0', 'npm', '@upper/a', 'unknown'],
    ['pkg:npm/%40Upper/a@2.0.0', 'npm', '@upper/a', 'none'],
    ['pkg:npm/%40Upper/a@1.0.0', 'npm', '@Upper/a', 'affected'],
    ['pkg:npm/JSONStream@1.0.0', 'npm', 'jsonstream', 'none'],
    ['pkg:npm/upper/a@1.0.0', 'npm', '@upper/a', 'open'],
    ['pkg:npm/%40a/b/c@1.0.0', 'npm', '@a/b', 'open'],
    ['pkg:cargo/serde@1.0.0', 'crates.io', 'serde', 'affected'],
    ['pkg:cargo/org/serde@1.0.0', 'crates.io', 'serde', 'open'],
    ['pkg:gem/org/rails@1.0.0', 'RubyGems', 'rails', 'open'],
    ['pkg:pub/org/http@1.0.0', 'Pub', 'http', 'open'],
    ['pkg:composer/symfony/yaml@1.0.0', 'Packagist', 'symfony/yaml', 'affected'],
    ['pkg:composer/yaml@1.0.0', 'Packagist', 'symfony/yaml', 'open'],
    ['pkg:composer/a/symfony/yaml@1.0.0', 'Packagist', 'symfony/yaml', 'open'],
  ])('%s beside %s %s: %s', async (purl, ecosystem, name, expected) => {
    expect(await judge(purl, ecosystem, name)).toBe(expected);
  });
});

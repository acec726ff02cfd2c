import { expect, it } from 'vitest';
import { toCanonicalPurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { createMemoryIndex } from '../advisories/memory-index.ts';
import { readOsv } from '../advisories/parse-osv.ts';
import type { Component } from '../ecosystems/index.ts';
import { scanInventory } from './scan.ts';

const now = 0 as never;
const about = {
  ...{ id: 'GHSA-a', modified: '2025-01-01T00:00:00Z' },
  affected: [
    {
      package: { ecosystem: 'SwiftURL', name: 'github.com/Apple/swift-nio' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }],
    },
  ],
};
const index = createMemoryIndex([orThrow(readOsv(about))], {
  ...{ source: 'imported', version: 'test', importedAt: now, rejected: 0 },
});
const none = { licenses: [], source: null, layer: null, hashes: {}, origin: null };
const list = { locations: [], dependsOn: [], development: false };

it.each(['Apple', 'apple', 'APPLE'])(
  'truth A17: a package of Swift is found by its repository in any case: %s',
  async (owner) => {
    const purl = orThrow(toCanonicalPurl(`pkg:swift/github.com/${owner}/Swift-NIO@2.0.0`));
    const component: Component = { purl, name: 'nio', version: '2.0.0', ...none, ...list };
    const subject = { name: 'test', digest: null };
    const inventory = { subject, os: null, components: [component], skips: [], found: [] };
    const { findings } = orThrow(
      await scanInventory({ ...inventory, outcome: 'complete' }, index, { now }),
    );
    expect(findings.map(({ id }) => id)).toEqual(['GHSA-a']);
  },
);
